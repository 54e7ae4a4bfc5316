/** What the server keeps of a custody, a risk alert and a rule. */
import type { Problem } from '../alarms/types';
import type { Thing } from '../live/store.svelte';
import type { Level } from '../palette';

export type CustodyState = 'RAISED' | 'NOTIFIED' | 'ACKNOWLEDGED' | 'ASSESSED' | 'CLEARED';
export const DECISIONS = ['ACT', 'WATCH', 'NOT_OURS'] as const;
export type Decision = (typeof DECISIONS)[number];

export interface Done {
  at: string;
  what: string;
  by: string;
  text?: string;
  tier?: string;
}

export interface Onward {
  to: string;
  way: string;
  at: string;
  by: string;
  text?: string;
  confirmed_at?: string;
  confirmed_by?: string;
}

export interface CustodyBody {
  about: string;
  title: string;
  mode: 'ACTUAL' | 'EXERCISE' | 'TEST';
  owner: { name: string; function?: string; person?: string };
  raised_at: string;
  state: CustodyState;
  tier: string;
  organisation_name?: string;
  level?: Level;
  areas?: string[];
  channel?: string;
  sender?: string;
  sent?: string;
  expires?: string;
  round: number;
  due_at?: string;
  escalated_at?: string;
  seen?: { by: string; at: string }[];
  acknowledged_at?: string;
  acknowledged_by?: string;
  decision?: Decision;
  reason?: string;
  assessed_at?: string;
  assessed_by?: string;
  review_at?: string;
  onward?: Onward[];
  cleared_at?: string;
  missed?: boolean;
  history: Done[];
}

export type Custody = Thing & { readonly body: Thing['body'] & CustodyBody };

export type Outcome = 'OK' | 'ALARM' | 'UNKNOWN';

export interface AlertBody {
  title: string;
  rule: string;
  rule_kind: string;
  subject: string;
  outcome: Outcome;
  mode: string;
  raised_at: string;
  state: string;
  level?: Level;
  evidence?: { ref: string; name?: string; at?: string; value?: number; unit?: string; mark?: number }[];
  station?: string;
  quantity?: string;
  mark?: number;
  text?: string;
  custody?: string;
  plan?: string;
  alarm?: string;
  problem?: string | Problem;
  cleared_at?: string;
}

export type RiskAlert = Thing & { readonly body: Thing['body'] & AlertBody };

export const KINDS = ['THRESHOLD', 'RISE', 'WARNING', 'SILENT', 'FEED_DEAD', 'OVERDUE', 'INQUIRY', 'CUSTODY'] as const;

export interface RuleBody {
  organisation: string;
  name: string;
  kind: (typeof KINDS)[number];
  state: 'ON' | 'QUIET' | 'OFF';
  level?: Level;
  station?: string;
  stations?: string[];
  quantity?: string;
  value?: number;
  reset?: number;
  minutes?: number;
  window?: number;
  at_least?: Level;
  feeds?: string[];
  incident?: string;
  stale?: number;
  unknown?: number;
  cool_down?: number;
  quiet_until?: string;
  plan?: string;
  version?: number;
}

export type Rule = Thing & { readonly body: Thing['body'] & RuleBody };

export interface Subject {
  subject: string;
  outcome: Outcome;
  since?: string;
  episodes: number;
}

export interface DryRun {
  supported: boolean;
  subjects: { subject: string; unit?: string; values: number; fired: { at: string; outcome: Outcome; value?: number; until?: string }[] }[];
}
