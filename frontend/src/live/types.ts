/** Facts and messages as the server sends them: bodies leave out what is null or empty. */
import type { Geometry } from 'geojson';
import type { Level } from '../palette';

export type Mode = 'ACTUAL' | 'EXERCISE' | 'TEST';

export interface Provenance {
  source: string;
  as_of: string;
  received_at: string;
  confidence: string;
}

export type Body = Record<string, unknown>;

/** What the picture keeps under a ref. */
export interface Held {
  room: string;
  provenance: Provenance | null;
  body: Body | null;
}

export interface Fact extends Held {
  ref: string;
}

export interface Change {
  seq: number;
  op: 'put' | 'drop';
  ref: string;
  room: string;
  actor?: string;
  at?: string;
  provenance?: Provenance | null;
  body?: Body | null;
}

export interface PictureMessage {
  cursor: number;
  now: string;
  speed: number;
  mode: Mode;
  origin: string;
  sight?: string;
  facts: Fact[];
}

export type ServerMessage =
  | { type: 'welcome'; cursor: number; now: string; speed: number; mode: Mode; version?: string }
  | { type: 'changes'; cursor: number; changes: Change[] }
  | { type: 'beat'; cursor: number; now: string; speed: number; mode: Mode; followed_at: string; following: boolean }
  | { type: 'restart'; reason: string };

export interface Threshold {
  name: string;
  value: number;
  unit: string;
  title?: string;
  level?: Level;
  valid_from?: string;
}

export interface Series {
  quantity: string;
  unit: string;
  every?: number;
  thresholds?: Threshold[];
  gauge_zero?: { value: number; unit: string; valid_from?: string };
  comment?: string;
}

export interface StationBody {
  key: string;
  name: string;
  kind?: string;
  water?: string;
  longitude?: number;
  latitude?: number;
  river_km?: number;
  operator?: string;
  number?: string;
  series?: Series[];
  municipality?: string;
}

export interface ReadingBody {
  station: string;
  quantity: string;
  unit: string;
  value: number;
  level?: Level;
  trend?: number;
  state?: string;
  /** Over how long rain fell. */
  minutes?: number;
}

export interface WarningText {
  language: string;
  headline: string;
  event?: string;
  description?: string;
  instruction?: string;
}

export interface WarningBody {
  key: string;
  channel: string;
  sent: string;
  severity: string;
  level?: Level;
  texts: WarningText[];
  msg_type?: string;
  urgency?: string;
  certainty?: string;
  onset?: string;
  effective?: string;
  expires?: string;
  sender?: string;
  sender_name?: string;
  web?: string;
  contact?: string;
  area_names?: string[];
  geometry?: Geometry;
  municipalities?: string[];
  note?: string;
}

export interface FeedBody {
  name: string;
  title: string;
  publisher: string;
  licence: string;
  attribution: string;
  home: string;
  every: number;
  stale_after: number;
  newest_within?: number;
  late_after?: number;
  last_try?: string;
  last_success?: string;
  newest?: string;
  failures?: number;
  error?: string;
  items?: number;
  dropped?: number;
  dropped_reasons?: Record<string, number>;
  unknown?: Record<string, number>;
  paused?: boolean;
  since?: string;
  /** It sends by itself: nothing to ask, to pause or to play again. */
  pushed?: boolean;
}
