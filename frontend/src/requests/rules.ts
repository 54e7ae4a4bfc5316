/** What may be done with a request and an inquiry, by whom, and what is urgent. The server has the last word
 *  (service/requests/rules.py); here stands what is offered. */
import type { InquiryBody, InquiryState, LineState, Need, Priority, RequestBody, Step } from './types';
import { PRIORITIES, WHATS, type What } from './types';

const ENDED: readonly string[] = ['CLOSED', 'WITHDRAWN', 'DUPLICATE'];
const INQUIRY_OVER: readonly InquiryState[] = ['RETURNED', 'DECLINED', 'WITHDRAWN', 'DUPLICATE'];
const LENT: readonly LineState[] = ['COMMITTED', 'EN_ROUTE', 'ARRIVED', 'RELEASED'];
/** Until something was promised. */
const OPEN_TALK: readonly InquiryState[] = ['ROUTED', 'OFFERED', 'REQUISITIONED', 'EXPIRED'];

export function isOver({ state }: Pick<RequestBody, 'state'>): boolean {
  return ENDED.includes(state);
}

export function inquiryOver({ state }: Pick<InquiryBody, 'state'>): boolean {
  return INQUIRY_OVER.includes(state);
}

/** He has said nothing yet. That its time has passed is no end: a late answer is an answer. */
export function unanswered({ state, offered, stock }: Pick<InquiryBody, 'state' | 'offered' | 'stock'>): boolean {
  return state === 'ROUTED' || (state === 'EXPIRED' && !offered?.length && !stock?.length);
}

/** The lender has to say something: whether he gives, or whether he keeps to what was taken. */
export function waitsForLender(body: Pick<InquiryBody, 'state' | 'offered' | 'stock'>): boolean {
  return unanswered(body) || body.state === 'REQUISITIONED';
}

/** Nobody has answered in time. `now` in ms. */
export function overdue(body: Pick<InquiryBody, 'state' | 'answer_due' | 'overdue' | 'offered' | 'stock'>, now: number): boolean {
  return unanswered(body) && (body.state === 'EXPIRED' || body.overdue === true || (body.answer_due !== undefined && Date.parse(body.answer_due) < now));
}

/** Cries for an answer: life is at stake, or the time has passed. */
export function rings(body: Pick<InquiryBody, 'state' | 'answer_due' | 'overdue' | 'need' | 'offered' | 'stock'>, now: number): boolean {
  return waitsForLender(body) && (body.need.priority === 'LIFE_SAVING' || overdue(body, now));
}

export function rank(priority: Priority): number {
  return PRIORITIES.indexOf(priority);
}

const due = (at: string | undefined) => (at ? Date.parse(at) : Infinity);
const sooner = (a: number, b: number) => (a === b ? 0 : a - b);

/** What goes on first; then by priority, by the time left to answer, the newest first. */
export function byNeed(a: RequestBody, b: RequestBody): number {
  return Number(isOver(a)) - Number(isOver(b)) || rank(a.priority) - rank(b.priority) || sooner(due(a.answer_due), due(b.answer_due)) || b.number - a.number;
}

/** What waits for us first, and among it what is overdue; then by priority and by the time left. */
export function byWaiting(now: number): (a: InquiryBody, b: InquiryBody) => number {
  return (a, b) =>
    Number(waitsForLender(b)) - Number(waitsForLender(a)) || Number(inquiryOver(a)) - Number(inquiryOver(b)) || Number(overdue(b, now)) - Number(overdue(a, now)) ||
    rank(a.need.priority) - rank(b.need.priority) || sooner(due(a.answer_due), due(b.answer_due)) || b.number - a.number;
}

export function whatOf(need: Partial<Need>): [What, string] | null {
  const what = WHATS.find((each) => need[each]);
  return what ? [what, need[what]!] : null;
}

export interface Line {
  id: string;
  stock: boolean;
  label: string;
  type: string;
  strength: string;
  unit: string;
  quantity: number;
  eta?: string;
  /** Goes with this one. */
  leader?: string;
  state: LineState;
  returned?: number;
}

