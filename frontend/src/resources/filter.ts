/** Which resources are shown, the same for list, map, board and sums. */
import { availabilityOf, lasts, metres, minutes } from './rules';
import type { Row } from './rows';
import type { Place } from './types';

export interface Filter {
  text: string;
  capability: string;
  organisation: string;
  status: string;
  free: boolean;
  /** Only what is assigned to the incident that is worked on. */
  here: boolean;
  /** Kilometres around the centre; 0 asks nothing. */
  radius: number;
  /** Minutes of driving to the centre; 0 asks nothing. */
  travel: number;
  around: 'map' | 'site';
}

export const USUAL: Filter = { text: '', capability: '', organisation: '', status: '', free: false, here: false, radius: 0, travel: 0, around: 'map' };

/** What the filter needs besides itself. */
export interface Context {
  centre: Place | null;
  incident: string | null;
  capabilities: (row: Row) => ReadonlySet<string>;
  speed: (row: Row) => number;
  /** Who is within the time by road; null where only the straight line is known. */
  reached?: ReadonlySet<string> | null;
}

export function test(filter: Filter, context: Context): (row: Row) => boolean {
  const words = filter.text.toLocaleLowerCase('de').split(/\s+/).filter(Boolean);
  const { centre, incident } = context;
  return (row) => {
    const { body } = row;
    if (filter.free && !row.free) return false;
    if (filter.here && (!incident || body.incident !== incident)) return false;
    if (filter.organisation && body.organisation !== filter.organisation && body.loan?.organisation !== filter.organisation) return false;
    if (filter.status && availabilityOf(body) !== filter.status) return false;
    if (filter.capability && !context.capabilities(row).has(filter.capability)) return false;
    for (const word of words) if (!row.words.includes(word)) return false;
    if ((filter.radius || filter.travel) && centre) {
      if (!row.place) return false;
      if (filter.radius && metres(row.place, centre) > filter.radius * 1000) return false;
      if (filter.travel && context.reached ? !context.reached.has(row.id) : filter.travel && minutes(row.place, centre, context.speed(row)) > filter.travel) return false;
    }
    return true;
  };
}

export function isUsual(filter: Filter): boolean {
  return (Object.keys(USUAL) as (keyof Filter)[]).every((name) => name === 'around' || filter[name] === USUAL[name]);
}

export const SORTS = ['callsign', 'type', 'age', 'lasts', 'near'] as const;
export type Sort = (typeof SORTS)[number];

/** What calls for attention stands first, whatever the order. */
export function comparison(by: Sort, centre: Place | null): (a: Row, b: Row) => number {
  const first = ({ body }: Row) => (body.signal && !body.signal.seen ? 0 : 1);
  const at = ({ position }: Row) => (position ? Date.parse(position.at) || 0 : 0);
  const far = ({ place }: Row) => (place && centre ? metres(place, centre) : Infinity);
  const compare: Record<Sort, (a: Row, b: Row) => number> = {
    callsign: () => 0,
    type: (a, b) => (a.body.type < b.body.type ? -1 : a.body.type > b.body.type ? 1 : 0),
    age: (a, b) => at(b) - at(a),
    lasts: (a, b) => difference(lasts(a.body), lasts(b.body)),
    near: (a, b) => difference(far(a), far(b)),
  };
  return (a, b) => first(a) - first(b) || compare[by](a, b) || (a.order < b.order ? -1 : a.order > b.order ? 1 : 0) || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
}

function difference(a: number, b: number): number {
  return a === b ? 0 : a - b;
}
