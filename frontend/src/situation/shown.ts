/** Which things are shown, and in which order: one rule for map and list. */
import type { Thing } from '../live/store.svelte';
import type { View } from '../view';
import { boxOf } from './measure';
import { isClosed, isGrave, nameOf, PRIORITIES, SITE_STATES, type Kept, type Kind, type SiteBody } from './kinds';

export type Filter = Pick<View, 'incident' | 'status' | 'priority'>;
type Bounds = [number, number, number, number];

export function passes(kind: Kind, thing: Thing, filter: Filter, now: number): boolean {
  const { body } = thing;
  if (filter.incident && body.incident !== filter.incident) return false;
  if (filter.status !== 'all' && isClosed(kind, body, now) !== (filter.status === 'closed')) return false;
  return kind !== 'site' || filter.priority === 0 || rank(body) <= filter.priority || isGrave(body as Partial<SiteBody>);
}

/** By the box of its shape; what has no place cannot be said to lie outside. */
export function inside(thing: Thing, [west, south, east, north]: Bounds): boolean {
  const box = boxOf(thing.body.geometry as Parameters<typeof boxOf>[0]);
  return !box || (box[0] <= east && box[2] >= west && box[1] <= north && box[3] >= south);
}

/** 1 for P1 to 4; 5 for what has none. */
function rank(body: object): number {
  const { priority } = body as Partial<SiteBody>;
  const at = PRIORITIES.indexOf(priority as (typeof PRIORITIES)[number]);
  return at < 0 ? 5 : at + 1;
}

/** When it was changed last, in ms. */
export function changedAt(thing: Thing): number {
  return Date.parse(thing.provenance?.as_of ?? '') || 0;
}

/** Who changed it last; '' for nobody. */
export function changedBy(thing: Thing): string {
  let [newest, by] = [0, ''];
  for (const [version, actor] of Object.values((thing.body as Kept).stamps ?? {})) if (version >= newest) [newest, by] = [version, actor];
  return by;
}

const collator = new Intl.Collator('de', { numeric: true, sensitivity: 'base' });

export function order(kind: Kind, things: Thing[], by: View['order'], reverse: boolean): Thing[] {
  const states: readonly string[] = kind === 'site' ? SITE_STATES : ['OPEN', 'FULL', 'PLANNED', 'CLOSED'];
  const number = ({ body }: Thing) => Number(body.number ?? 0);
  const gravity = ({ body }: Thing) => (body.lives_at_risk ? 0 : 0.5) + rank(body);
  const compare: Record<View['order'], (a: Thing, b: Thing) => number> = {
    priority: (a, b) => gravity(a) - gravity(b),
    number: (a, b) => number(a) - number(b),
    name: (a, b) => collator.compare(nameOf(kind, a.body), nameOf(kind, b.body)),
    state: (a, b) => states.indexOf(String(a.body.state)) - states.indexOf(String(b.body.state)),
    age: (a, b) => changedAt(b) - changedAt(a),
  };
  const sign = reverse ? -1 : 1;
  return [...things].sort((a, b) => sign * compare[by](a, b) || number(a) - number(b) || (a.id < b.id ? -1 : 1));
}
