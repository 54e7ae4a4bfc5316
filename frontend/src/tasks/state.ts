/** Orders: their body, where they may go, who moves them, and when they are overdue. The server has the last word
 *  (geodata/model/task.py, service/tasks/rules.py); `overdue` is held to it by tests/contracts/overdue.json. */
import type { Duty } from '../api/types';
import type { Conflict } from '../situation/kinds';

export const TASK_STATES = ['DRAFT', 'ISSUED', 'ACKNOWLEDGED', 'IN_PROGRESS', 'REPORTED_DONE', 'REFUSED', 'CONTROLLED', 'CANCELLED'] as const;
export type TaskState = (typeof TASK_STATES)[number];

export interface Receiver {
  staff: string;
  function?: string;
  person?: string;
  unit?: string;
}

export interface TaskBody {
  incident: string;
  staff: string;
  number: number;
  title: string;
  state: TaskState;
  issuer: { function: string; person: string };
  receiver: Receiver;
  text?: string;
  due_at?: string;
  site?: string;
  sector?: string;
  entry?: string;
  proof?: string;
  history?: { state: TaskState; at: string; by: string; text?: string }[];
  version?: number;
  conflicts?: Conflict[];
}

/** Who somebody is, as far as orders care. */
export interface Who {
  person: string | null;
  duties: Duty[];
}

const RECEIVER_MOVES: Partial<Record<TaskState, TaskState[]>> = {
  ISSUED: ['ACKNOWLEDGED', 'IN_PROGRESS', 'REPORTED_DONE', 'REFUSED'],
  ACKNOWLEDGED: ['IN_PROGRESS', 'REPORTED_DONE', 'REFUSED'],
  IN_PROGRESS: ['REPORTED_DONE', 'REFUSED'],
};
const ISSUER_MOVES: Partial<Record<TaskState, TaskState[]>> = {
  DRAFT: ['ISSUED', 'CANCELLED'], ISSUED: ['CANCELLED'], ACKNOWLEDGED: ['CANCELLED'], IN_PROGRESS: ['CANCELLED'], REPORTED_DONE: ['CONTROLLED', 'IN_PROGRESS'], REFUSED: ['ISSUED', 'CANCELLED'],
};
const WAITED_FOR: readonly TaskState[] = ['ISSUED', 'ACKNOWLEDGED', 'IN_PROGRESS'];
const OVER: readonly TaskState[] = ['CONTROLLED', 'CANCELLED'];
const ORDERING = ['LEITUNG', 'LDS', 'KGS', 'S1', 'S2', 'S3', 'S4'];
const HEADS = ['LEITUNG', 'LDS'];

/** Its time has passed and nobody has reported it done. `now` in ms. */
export function overdue({ state, due_at: due }: Pick<TaskBody, 'state' | 'due_at'>, now: number): boolean {
  return due !== undefined && Date.parse(due) < now && WAITED_FOR.includes(state);
}

export function isOver({ state }: Pick<TaskBody, 'state'>): boolean {
  return OVER.includes(state);
}

/** The staffs of this incident for which somebody orders. */
export function ordersFor({ duties }: Who, incident?: string): Duty[] {
  return duties.filter((duty) => (incident === undefined || duty.incident === incident) && ORDERING.includes(duty.function));
}

export function mayOrder(who: Who, staff: string): boolean {
  return ordersFor(who).some((duty) => duty.staff === staff);
}

export function isReceiver({ person, duties }: Who, receiver: Receiver): boolean {
  const held = duties.filter(({ staff, function: what }) => staff === receiver.staff && what !== 'OBSERVER').map((duty) => duty.function);
  if (receiver.person) return held.length > 0 && receiver.person === person;
  return receiver.function ? held.includes(receiver.function) : held.length > 0;
}

export function isHead({ duties }: Who, staff: string): boolean {
  return duties.some((duty) => duty.staff === staff && HEADS.includes(duty.function));
}

export function mayAnswer(who: Who, receiver: Receiver): boolean {
  return isReceiver(who, receiver) || isHead(who, receiver.staff);
}

/** What this one may do with it, what is most likely first. */
export function movesFor(task: TaskBody, who: Who): TaskState[] {
  const answers = mayAnswer(who, task.receiver) ? (RECEIVER_MOVES[task.state] ?? []) : [];
  return [...answers, ...(mayOrder(who, task.staff) ? (ISSUER_MOVES[task.state] ?? []) : [])];
}

/** Whether this move must say something. */
export function needsText(from: TaskState, to: TaskState): boolean {
  return to === 'REFUSED' || to === 'REPORTED_DONE' || (from === 'REPORTED_DONE' && to === 'IN_PROGRESS');
}

export function isMine(task: TaskBody, who: Who): boolean {
  return task.issuer.person === who.person || isReceiver(who, task.receiver);
}

export function ofMyStaff(task: TaskBody, who: Who): boolean {
  return who.duties.some(({ staff }) => staff === task.staff || staff === task.receiver.staff);
}

/** Who is told that it is overdue: whoever issued it, the head of that staff, and who should have done it. */
export function concerns(task: TaskBody, who: Who): boolean {
  return isMine(task, who) || isHead(who, task.staff);
}

/** Overdue first, then what is due soonest, then by number. */
export function byUrgency(now: number): (a: TaskBody, b: TaskBody) => number {
  const due = ({ due_at: at }: TaskBody) => (at ? Date.parse(at) : Infinity);
  return (a, b) => Number(overdue(b, now)) - Number(overdue(a, now)) || (due(a) === due(b) ? 0 : due(a) - due(b)) || a.number - b.number;
}
