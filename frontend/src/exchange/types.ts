/** What both staffs write in an exchange room: messages and receipts, requests to alarm and their counts, reports. */
import type { Thing } from '../live/store.svelte';
import type { Mode } from '../live/types';

export const PRECEDENCES = ['ROUTINE', 'IMMEDIATE', 'FLASH'] as const;
export type Precedence = (typeof PRECEDENCES)[number];

/** `to` is an origin, `function` the writer's, `number` runs by direction. */
export interface MessageBody {
  number: number;
  sender: string;
  to: string;
  text: string;
  at: string;
  mode: Mode;
  priority?: Precedence;
  function?: string;
  incident?: string;
  incident_name?: string;
  reply_to?: string;
}

export interface ReceiptBody {
  message: string;
  number: number;
  delivered_at: string;
  read_at?: string;
  read_by?: string;
  answered_at?: string;
  answer?: string;
}

export interface Message extends Thing {
  readonly body: Thing['body'] & MessageBody;
}

export type Wish = 'OPEN' | 'ENOUGH' | 'ENDED' | 'CANCELLED';
export type Reply = 'PROPOSED' | 'ACCEPTED' | 'DECLINED' | 'LAPSED' | 'ENDED';

export interface AskBody {
  alarm: string;
  code: string;
  sender: string;
  to: string;
  title: string;
  mode: Mode;
  at: string;
  wish?: Wish;
  step?: number;
  total?: number;
  skills?: Record<string, number>;
  text?: string;
  bring?: string;
  meeting?: string;
  report_to?: string;
  geometry?: GeoJSON.Geometry;
  until?: string;
}

/** `decided_by`: a function or `policy`; `waits`: a second person has to agree. */
export interface CountBody {
  request: string;
  state: Reply;
  at: string;
  reason?: string;
  node_mode?: string;
  decided_by?: string;
  decided_at?: string;
  alarm?: string;
  waits?: boolean;
  running?: boolean;
  total?: number;
  coming?: number;
  later?: number;
  not_coming?: number;
  silent?: number;
  arrived?: number;
  skills?: Record<string, number>;
  counted_at?: string;
}

export interface Ask extends Thing {
  readonly body: Thing['body'] & AskBody;
}

export type Tally = Record<string, number>;

export interface Figures {
  incidents?: number;
  sites?: Tally;
  at_risk?: number;
  leaders?: number;
  subleaders?: number;
  crew?: number;
  working?: Tally;
  free?: Tally;
  requests?: Tally;
  warnings?: Tally;
}

/** What one node says, told by itself or passed on by `via`. */
export interface Part {
  origin: string;
  name: string;
  at: string;
  number: number;
  figures: Figures;
  level?: string;
  ars?: string;
  text?: string;
  via?: string;
}

export interface ReportBody {
  number: number;
  sender: string;
  name: string;
  at: string;
  mode: Mode;
  figures?: Figures;
  level?: string;
  ars?: string;
  function?: string;
  to?: string[];
  text?: string;
  incidents?: { name: string; state: string; mode: Mode; level?: string; since?: string }[];
  requests?: { number: number; title: string; state: string; priority: string }[];
  warnings?: { title: string; level?: number }[];
  parts?: Part[];
}

export interface Report extends Thing {
  readonly body: Thing['body'] & ReportBody;
}

export interface Rhythm {
  hours: number;
  since: string;
}
