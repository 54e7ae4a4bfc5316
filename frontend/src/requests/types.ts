/** What the server keeps of a request and of an inquiry: the request as it was put to one addressee. */
import type { Thing } from '../live/store.svelte';
import type { Conflict } from '../situation/kinds';

export const PRIORITIES = ['LIFE_SAVING', 'URGENT', 'ROUTINE'] as const;
export type Priority = (typeof PRIORITIES)[number];
export const LEVELS = ['NEIGHBOURS', 'DISTRICT', 'REGION', 'STATE'] as const;
export type Level = (typeof LEVELS)[number];
export const WHATS = ['capability', 'type', 'concept', 'article'] as const;
/** What is asked for is named in exactly one of these ways. */
export type What = (typeof WHATS)[number];
export type RequestState = 'DRAFT' | 'SUBMITTED' | 'ROUTED' | 'OFFERED' | 'PARTIALLY_FULFILLED' | 'FULFILLED' | 'DECLINED' | 'EXPIRED' | 'CLOSED' | 'WITHDRAWN' | 'DUPLICATE';
export type InquiryState = 'ROUTED' | 'OFFERED' | 'REQUISITIONED' | 'COMMITTED' | 'EN_ROUTE' | 'ARRIVED' | 'IN_USE' | 'RELEASED' | 'RETURNED' | 'DECLINED' | 'EXPIRED' | 'WITHDRAWN' | 'DUPLICATE';
export type LineState = 'OFFERED' | 'REQUISITIONED' | 'NOT_TAKEN' | 'DECLINED' | 'LAPSED' | 'COMMITTED' | 'EN_ROUTE' | 'ARRIVED' | 'RELEASED' | 'RETURNED';

export interface Need {
  title: string;
  capability?: string;
  type?: string;
  concept?: string;
  article?: string;
  quantity: number;
  unit?: string;
  priority: Priority;
  place?: [number, number];
  place_name?: string;
  needed_from?: string;
  needed_until?: string;
  people_at_risk?: number;
  reason?: string;
}

export interface Step {
  state: string;
  at: string;
  by: string;
  text?: string;
  message?: string;
  /** The organisation that a step of the request has to do with. */
  addressee?: string;
  /** The partner's node that says so; its times are by its own clock. */
  origin?: string;
}

/** An inquiry between two nodes: what is under way to the other, and by how many seconds its clock is ahead of ours. */
export interface Across {
  other: string;
  side: 'BORROWER' | 'LENDER';
  moves?: number;
  known?: number;
  since?: string;
  ahead?: number;
}

export interface Counts {
  requested: number;
  offered: number;
  requisitioned: number;
  committed: number;
  arrived: number;
  returned: number;
  recalled: number;
}

export interface RequestBody extends Need {
  incident: string;
  staff: string;
  organisation: string;
  organisation_name?: string;
  number: number;
  state: RequestState;
  level?: Level;
  answer_due?: string;
  escalated?: string;
  counts?: Partial<Counts>;
  text?: string;
  site?: string;
  sector?: string;
  history?: Step[];
  duplicate_of?: string;
  version?: number;
  conflicts?: Conflict[];
}

interface Dates {
  state: LineState;
  committed_at?: string;
  arrived_at?: string;
  released_at?: string;
  returned_at?: string;
}

export interface OfferedResource extends Dates {
  resource: string;
  callsign: string;
  type: string;
  kind?: string;
  capabilities?: string[];
  strength?: string;
  quantity: number;
  /** The unit or carrier with which it goes. */
  leader?: string;
  eta?: string;
}

export interface OfferedStock extends Dates {
  stock: string;
  article: string;
  unit: string;
  quantity: number;
  returned?: number;
}

export interface Terms {
  until?: string;
  recall_hours?: number;
  cost_note?: string;
  cost_per_hour?: number;
}

export interface Party {
  organisation: string;
  name: string;
}

export interface InquiryBody {
  request: string;
  incident: string;
  incident_name?: string;
  number: number;
  requester: Party;
  addressee: Party;
  level?: Level;
  need: Need;
  state: InquiryState;
  message?: string;
  answer_due?: string;
  stays_open?: boolean;
  overdue?: boolean;
  offered?: OfferedResource[];
  stock?: OfferedStock[];
  terms?: Terms;
  note?: string;
  hold_until?: string;
  hold_minutes?: number;
  /** What else of each resource a partner sees while it is lent. */
  shows?: string[];
  /** Why basic cover at home is broken by it; ours alone. */
  overridden?: string;
  recalled?: { at: string; by: string; reason: string; back_by?: string };
  quantity?: { offered: number; requisitioned: number; committed: number; arrived: number; returned: number };
  costs?: { hours: number; amount?: number };
  across?: Across;
  /** Of the incident, where a partner asks. */
  mode?: 'ACTUAL' | 'EXERCISE' | 'TEST';
  history?: Step[];
  version?: number;
}

export interface Request extends Thing {
  readonly body: Thing['body'] & RequestBody;
}

export interface Inquiry extends Thing {
  readonly body: Thing['body'] & InquiryBody;
}

/** Basic cover that would be broken: so many are free now, so many would be after. */
export interface Shortfall {
  ars: string;
  capability: string;
  minimum: number;
  free: number;
  after: number;
}

export interface Candidate {
  id: string;
  callsign: string;
  type: string;
  kind?: string;
  capabilities?: string[];
  strength?: string | null;
  availability?: string;
  deployment?: string;
  distance_m?: number | null;
  travel_minutes?: number | null;
  position_at?: string | null;
  home_name?: string | null;
  members?: string[];
  fits: boolean;
  offered: boolean;
  gives_up: Shortfall[];
  last_of: string[];
}

export interface StockCandidate {
  id: string;
  article: string;
  unit: string;
  quantity: number;
  reserved: number;
  free: number;
  minimum?: number | null;
  fits: boolean;
  distance_m?: number | null;
}

export interface Candidates {
  resources: Candidate[];
  stock: StockCandidate[];
  bound: { id: string; callsign: string; type: string; why: string; until?: string | null }[];
  together: Shortfall[];
}

export interface Addressee {
  organisation: string;
  name: string;
  level: string;
  kind?: string | null;
  relation: 'NEIGHBOUR' | 'SUPERIOR' | 'NEAR';
  step?: number | null;
  distance_m?: number | null;
  /** A partner's node, and whether it was heard lately. */
  partner?: { origin: string; reachable: boolean; heard_at?: string };
  asked?: { inquiry: string; state: InquiryState; at: string; answer_due?: string | null; offered: number; committed: number; text?: string | null } | null;
}

/** A resource as the partner's node will see it; `stays` names what it will not. */
export interface Shown {
  id: string;
  callsign: string;
  resource: Record<string, unknown>;
  position: Record<string, unknown> | null;
  stays: string[];
}

export const SHOWS = ['place', 'fuel', 'crew_since', 'relief_due', 'defects', 'note', 'opta', 'home_name'] as const;

export interface Similar {
  id: string;
  number: number;
  title: string;
  state: RequestState;
  distance_m?: number | null;
}
