/** What entries cite: `origin/kind/id`, or one change of it as `origin/kind/id@seq`. */
import type { Geometry } from 'geojson';
import { theirs, thing } from '../live/things.svelte';
import { wording } from '../live/warning';
import { shapeOf as theirShape, titleOf } from '../sharing/theirs.svelte';
import { boxOf } from '../situation/measure';
import { flight, select, store, view } from '../state.svelte';
import { language, text } from '../text/index.svelte';
import { KINDS, type Kind, type Selection } from '../view';

export interface Cited {
  kind: string;
  id: string;
  seq: string;
  label: string;
  /** Whether it is in the picture now. */
  here: boolean;
}

export function cited(ref: string): Cited {
  const words = text().journal;
  const [whole = '', seq = ''] = ref.split('@');
  const [, kind = ''] = whole.split('/');
  const id = store.keyOf(whole);
  const name = nameOf(kind, id);
  const after = seq ? `, ${words.change(seq)}` : '';
  const sort = words.things[kind] ?? kind;
  return { kind, id, seq, here: name !== null, label: name === null ? `${sort} (${words.gone})${after}` : `${sort} ${name}${after}` };
}

function nameOf(kind: string, id: string): string | null {
  void store.revision;
  const foreign = theirs(id);
  if (foreign) return titleOf(kind, foreign.body);
  if (kind === 'station') return store.gauges.get(id)?.station.name ?? null;
  if (kind === 'warning') {
    const warning = store.warnings.get(id);
    return warning ? wording(warning, language()).headline : null;
  }
  const body = thing(kind, id)?.body;
  if (!body) return kind === 'entry' ? id.slice(id.lastIndexOf('.') + 1) : null;
  return [body.number, kind === 'entry' ? '' : (body.title ?? body.name ?? body.callsign ?? body.article ?? body.function)].filter((part) => part !== undefined && part !== '').join(' ') || id.slice(0, 8);
}

/** The ref of what is selected; null for nothing and for what is not there yet. */
export function refOf(selection: Selection | null): string | null {
  void store.revision;
  if (!selection) return null;
  if (selection.kind === 'station') return store.gauges.get(selection.key)?.ref ?? null;
  if (selection.kind === 'warning') return store.warnings.get(selection.key)?.ref ?? null;
  return selection.kind === 'view' ? null : (thing(selection.kind, selection.key)?.ref ?? null);
}

/** Selects it and shows it on the map. */
export function goTo({ kind, id }: Cited): void {
  if (!KINDS.includes(kind as Kind)) return;
  select({ kind: kind as Kind, key: id });
  const shape = shapeOf(kind, id);
  if (!shape) return;
  if (view.page !== 'list') view.page = 'map';
  const box = boxOf(shape);
  if (box) flight.to = { bbox: box, zoom: 13 };
}

function shapeOf(kind: string, id: string): Geometry | undefined {
  const foreign = theirs(id);
  if (foreign) return theirShape(foreign) ?? undefined;
  if (kind === 'station') {
    const { longitude, latitude } = store.gauges.get(id)?.station ?? {};
    return longitude === undefined || latitude === undefined ? undefined : { type: 'Point', coordinates: [longitude, latitude] };
  }
  return (kind === 'warning' ? store.warnings.get(id)?.body.geometry : thing(kind, id)?.body.geometry) as Geometry | undefined;
}
