/** Jobs, meeting points and the people of the pool, as the server sends them. */
import type { Geometry } from 'geojson';
import type { Thing } from '../live/things.svelte';

export const RISKS = ['NO_RISK', 'SUPERVISED', 'QUALIFIED_ONLY'] as const;
export const PRESENT = ['CHECKED_IN', 'BRIEFED', 'ASSIGNED', 'WORKING', 'BREAK'];

export interface Slot {
  id: string;
  begins: string;
  ends: string;
  wanted: number;
}

export interface Counts {
  taken: number;
  invited: number;
  here: number;
  working: number;
  no_show: number;
}

export interface JobBody {
  version: number;
  organisation: string;
  title: string;
  text?: string;
  state: 'DRAFT' | 'VERIFIED' | 'OPEN' | 'PAUSED' | 'CLOSED';
  place?: string;
  geometry?: Geometry;
  risk: (typeof RISKS)[number];
  minimum_age: number;
  skills?: string[];
  ppe?: string[];
  briefing?: string;
  supervisor?: string;
  commissioned_by?: string;
  meeting_point?: string;
  transport?: string;
  food?: string;
  weather_stop?: string;
  incident?: string;
  verified_by?: string;
  verified_at?: string;
  verification?: string;
  state_reason?: string;
  slots?: Slot[];
  counts?: Record<string, Counts>;
}
export interface PointBody {
  version: number;
  organisation: string;
  name: string;
  code: string;
  state: 'OPEN' | 'FULL' | 'CLOSED';
  place?: string;
  geometry?: Geometry;
  opening?: string;
  capacity?: number;
  here?: number;
  waiting?: number;
  /** Legs that leave it, by names of their own; `riders` are people by leg. */
  shuttles?: { name: string; seats: number }[];
  riders?: Record<string, number>;
}
export interface Job extends Thing {
  readonly body: Thing['body'] & JobBody;
}
export interface Point extends Thing {
  readonly body: Thing['body'] & PointBody;
}
export interface Person {
  id: string;
  name: string;
  adult: boolean | null;
  state: string;
  skills: Record<string, string> | null;
  languages: string[];
  equipment: string[];
  available: boolean;
  hours: number;
  block: { reason: string; lifting: boolean; confirmed_by: string | null } | null;
}
export interface Booking {
  id: string;
  helper: string;
  job: string | null;
  slot: string | null;
  point: string | null;
  state: string;
  state_at: string;
  started_at: string | null;
  break_at: string | null;
  safe_at: string | null;
  shuttle: string | null;
}
export interface Pool {
  people: Person[];
  bookings: Booking[];
}
export interface Candidate {
  helper: string;
  name: string;
  distance_m: number | null;
  hours: number;
}
/** One act at the desk, kept here until the server says that it stands. */
export interface Act {
  id: string;
  kind: string;
  at: string;
  helper?: string;
  booking?: string;
  code?: string;
  walkin?: { name: string; adult: boolean; consent: boolean };
  job?: string;
  slot?: string;
  point?: string;
  shuttle?: string;
  reason?: string;
}
export interface Kept {
  seq?: number;
  organisation: string;
  act: Act;
  name: string;
  refused?: string;
}
