/** What partners let us see, as lists and map show it. What both of us have from the same source stands once: as ours. */
import type { Geometry } from 'geojson';
import { moment, number } from '../format';
import { passesIncident } from '../joint/links.svelte';
import { foreign, type Thing } from '../live/things.svelte';
import type { Gauge, Reading } from '../live/gauge';
import type { Body, StationBody } from '../live/types';
import { boxOf } from '../situation/measure';
import { store, view } from '../state.svelte';
import { text } from '../text/index.svelte';
import type { Tab } from '../view';

export const OF_TAB: Partial<Record<Tab, string>> = {
  gauges: 'station', warnings: 'warning', features: 'feature', satellite: 'extent', incidents: 'incident', staff: 'staff', sites: 'site', sectors: 'sector', facilities: 'facility', zones: 'zone', resources: 'resource', requests: 'request', tasks: 'task', journal: 'entry', volunteers: 'job',
};
const QUANTITIES = ['W', 'Q', 'N'];
/** What stands on the map. */
export const DRAWN = ['site', 'sector', 'zone', 'facility', 'warning', 'feature', 'extent', 'station', 'resource'];

/** What a preview shows in the neighbour's style, until it is closed. */
export const previewed = $state<{ things: Thing[] }>({ things: [] });

function twin({ kind, id }: Thing): boolean {
  if (kind === 'station') return store.gauges.has(id);
  if (kind === 'warning') return store.warnings.has(id);
  return (kind === 'feature' || kind === 'extent') && (store.things.get(kind)?.has(id) ?? false);
}

/** Those of these kinds that pass the filters of whose they are and of the chosen incident. */
export function theirThings(...kinds: string[]): Thing[] {
  if (view.whose === 'own') return [];
  const one = view.whose && view.whose !== 'partners' ? view.whose : null;
  const passes = passesIncident();
  return foreign(...kinds).filter((thing) => !twin(thing) && (!one || thing.origin === one) && passes(thing));
}

/** Of what is lent to us all leaves, also ids of their organisations, which say nothing here. */
export const isId = (value: unknown) => typeof value === 'string' && /^[0-9a-f]{8}-[0-9a-f-]{27}$/.test(value);

export function titleOf(kind: string, body: Body): string {
  const of = (name: string) => (typeof body[name] === 'string' ? (body[name] as string) : '');
  if (kind === 'warning') return String((body.texts as { headline?: string }[] | undefined)?.[0]?.headline ?? body.key);
  if (kind === 'resource') return [of('callsign') || of('type'), of('organisation')].filter((each) => each && each !== '-' && !isId(each)).join(' · ');
  const name = of('title') || of('name') || of('article') || of('callsign') || of('text').slice(0, 80) || of('type') || of('key');
  return typeof body.number === 'number' ? `${body.number} ${name}` : name || text().sharing.kinds[kind] || kind;
}

/** A few signs for the middle of its mark. */
export function signOf(thing: Thing): string {
  const { kind, body } = thing;
  if (kind === 'site') return String(body.priority ?? 'S');
  if (kind === 'resource') return String(body.type ?? '').slice(0, 5);
  if (kind === 'facility') return String(body.type ?? '').slice(0, 3);
  if (kind === 'station') {
    const reading = readingOf(thing);
    return reading ? number(Number(reading.value), 0) : '–';
  }
  return '!';
}

/** A partner's station as the gauges' panels take it, and the quantity that stands first. */
export function gaugeOf({ origin, kind, id, ref, body, provenance }: Thing): { gauge: Gauge; quantity: string } | undefined {
  if (kind !== 'station') return undefined;
  const readings: Record<string, Reading> = {};
  for (const { quantity } of (body.series as { quantity: string }[] | undefined) ?? []) {
    const found = store.foreign.get(`${origin}/reading/${id}.${quantity}`);
    if (found) readings[quantity] = { ...(found.body as unknown as Reading), at: Date.parse(found.provenance?.as_of ?? ''), provenance: found.provenance! };
  }
  const quantity = QUANTITIES.find((each) => each in readings) ?? Object.keys(readings)[0];
  return quantity === undefined ? undefined : { gauge: { key: id, ref, station: body as unknown as StationBody, provenance: provenance ?? null, readings }, quantity };
}

export function readingOf({ origin, kind, id }: Thing): Body | undefined {
  if (kind !== 'station') return undefined;
  for (const quantity of QUANTITIES) {
    const found = store.foreign.get(`${origin}/reading/${id}.${quantity}`);
    if (found) return found.body;
  }
  return undefined;
}

/** Where it is: its shape, else its point. */
export function shapeOf({ origin, kind, id, body }: Thing): Geometry | null {
  const drawn = (body.geometry ?? body.footprint) as Geometry | undefined;
  if (drawn) return drawn;
  const position = kind === 'resource' ? store.foreign.get(`${origin}/position/${id}`)?.body : undefined;
  const at = position ?? body;
  if (typeof at.longitude === 'number' && typeof at.latitude === 'number') return { type: 'Point', coordinates: [at.longitude, at.latitude] };
  const home = (body.home ?? body.place) as [number, number] | undefined;
  return Array.isArray(home) ? { type: 'Point', coordinates: home } : null;
}

export function boxOfThing(thing: Thing): [number, number, number, number] | null {
  return boxOf(shapeOf(thing));
}

/** A value in the words of the page; what we have no word for stands as it came. */
export function said(name: string, value: unknown): string {
  const words = text();
  if (value === null || value === undefined) return '–';
  if (typeof value === 'boolean') return value ? words.sharing.yes : words.sharing.no;
  if (typeof value === 'number') return number(value, Number.isInteger(value) ? 0 : 2);
  if (Array.isArray(value)) return value.map((each) => said(name, each)).join(', ');
  if (typeof value === 'object') return Object.entries(value as Body).map(([key, each]) => `${words.sharing.fields[key] ?? key}: ${said(key, each)}`).join(' · ');
  const plain = String(value);
  if (/^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(plain)) return moment(plain);
  const tables: Record<string, string>[] = [words.situation.states, words.situation.types, words.resources.deployment, words.resources.kinds];
  if (name === 'availability' || name === 'deployment') tables.unshift(words.resources[name]);
  return tables.find((table) => plain in table)?.[plain] ?? plain;
}
