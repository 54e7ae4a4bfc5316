/** People as the server tells of them. What names somebody is there only for whoever keeps him. */
export const READY = ['READY', 'READY_WITHIN', 'CONDITIONALLY', 'NOT_AVAILABLE', 'UNKNOWN'] as const;
export type Ready = (typeof READY)[number];
export const VERIFICATIONS = ['SELF_DECLARED', 'DOCUMENT_SEEN', 'ORGANISATION_VOUCHES'] as const;
export type Verification = (typeof VERIFICATIONS)[number];
export const KINDS = ['SMS', 'VOICE', 'EMAIL', 'APPRISE', 'MQTT', 'WEBHOOK', 'MANUAL', 'CONSOLE'] as const;
export type State = 'ACTIVE' | 'PAUSED' | 'BLOCKED';

export interface Readiness {
  ready?: Ready;
  minutes?: number | null;
}

export interface Skill {
  code: string;
  level?: string | null;
  verification?: Verification;
  valid_until?: string | null;
  verified_at?: string | null;
  restrictions?: string | null;
}

export interface Channel {
  id?: string;
  kind: string;
  value?: string | null;
  tested_at?: string | null;
  failures?: number;
  problem?: string | null;
  closed_at?: string | null;
}

export interface Window {
  days: number[];
  begins: string;
  ends: string;
  state: Readiness;
}

export interface Entry {
  from_at: string;
  until_at?: string | null;
  state: Readiness;
}

export interface Availability {
  usual?: Readiness;
  weekly?: Window[];
  entries?: Entry[];
  not_before?: string | null;
  quiet?: { begins: string; ends: string } | null;
}

export interface Person {
  id: string;
  organisation: string;
  kind: string;
  state: State;
  units: string[];
  functions: string[];
  available: boolean;
  version: number;
  ready: Readiness;
  skills: Skill[];
  name?: string | null;
  external_id?: string | null;
  languages?: string[];
  equipment?: string[];
  home?: [number, number] | null;
  legal_basis?: string;
  consent?: Record<string, { basis: string; given_at?: string | null; note?: string | null }>;
  availability?: Availability;
  keep_until?: string | null;
  channels?: Channel[];
  private?: { birth_year?: number; emergency_contact?: string; fit_until?: string; note?: string };
}

export interface Page {
  total: number;
  people: Person[];
}

export interface ReachReport {
  total: number;
  reachable: number;
  doubtful: number;
  unreachable: number;
  why: Record<string, number>;
  people: { id: string; name: string; why: string[]; hard: boolean }[];
}

export interface Strengths {
  skills: { code: string; held: number; free: number; soon: number; wanted: number | null; warn_below: number | null; state: 'ENOUGH' | 'SHORT' | 'CRITICAL' | null }[];
}

export interface Preview {
  columns: { heading: string; field: string | null }[];
  rows: { new: number; changed: number; bad: number };
  errors: { row: number; column: string | null; reason: string }[];
  sample: { row: number; new: boolean; name: string; skills: string[]; channels: string[] }[];
}

export interface Cells {
  width: number;
  height: number;
  /** West, south, people, free; 0 people says one or two. */
  cells: [number, number, number, number][];
}
