/** What follows from a resource's fields: moves, whose it is, how old its position is (geodata/model/resource.py). */
import type { Availability, Deployment, FleetBody, Place, PositionBody, ResourceBody } from './types';

const ASIDE: Deployment[] = ['RESTING', 'OUT_OF_SERVICE'];

/** Where a deployment may go, the usual next step first. */
export const MOVES: Record<Deployment, Deployment[]> = {
  AT_HOME: ['ALERTED', 'EN_ROUTE', ...ASIDE],
  ALERTED: ['EN_ROUTE', 'AT_MELDEKOPF', 'STAGED', 'DEPLOYED', 'RELEASED', 'AT_HOME', ...ASIDE],
  EN_ROUTE: ['AT_MELDEKOPF', 'STAGED', 'DEPLOYED', 'RELEASED', 'RETURNING', ...ASIDE],
  AT_MELDEKOPF: ['STAGED', 'DEPLOYED', 'RELEASED', 'EN_ROUTE', ...ASIDE],
  STAGED: ['EN_ROUTE', 'DEPLOYED', 'RELEASED', ...ASIDE],
  DEPLOYED: ['STAGED', 'EN_ROUTE', 'RELEASED', ...ASIDE],
  RELEASED: ['RETURNING', 'AT_HOME', 'ALERTED', 'EN_ROUTE', ...ASIDE],
  RETURNING: ['AT_HOME', 'ALERTED', 'EN_ROUTE', ...ASIDE],
  RESTING: ['STAGED', 'DEPLOYED', 'RELEASED', 'ALERTED', 'AT_HOME', 'OUT_OF_SERVICE'],
  OUT_OF_SERVICE: ['AT_HOME', 'STAGED', 'RETURNING', 'RESTING'],
};

/** Moves that take it to something, and ask to what. */
export const ASSIGNING: readonly Deployment[] = ['ALERTED', 'EN_ROUTE', 'AT_MELDEKOPF', 'STAGED', 'DEPLOYED'];
export const FREE: readonly Availability[] = ['AVAILABLE_STATION', 'AVAILABLE_MOBILE'];

export function isFree(body: ResourceBody): boolean {
  return FREE.includes(availabilityOf(body)) && !body.hold;
}

export function availabilityOf(body: ResourceBody): Availability {
  return body.availability ?? 'UNKNOWN';
}

/** The last digit that was heard; '' for none. */
export function digit(body: ResourceBody): string {
  return body.status?.code ?? '';
}

/** A signal that nobody has taken note of; '' for none. */
export function calling(body: ResourceBody): string {
  return body.signal && !body.signal.seen ? body.signal.code : '';
}

export type Relation = 'own' | 'neighbour' | 'lent';

/** Lent beats whose it is: a loan runs out, and someone waits for it. */
export function relationOf(body: ResourceBody, mine: ReadonlySet<string>): Relation {
  if (body.loan) return 'lent';
  return mine.has(body.organisation) ? 'own' : 'neighbour';
}

export type Freshness = 'fresh' | 'stale' | 'lost' | 'none';

/** Of its position; `turns` is when it changes next, in ms. Minutes are the fleet's, else 5 and 60. */
export function freshness(position: PositionBody | undefined, fleet: FleetBody | undefined, now: number): { fresh: Freshness; turns: number } {
  const at = position ? Date.parse(position.at) : NaN;
  if (!Number.isFinite(at)) return { fresh: 'none', turns: Infinity };
  const stale = at + (fleet?.position_stale ?? 5) * 60_000;
  const lost = at + (fleet?.position_lost ?? 60) * 60_000;
  if (now >= lost) return { fresh: 'lost', turns: Infinity };
  return now >= stale ? { fresh: 'stale', turns: lost } : { fresh: 'fresh', turns: stale };
}

/** Where it stands on the map: its position, else its home. */
export function placeOf(body: ResourceBody, position: PositionBody | undefined): Place | null {
  return position ? [position.longitude, position.latitude] : (body.home ?? null);
}

const EARTH = 6_371_009;

/** Metres along the great circle (haversine, mean radius of the earth). */
export function metres([x1, y1]: Place, [x2, y2]: Place): number {
  const rad = Math.PI / 180;
  const h = Math.sin(((y2 - y1) * rad) / 2) ** 2 + Math.cos(y1 * rad) * Math.cos(y2 * rad) * Math.sin(((x2 - x1) * rad) / 2) ** 2;
  return 2 * EARTH * Math.asin(Math.min(1, Math.sqrt(h)));
}

/** Roads are about so much longer than the straight line. */
export const DETOUR = 1.3;

/** Minutes of driving where no road graph says better. */
export function minutes(from: Place, to: Place, kmh: number): number {
  return ((metres(from, to) / 1000) * DETOUR * 60) / Math.max(1, kmh);
}

/** The earlier of endurance and relief, in ms; Infinity where neither is known. */
export function lasts(body: ResourceBody): number {
  return Math.min(...[body.endurance_until, body.relief_due].map((each) => Date.parse(each ?? '')).map((each) => (Number.isFinite(each) ? each : Infinity)));
}
