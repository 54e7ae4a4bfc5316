/** What is exchanged with partners, what of it waits for us, and what we ask of the server. */
import { newKey, send } from '../api/request';
import { things } from '../live/things.svelte';
import { partners } from '../partners/here.svelte';
import type { Standing } from '../partners/types';
import { writesIn } from '../session/rooms.svelte';
import { neighbours } from '../sharing/neighbours.svelte';
import { can, page, store, view } from '../state.svelte';
import { byState, byTime, inState, standing } from './rules';
import type { Ask, CountBody, Message, Precedence, ReceiptBody, Reply } from './types';

/** Which message is open, and of which partner (origin) they are shown; '' is all. */
export const shown = $state({ open: '', partner: '' });

export interface Draft {
  to: string;
  text: string;
  priority: Precedence;
  incident: string;
  reply: string;
}
/** Stays when the face is changed, until it is sent or given up. */
export const writing = $state<{ draft: Draft | null }>({ draft: null });

export const present = () => view.at === null && store.past === null;

/** Whose exchange we see: those to whom something goes. */
export function reached(): Standing[] {
  return partners().filter(({ state, room }) => room && (state === 'ACTIVE' || state === 'SUSPENDED'));
}

/** To whom we may write, in this right. */
export function writable(right = 'JOURNAL'): Standing[] {
  return can(right) ? reached().filter(({ room }) => writesIn(room ?? undefined)) : [];
}

/** The partner of a message or request, whoever wrote it. */
export function otherOf({ origin, body }: { origin?: string; body: { to: string } }): string {
  return origin ?? body.to;
}

const receipts = $derived(new Map(things('partner_receipt').map(({ origin, body }) => [`${origin ?? ''} ${String(body.message)}`, body as unknown as ReceiptBody])));

/** The receipt of whoever received it: of a message of ours the partner's, of one of theirs our own. */
export function receiptOf(message: Message): ReceiptBody | undefined {
  return receipts.get(`${message.origin ? '' : message.body.to} ${message.ref}`);
}

export function messages(): Message[] {
  return (things('partner_message') as Message[]).sort(byTime);
}

const mine = (room: string) => page.session.signed_in && can('JOURNAL') && writesIn(room);

/** Messages of partners that nobody here has opened, and that we may open. */
const news = $derived((things('partner_message') as Message[]).filter((one) => one.origin && mine(one.room) && inState(receiptOf(one)) === 'new'));
export const unread = () => news;

const counts = $derived(new Map(things('alarm_count').filter(({ origin }) => !origin).map(({ body }) => [String(body.request), body as unknown as CountBody])));

export interface Asked {
  ask: Ask;
  count?: CountBody;
  state: Reply;
  at: string;
}

/** What partners ask of our people, what waits for a decision first. */
export function asks(): Asked[] {
  return (things('alarm_request') as Ask[])
    .filter(({ origin }) => origin)
    .map((ask) => ({ ask, count: counts.get(ask.ref), state: standing(ask.body, counts.get(ask.ref)), at: ask.body.at }))
    .sort(byState);
}

export function proposed(): Asked[] {
  return page.session.signed_in && present() ? asks().filter(({ state }) => state === 'PROPOSED') : [];
}

const path = (origin: string) => `/api/partners/${encodeURIComponent(neighbours.of(origin)?.id ?? origin)}`;
const opening = new Set<string>();

/** Somebody has opened a message of theirs: they see which function. Says why not, or nothing. */
export async function opened(message: Message): Promise<string> {
  if (!message.origin || !mine(message.room) || inState(receiptOf(message)) !== 'new' || opening.has(message.ref)) return '';
  opening.add(message.ref);
  try {
    await send('POST', `${path(message.origin)}/messages/${encodeURIComponent(message.id)}/read`, {});
    return '';
  } catch (error) {
    return why(error);
  } finally {
    opening.delete(message.ref);
  }
}

let tried = { said: '', key: '' };

/** The same again, after an error, is the same message. */
export async function dispatch(draft: Draft): Promise<void> {
  const given = { text: draft.text.trim(), priority: draft.priority, ...(draft.incident && { incident: draft.incident }), ...(draft.reply && { reply_to: draft.reply }) };
  const said = JSON.stringify([draft.to, given]);
  if (tried.said !== said) tried = { said, key: newKey() };
  await send('POST', `${path(draft.to)}/messages`, given, { key: tried.key });
  tried = { said: '', key: '' };
}

export function accept(ask: Ask, given: { plan: string; incident?: string }, key: string): Promise<{ id: string; reach: number }> {
  return send('POST', `${path(ask.origin!)}/alarm-requests/${encodeURIComponent(ask.id)}/accept`, given, { key });
}

export function decline(ask: Ask, reason: string): Promise<unknown> {
  return send('POST', `${path(ask.origin!)}/alarm-requests/${encodeURIComponent(ask.id)}/decline`, { reason });
}

export const why = (error: unknown) => (error instanceof Error ? error.message : String(error)).replace(/\.?$/, '.');
