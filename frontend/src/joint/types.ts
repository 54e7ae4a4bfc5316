/** As the server tells of incidents shared with partners. */
export type Standing = 'BOTH' | 'OURS' | 'THEIRS' | 'ENDED';

export interface SharedIncident {
  name?: string | null;
  number?: number | null;
  state?: string | null;
  mode?: string | null;
  level?: string | null;
  as_of?: string | null;
}

export interface LinkSaid {
  at: string;
  by: string;
  label?: string | null;
  note?: string | null;
  ended_at?: string | null;
  ended_by?: string | null;
  reason?: string | null;
}

export interface Source {
  id: string;
  origin: string;
  name: string;
  state: string;
  heard_at: string | null;
  shares_log: boolean;
}

export interface JointLink {
  id: string | null;
  partner: Source;
  theirs: string;
  standing: Standing;
  ours: LinkSaid | null;
  told: LinkSaid | null;
  shared: SharedIncident | null;
  gone_at: string | null;
}

export interface Candidate extends SharedIncident {
  ref: string;
  peer: string;
  origin: string;
  partner: string;
}

export interface Overview {
  now: string;
  links: JointLink[];
  candidates: Candidate[];
}

export interface JointEntry {
  ref: string;
  origin: string;
  ours: boolean;
  staff: string | null;
  staff_name: string | null;
  number: number;
  event_time: string;
  recorded_at: string | null;
  kind: string;
  text: string;
  function: string | null;
  author: string | null;
  corrects: number | null;
}

export interface LogSource extends Source {
  theirs: string;
  standing: Standing;
  shared: SharedIncident | null;
  label: string | null;
  gone_at: string | null;
  logs: { staff: string; name: string | null; held: number; missing: number }[];
}

export interface JointPage {
  now: string;
  own: { origin: string; name: string };
  partners: LogSource[];
  entries: JointEntry[];
  next: string | null;
}

export type Side = 'both' | 'ours' | 'theirs';
