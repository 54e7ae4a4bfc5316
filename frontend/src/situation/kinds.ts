/** The four kinds of things that people draw into a situation: their bodies, states and what moves are declared.
 *  The server has the last word (geodata/model); here stands what is offered. */
import type { Geometry } from 'geojson';

export const KINDS = ['site', 'sector', 'facility', 'zone'] as const;
export type Kind = (typeof KINDS)[number];

/** The plural in addresses of the interface. */
export const PATHS: Record<Kind, string> = { site: 'sites', sector: 'sectors', facility: 'facilities', zone: 'zones' };

export const PRIORITIES = ['P1', 'P2', 'P3', 'P4'] as const;
export type Priority = (typeof PRIORITIES)[number];

/** Buttons beside these: merging leads to DUPLICATE, taking it back leads out again. */
export const SITE_MOVES = {
  REPORTED: ['VERIFIED', 'NO_ACTION', 'HANDED_OVER'],
  VERIFIED: ['QUEUED', 'ASSIGNED', 'NO_ACTION', 'HANDED_OVER'],
  QUEUED: ['ASSIGNED', 'VERIFIED', 'NO_ACTION', 'HANDED_OVER'],
  ASSIGNED: ['IN_WORK', 'QUEUED', 'NO_ACTION', 'HANDED_OVER'],
  IN_WORK: ['DONE', 'QUEUED', 'NO_ACTION', 'HANDED_OVER'],
  DONE: ['CONTROLLED', 'IN_WORK'],
  CONTROLLED: ['VERIFIED'],
  NO_ACTION: ['VERIFIED'],
  HANDED_OVER: ['VERIFIED'],
  DUPLICATE: [],
} as const satisfies Record<string, readonly string[]>;
export type SiteState = keyof typeof SITE_MOVES;
export const SITE_STATES = Object.keys(SITE_MOVES) as SiteState[];
/** Where nothing remains to be done. */
export const SITE_CLOSED: readonly string[] = ['CONTROLLED', 'DUPLICATE', 'NO_ACTION', 'HANDED_OVER'];

export const FACILITY_MOVES = {
  PLANNED: ['OPEN', 'CLOSED'], OPEN: ['FULL', 'CLOSED'], FULL: ['OPEN', 'CLOSED'], CLOSED: ['OPEN'],
} as const satisfies Record<string, readonly string[]>;
export type FacilityState = keyof typeof FACILITY_MOVES;

export const FACILITY_TYPES = [
  'BEREITSTELLUNGSRAUM', 'MELDEKOPF', 'BETREUUNGSSTELLE', 'LEUCHTTURM', 'BEHANDLUNGSPLATZ', 'SAMMELPLATZ', 'EINSATZLEITUNG', 'VERSORGUNG', 'NOTTREFFPUNKT', 'OTHER',
] as const;
export const ZONE_TYPES = ['HAZARD', 'CLOSURE', 'FLOODED', 'EVACUATION', 'OTHER'] as const;
export const CONFIDENCES = ['CONFIRMED', 'REPORTED', 'UNCONFIRMED', 'FORECAST'] as const;

/** A value that lost against a later edit of the same field. */
export interface Conflict {
  field: string;
  value: unknown;
  by: string;
  at: string;
  lost_to: string;
  lost_at: string;
}

/** What editing keeps in every body: edits so far and, for each field, the version, the person and the time of its last edit. */
export interface Kept {
  version?: number;
  stamps?: Record<string, [number, string, string]>;
  conflicts?: Conflict[];
}

export interface Placed extends Kept {
  incident: string;
  number: number;
  geometry?: Geometry;
}

export interface SiteBody extends Placed {
  title: string;
  text?: string;
  priority: Priority;
  lives_at_risk?: boolean;
  state: SiteState;
  state_reason?: string;
  state_before?: string;
  sector?: string;
  address?: string;
  caller?: string;
  affected?: number;
  duplicate_of?: string;
  merged?: string[];
  confidence?: string;
}

export interface SectorBody extends Placed {
  name: string;
  parent?: string;
  leader?: string;
  radio?: string;
  mission?: string;
}

export interface FacilityBody extends Placed {
  type: string;
  name: string;
  state: FacilityState;
  capacity?: number;
  used?: number;
  contact?: string;
}

export interface ZoneBody extends Placed {
  type: string;
  name: string;
  reason?: string;
  confidence?: string;
  valid_until?: string;
  released?: boolean;
}

export interface Bodies {
  site: SiteBody;
  sector: SectorBody;
  facility: FacilityBody;
  zone: ZoneBody;
}

export function isKind(kind: string): kind is Kind {
  return (KINDS as readonly string[]).includes(kind);
}

/** Where this thing can go by a button; merging has its own way to DUPLICATE. */
export function movesOf(kind: Kind, state: string): readonly string[] {
  if (kind === 'site') return SITE_MOVES[state as SiteState] ?? [];
  return kind === 'facility' ? (FACILITY_MOVES[state as FacilityState] ?? []) : [];
}

const LINE: readonly string[] = SITE_STATES.slice(0, 7);

/** No action, handing over, re-opening and every step back must say why. */
export function needsReason(kind: Kind, before: string, after: string): boolean {
  if (kind !== 'site') return false;
  const aside = ['NO_ACTION', 'HANDED_OVER'];
  return aside.includes(before) || aside.includes(after) || LINE.indexOf(after) < LINE.indexOf(before);
}

/** Faded on the map and at the end of lists: what needs nobody any more. */
export function isClosed(kind: Kind, body: Partial<Bodies[Kind]>, now: number): boolean {
  const { state, valid_until: until } = body as { state?: string; valid_until?: string };
  if (kind === 'site') return SITE_CLOSED.includes(state ?? '');
  if (kind === 'facility') return state === 'CLOSED';
  return kind === 'zone' && until !== undefined && Date.parse(until) <= now;
}

export function nameOf(kind: Kind, body: Partial<Bodies[Kind]>): string {
  const { title, name } = body as { title?: string; name?: string };
  return String((kind === 'site' ? title : name) ?? '');
}

/** Danger to life: by priority, or because somebody said so. */
export function isGrave(body: Partial<SiteBody>): boolean {
  return body.priority === 'P1' || body.lives_at_risk === true;
}
