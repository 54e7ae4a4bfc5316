/** What the server keeps of an alarm and of a plan, and what it answers about them. */
import type { Thing } from '../live/store.svelte';
import type { Conflict } from '../situation/kinds';

export const CHANNELS = ['PUSH', 'SMS', 'VOICE', 'EMAIL', 'MQTT', 'WEBHOOK', 'APPRISE', 'CONSOLE'] as const;
export type Channel = (typeof CHANNELS)[number] | 'MANUAL' | 'WEB';
export const TARGETS = ['ORGANISATION', 'PERSONS', 'UNIT', 'FUNCTION', 'DUTY', 'SKILL', 'PARTNER', 'STATION'] as const;
export type TargetKind = (typeof TARGETS)[number];
export const ESCALATES = ['NO_QUOTA', 'NO_ACK', 'ALWAYS', 'MANUAL'] as const;
export const CRITERIA = ['DELIVERED', 'READ', 'ANSWERED'] as const;
export const PURPOSES = ['ALARM', 'INFO', 'DRILL'] as const;
export type Purpose = (typeof PURPOSES)[number];
export type AlarmState = 'PROPOSED' | 'RUNNING' | 'QUOTA_REACHED' | 'EXHAUSTED' | 'STOPPED' | 'CANCELLED' | 'CLOSED';
export type Mode = 'ACTUAL' | 'EXERCISE' | 'TEST';

export interface Target {
  kind: TargetKind;
  ids?: string[];
  organisation?: string;
  function?: string;
  skill?: string;
  level?: string;
  verification?: string;
  place?: [number, number];
  radius_km?: number;
  free?: boolean;
  limit?: number;
}

export interface Quota {
  total?: number;
  skills?: Record<string, number>;
}

export interface Step {
  targets?: Target[];
  name?: string;
  channels?: Channel[];
  at_once?: boolean;
  fall_back?: number;
  criterion?: (typeof CRITERIA)[number];
  wait?: number;
  quota?: Quota;
  ack?: number;
  escalate?: (typeof ESCALATES)[number];
  repeat?: number;
}

export interface PlanBody {
  organisation: string;
  name: string;
  steps: Step[];
  purpose?: Purpose;
  state: 'DRAFT' | 'ACTIVE' | 'RETIRED';
  quota?: Quota;
  title?: string;
  text?: string;
  bring?: string;
  meeting?: string;
  geometry?: GeoJSON.Geometry;
  report_to?: string;
  supervisor?: string[];
  stop_when_reached?: boolean;
  four_eyes?: boolean;
  approved_by?: string[];
  note?: string;
  version: number;
  conflicts?: Conflict[];
}

export interface Plan extends Thing {
  readonly body: Thing['body'] & PlanBody;
}

export const COUNTS = ['total', 'pending', 'waiting', 'coming', 'later', 'not_coming', 'silent', 'unreachable', 'spared', 'notified', 'delivered', 'read', 'arrived'] as const;
export type Counts = Record<(typeof COUNTS)[number], number>;

export interface AlarmBody {
  title: string;
  mode: Mode;
  organisation: string;
  code: string;
  state: AlarmState;
  purpose?: Purpose;
  plan?: string;
  incident?: string;
  site?: string;
  text?: string;
  meeting?: string;
  geometry?: GeoJSON.Geometry;
  bring?: string;
  report_to?: string;
  quota?: Quota;
  counts?: Partial<Counts>;
  skills?: Record<string, { wanted?: number; coming?: number; later?: number }>;
  arrivals?: [number, number][];
  steps?: { name?: string; round?: number; began?: string; until?: string; over?: string; total?: number; answered?: number }[];
  step?: number;
  next_at?: string;
  started_at?: string;
  started_by?: string;
  second?: string;
  ended_at?: string;
  /** Text in alarms from before there were codes. */
  problems?: (string | Problem)[];
  protocol?: { at: string; what: string; by: string; said?: string }[];
  partners?: PartnerShown[];
}

/** What a step asks of a partner (its origin); without `count` it has not said that the request is there. */
export interface PartnerShown {
  partner: string;
  name: string;
  request: string;
  step?: number;
  total?: number;
  began: string;
  skills?: Record<string, number>;
  until?: string;
  count?: { state: string; at: string; reason?: string; node_mode?: string; decided_by?: string; decided_at?: string; waits?: boolean; coming?: number; later?: number; not_coming?: number; silent?: number; arrived?: number; total?: number };
}

/** `step` is its name or its number; `missing` are people by skill, the empty key is the total. */
export interface Problem {
  code: string;
  step?: string;
  missing?: Record<string, number>;
  whom?: string;
  reason?: string;
  count?: number;
  skill?: string;
  plan?: string;
  state?: string;
}

export interface Alarm extends Thing {
  readonly body: Thing['body'] & AlarmBody;
}

export interface Recipient {
  helper: string;
  name: string | null;
  state: string;
  answer: 'COMING' | 'COMING_LATER' | 'NOT_COMING' | null;
  eta: string | null;
  answered_at: string | null;
  answered_by: string | null;
  arrived_at: string | null;
  left_at: string | null;
  safe_at: string | null;
  step: number;
  skills: string[];
  reason: string | null;
  conflict?: string | null;
  calls: { channel: Channel; state: string; error?: string | null }[];
}

/** Who would be called, when and how: what a preview and a dry run say. Seconds count from the beginning. */
export interface Rehearsed {
  reach: number;
  unreachable: number;
  large: boolean;
  needs_second: boolean;
  mode: Mode;
  ends_after: number;
  cut_off: boolean;
  cost: Record<string, number>;
  first: Record<string, number>;
  quotas: { step: number | null; skill: string; wanted: number; possible: number; met: boolean }[];
  turns: { after: number; what: string; step: number; round: number; organisation: string | null }[];
  steps: {
    name: string | null;
    people: { helper: string; name: string | null; skills: string[]; calls: { after: number; channel: Channel }[] }[];
    more: number;
    unreachable: { helper: string; name: string | null; reason: string }[];
    unreachable_more: number;
  }[];
  silent_channels?: string[];
}

export interface Drill {
  alarm: string;
  code: string;
  at: string | null;
  state: AlarmState;
  total: number;
  reached: number;
  answered: number;
  unreachable: number;
  median_seconds: number | null;
  channels: { channel: Channel; called: number; delivered: number; median_seconds: number | null }[];
  missing: { helper: string; name: string | null; reason: string | null }[];
}
