/** The book of a Meldekopf, as the page has it. */

export const ACTS = ['CHECK_IN', 'INSTRUCT', 'SEND_ON', 'CHECK_OUT', 'CORRECT', 'TAKE_BACK', 'CANCEL'] as const;
export type ActKind = (typeof ACTS)[number];
export type ArrivalState = 'CHECKED_IN' | 'SENT_ON' | 'CHECKED_OUT' | 'CANCELLED';

export interface Instruction {
  text: string;
  sector?: string;
  site?: string;
  facility?: string;
  meeting_point?: string;
  radio_group?: string;
  phone?: string;
}

/** What is written on checking in. */
export interface Given {
  facility: string;
  callsign: string;
  resource?: string;
  /** The ref of a partner's. */
  partner_resource?: string;
  organisation_name?: string;
  type?: string;
  strength?: string;
  endurance_until?: string;
  leader?: string;
  phone?: string;
  note?: string;
}

export interface Step {
  act: string;
  kind: ActKind;
  at: string;
  recorded_at?: string;
  by?: string;
  reason?: string;
  before?: Record<string, unknown>;
  late?: boolean;
}

export interface Entry extends Given {
  id: string;
  /** Null until the server has given one. */
  number: number | null;
  state: ArrivalState;
  arrived_at: string;
  instruction?: Instruction;
  left_at?: string;
  left_to?: string;
  state_reason?: string;
  history: Step[];
  /** Something about it has not been sent yet. */
  waiting?: boolean;
}

/** As it is sent. */
export interface Act {
  id: string;
  kind: ActKind;
  at: string;
  arrival: string;
  fields: Record<string, unknown>;
  clerk?: string;
  reason?: string;
}

/** As it is kept until the server has it; `seq` is the order. */
export interface Kept {
  seq?: number;
  incident: string;
  act: Act;
  refused?: { detail: string; field: string | null };
}

/** A force that is known, expected or not. */
export interface Force {
  id: string;
  ref: string;
  callsign: string;
  type?: string;
  organisation_name?: string;
  strength?: string;
  eta?: string;
  endurance_until?: string;
  expected: boolean;
  /** It is a partner's, and `id` is its ref. */
  partner?: boolean;
  /** A march has said that it comes. */
  announced?: { by: string; at: string; file: boolean };
}

export interface Named {
  id: string;
  name: string;
}

/** What a page without a line still knows: as of `at` (ms of the clock on the wall). */
export interface Desk {
  incident: Named & { mode: string };
  person: string | null;
  places: (Named & { type: string })[];
  sites: Named[];
  sectors: Named[];
  forces: Force[];
  book: Entry[];
  /** Sent, and perhaps not in `book` yet. */
  sent: Act[];
  at: number;
  /** The time that is shown at the moment `wall`, and how fast it goes. */
  clock: Anchor;
}

export interface Anchor {
  shown: number;
  wall: number;
  speed: number;
}

export interface Result {
  id: string | null;
  outcome: 'NEW' | 'KNOWN' | 'REFUSED';
  number?: number;
  field?: string;
  detail?: string;
  late?: boolean;
  resource?: string;
  double_of?: number;
}
