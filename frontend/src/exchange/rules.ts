/** How messages and requests to alarm stand: pure, so that tests can hold it. */
import type { AskBody, CountBody, MessageBody, Precedence, ReceiptBody, Reply } from './types';

const MINUTE = 60_000;
/** After so long without being there a message looks undelivered, in ms; as LATE in geodata/model/partner_message.py. */
export const LATE: Record<Precedence, number> = { ROUTINE: 15 * MINUTE, IMMEDIATE: 5 * MINUTE, FLASH: MINUTE };

/** Of a message of ours: what the other side has said of it. */
export type OutState = 'way' | 'late' | 'there' | 'read' | 'answered';

export function outState(body: Pick<MessageBody, 'at' | 'priority'>, receipt: ReceiptBody | undefined, now: number): OutState {
  if (receipt) return receipt.answered_at ? 'answered' : receipt.read_at ? 'read' : 'there';
  return now - Date.parse(body.at) > LATE[body.priority ?? 'ROUTINE'] ? 'late' : 'way';
}

/** Of a message of theirs: what we have done with it. */
export type InState = 'new' | 'read' | 'answered';

export function inState(receipt: ReceiptBody | undefined): InState {
  return receipt?.answered_at ? 'answered' : receipt?.read_at ? 'read' : 'new';
}

/** Newest first; of the same moment in the order of their refs, so that nothing jumps. */
export function byTime(a: { ref: string; body: { at: string } }, b: { ref: string; body: { at: string } }): number {
  return Date.parse(b.body.at) - Date.parse(a.body.at) || a.ref.localeCompare(b.ref);
}

/** Where a partner's request to alarm stands with us; before our first answer it waits, unless it was taken back. */
export function standing(body: Pick<AskBody, 'wish'>, count: Pick<CountBody, 'state'> | undefined): Reply {
  if (count && count.state !== 'PROPOSED') return count.state;
  return body.wish === 'ENDED' || body.wish === 'CANCELLED' ? 'LAPSED' : 'PROPOSED';
}

/** What waits for a decision first, then what runs, then what is over; the newest first among equals. */
const RANK: Record<Reply, number> = { PROPOSED: 0, ACCEPTED: 1, DECLINED: 2, LAPSED: 2, ENDED: 2 };
export function byState(a: { state: Reply; at: string }, b: { state: Reply; at: string }): number {
  return RANK[a.state] - RANK[b.state] || Date.parse(b.at) - Date.parse(a.at);
}

/** What the answering alarm says, over what its plan says; as the server makes it of the same request. */
export function fieldsOf(body: AskBody): Record<string, unknown> {
  const { title, text, bring, meeting, report_to, geometry, total, skills } = body;
  const wanted = total || Object.keys(skills ?? {}).length;
  const said = { title, text, bring, meeting, report_to, geometry, quota: wanted ? { total: total ?? 0, ...(skills && { skills }) } : undefined };
  return Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined && value !== null));
}