/** Everything on offer in one list: resources, then stock. */
export function linesOf({ offered = [], stock = [] }: Pick<InquiryBody, 'offered' | 'stock'>): Line[] {
  return [
    ...offered.map((each) => ({ id: each.resource, stock: false, label: each.callsign, type: each.type, strength: each.strength ?? '', unit: '', quantity: each.quantity, eta: each.eta, leader: each.leader, state: each.state })),
    ...stock.map((each) => ({ id: each.stock, stock: true, label: each.article, type: '', strength: '', unit: each.unit, quantity: each.quantity, state: each.state, returned: each.returned })),
  ];
}

export type Side = 'requester' | 'lender';
export const MOVES = ['requisition', 'commit', 'en-route', 'arrive', 'in-use', 'release', 'return'] as const;
/** A step of single lines, as its address is called. */
export type Move = (typeof MOVES)[number];

const FROM: Record<Move, { side: Side; lines: readonly LineState[] }> = {
  requisition: { side: 'requester', lines: ['OFFERED', 'LAPSED'] },
  commit: { side: 'lender', lines: ['REQUISITIONED'] },
  'en-route': { side: 'requester', lines: ['COMMITTED'] },
  arrive: { side: 'requester', lines: ['COMMITTED', 'EN_ROUTE'] },
  'in-use': { side: 'requester', lines: ['ARRIVED'] },
  release: { side: 'requester', lines: ['COMMITTED', 'EN_ROUTE', 'ARRIVED'] },
  return: { side: 'lender', lines: ['RELEASED'] },
};

/** What the server takes when nothing is named, where that is more than we offer. */
const NAMELESS: Partial<Record<Move, readonly LineState[]>> = { 'in-use': ['COMMITTED', 'EN_ROUTE', 'ARRIVED'], return: LENT };

/** The lines to which this step can be done. */
export function fitting(move: Move, body: InquiryBody): Line[] {
  if (move === 'in-use' && body.state === 'IN_USE') return [];
  // What a partner holds no longer is taken only once he has offered it again.
  if (move === 'requisition' && !(body.across ? ['OFFERED'] : ['OFFERED', 'EXPIRED']).includes(body.state)) return [];
  if (move === 'commit' && body.state !== 'REQUISITIONED') return [];
  // What was recalled comes back from wherever it is.
  const states = move === 'return' && body.recalled ? LENT : FROM[move].lines;
  return linesOf(body).filter(({ state }) => states.includes(state));
}

export function movesOf(body: InquiryBody, side: Side): Move[] {
  return MOVES.filter((move) => FROM[move].side === side && fitting(move, body).length > 0);
}

/** What was taken is no longer changed under the other's hands. */
export function mayOffer({ state }: Pick<InquiryBody, 'state'>): boolean {
  return state !== 'REQUISITIONED' && OPEN_TALK.includes(state);
}

export function mayDecline({ state }: Pick<InquiryBody, 'state'>): boolean {
  return OPEN_TALK.includes(state);
}

/** What a partner asks of the node goes to whoever of ours can answer, as long as nobody has. */
export function mayPassOn({ state, across }: Pick<InquiryBody, 'state' | 'across'>): boolean {
  return across?.side === 'LENDER' && ['ROUTED', 'EXPIRED'].includes(state);
}

export function mayWithdraw({ state }: Pick<InquiryBody, 'state'>): boolean {
  return OPEN_TALK.includes(state);
}

export function mayRecall(body: InquiryBody): boolean {
  return !body.recalled && linesOf(body).some(({ state }) => ['COMMITTED', 'EN_ROUTE', 'ARRIVED'].includes(state));
}

export function isLent(body: InquiryBody): boolean {
  return linesOf(body).some(({ state }) => LENT.includes(state));
}

/** What a step of some of its lines sends: nothing named means all, and stock that is not given away by amount goes with all. */
export function sentFor(move: Move, body: InquiryBody, chosen: ReadonlySet<string>, amounts: Readonly<Record<string, number>>): Record<string, unknown> {
  const fit = fitting(move, body);
  const taken = chosen.size ? fit.filter(({ id }) => chosen.has(id)) : fit;
  const resources = taken.filter(({ stock }) => !stock).map(({ id }) => id);
  const byAmount = move === 'requisition' || move === 'commit' || move === 'return';
  const stock = byAmount ? taken.filter((line) => line.stock).map(({ id, quantity }) => ({ stock: id, quantity: amounts[id] ?? quantity })) : [];
  const everything = linesOf(body).filter(({ state }) => (NAMELESS[move] ?? []).includes(state)).length <= taken.length;
  const whole = everything && taken.length === fit.length && stock.every(({ stock: id, quantity }) => move !== 'return' && quantity === fit.find((line) => line.id === id)?.quantity);
  return whole ? {} : { ...(resources.length || byAmount ? { resources } : {}), ...(stock.length ? { stock } : {}) };
}

