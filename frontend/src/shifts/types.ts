/** Shifts as the server tells them; moments are ISO 8601. */
export type ShiftState = 'PLANNED' | 'ON_DUTY' | 'OFF';
export type Aboard = 'LEADER' | 'SUBLEADER' | 'CREW';
export type CrewState = 'CREWED' | 'SHORT' | 'EMPTY';
export type Breach = 'OVERLAP' | 'TOO_LONG' | 'REST_SHORT' | 'NO_BREAK' | 'OVERRUN' | 'NOT_BEGUN' | 'RELIEF_SOON';
export type Due = 'RELIEF_DUE' | 'ENDURANCE' | 'SHIFT_ENDS' | 'LONGEST_DUTY';

export interface Holds {
  code: string;
  level?: string;
  valid_until?: string;
}

export interface ShiftBody {
  organisation: string;
  person: string;
  starts: string;
  ends: string;
  function: Aboard;
  state: ShiftState;
  member?: string;
  qualifications?: Holds[];
  resource?: string;
  place?: string;
  began?: string;
  ended?: string;
  break_minutes?: number;
  note?: string;
  version?: number;
}

export interface Shift {
  id: string;
  body: ShiftBody;
}

export interface Crew {
  resource: string;
  callsign: string;
  type: string;
  state: CrewState;
  strength: string;
  people: number;
  minimum: number;
  seats?: number;
  missing?: Record<string, number>;
  expired?: Record<string, number>;
}

export interface Violation {
  breach: Breach;
  shifts: string[];
  person: string;
  at: string;
  hours: number;
  limit: number;
}

export interface DutyAnswer {
  now: string;
  duty: { longest_hours: number; rest_hours: number; break_after_hours: number; break_minutes: number; warn_hours: number };
  here: { shift: string; person: string; function: Aboard; since: string; until: string; resource?: string; place?: string; hours: number }[];
  violations: Violation[];
  crews: Crew[];
}

export interface Line {
  resource: string;
  person: string;
  function: Aboard;
  seat: string;
  starts: string;
  ends: string;
  rested?: number;
  late: number;
  others: number;
  shift: Record<string, unknown>;
}

export interface Plan {
  now: string;
  reliefs: { resource: string; due: string; why: Due; seats: number }[];
  lines: Line[];
  gaps: { resource: string; seat: string; count: number }[];
  left: string[];
  callsigns: Record<string, string>;
}
