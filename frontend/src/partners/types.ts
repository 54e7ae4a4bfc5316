/** What the server says about partners. */
export type State = 'PENDING' | 'ACTIVE' | 'SUSPENDED' | 'REVOKED';
export const LEVELS = ['MUNICIPALITY', 'DISTRICT', 'REGION', 'STATE'] as const;

export interface Own {
  origin: string;
  name: string;
  level: string;
  ars: string | null;
  mode: string;
  url: string;
  addresses: string[];
  kid: string;
  words: string[];
  allowed: boolean;
}

/** How one stands. `behind` and `waiting`: changes that it, and we, have not told yet. `skew`: seconds its clock is ahead. */
export interface Standing {
  id: string;
  origin: string;
  name: string;
  ars: string | null;
  level: string;
  mode: string;
  url: string | null;
  state: State;
  state_reason: string | null;
  state_at: string;
  state_by: string;
  compared_at: string | null;
  compared_by: string | null;
  /** Where lies what both staffs do together; null before the words were compared. */
  room: string | null;
  relay: string | null;
  /** Further addresses, and the one of them at which it has answered last; null if that was the usual one. */
  addresses: string[];
  reached_at: string | null;
  note: string | null;
  heard_at: string | null;
  behind: number | null;
  skew: number | null;
  received: number;
  incoming_error: string | null;
  acknowledged_at: string | null;
  next_try: string | null;
  failures: number;
  last_error: string | null;
  waiting: number;
  sent: number;
  shares_out: number;
  shares_in: number;
  agrees: boolean | null;
  digests_at: string | null;
  aside: number;
  requests: number;
  knows_key: boolean;
  /** Of a revoked one: what became of the last word to it, and of its things here. */
  farewell: 'ACKNOWLEDGED' | 'UNREACHED' | 'NOTHING' | null;
  dropped_at: string | null;
  held: boolean;
}

export interface Detail extends Standing {
  words: string[];
  keys: { kid: string; since: string; until: string | null }[];
  software: string;
}

/** What an address book would add: `closed` are addresses that the configuration does not let us call. */
export interface Book {
  written_by: string;
  at: string;
  entries: { origin: string; name: string; outcome: string; addresses: string[]; new: string[]; closed: string[] }[];
}

export interface Invited {
  id: string;
  text: string;
  qr: string[];
  expires_at: string;
  words: string[];
}

export interface Waiting {
  id: string;
  name: string;
  expires_at: string;
}

export interface SetAside {
  id: number;
  ref: string | null;
  field: string | null;
  reason: string;
  raw: string;
  last_seen: string;
  times: number;
}