/** Requested, and of it what has arrived, is promised, taken or on offer; in parts of the whole bar. */
export function bar(counts: RequestBody['counts'], quantity: number): { name: 'arrived' | 'committed' | 'requisitioned' | 'offered'; value: number; share: number }[] {
  const of = (name: 'arrived' | 'committed' | 'requisitioned' | 'offered' | 'recalled') => counts?.[name] ?? 0;
  const kept = Math.max(0, of('committed') - of('recalled'));
  const arrived = Math.min(of('arrived'), kept);
  const parts = [
    { name: 'arrived' as const, value: arrived },
    { name: 'committed' as const, value: kept - arrived },
    { name: 'requisitioned' as const, value: of('requisitioned') },
    { name: 'offered' as const, value: of('offered') },
  ];
  const whole = Math.max(quantity, parts.reduce((sum, { value }) => sum + value, 0)) || 1;
  return parts.map((part) => ({ ...part, share: part.value / whole }));
}

/** What nobody has promised yet. */
export function missing(counts: RequestBody['counts'], quantity: number): number {
  return Math.max(0, quantity - (counts?.committed ?? 0) + (counts?.recalled ?? 0));
}

export interface Told extends Step {
  /** The addressee whose inquiry it was; empty for the request itself. */
  whom: string;
  /** To whom of the addressee's own it was passed on there. */
  to?: string;
  /** The partner who says so, if it was nobody of ours. */
  partner?: string;
}

export interface Course {
  name: string;
  history: Step[];
  /** Who is on the other node, and by how many seconds its clock is ahead of ours. */
  partner?: string;
  ahead?: number;
}

/** A moment by the clock of a partner, by ours: for showing only. */
export function byOurClock(at: string, ahead = 0): string {
  return ahead ? new Date(Date.parse(at) - ahead * 1000).toISOString() : at;
}

/** Since when something of ours is on its way to a partner, in ms; Infinity if all of it has come through. */
export function underWaySince(bodies: Pick<InquiryBody, 'across'>[]): number {
  return Math.min(Infinity, ...bodies.flatMap(({ across }) => (across?.since ? [Date.parse(across.since)] : [])));
}

/** The course of an inquiry with who is on the other side of it. */
export function courseOf({ addressee, requester, across, history = [] }: Pick<InquiryBody, 'addressee' | 'requester' | 'across' | 'history'>): Course {
  return { name: addressee.name, history, ...(across && { partner: across.side === 'LENDER' ? requester.name : addressee.name, ahead: across.ahead }) };
}

/** Every step of a request and of all that it was put to, in the order in which they happened. The request may tell a
 *  step of an inquiry too; it stands here once. */
export function timeline(request: Step[], inquiries: Course[]): Told[] {
  const seen = new Set<string>();
  const fresh = (step: Told) => {
    const key = [step.whom, step.state, Date.parse(step.at)].join('|');
    return !seen.has(key) && Boolean(seen.add(key));
  };
  const told = (step: Step, whom: string, from?: Course): Told => ({ ...step, whom, ...(step.origin && { at: byOurClock(step.at, from?.ahead), partner: from?.partner ?? step.origin }) });
  const all = [...inquiries.flatMap((each) => each.history.map((step) => ({ ...told(step, each.name, each), to: step.addressee }))), ...request.map((step) => told(step, step.addressee ?? '', inquiries.find(({ name }) => name === step.addressee)))].filter(fresh);
  return all.map((step, at) => ({ step, at })).sort((a, b) => Date.parse(a.step.at) - Date.parse(b.step.at) || Number(a.step.whom !== '') - Number(b.step.whom !== '') || a.at - b.at).map(({ step }) => step);
}
