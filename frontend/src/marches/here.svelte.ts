/** Which convoys are announced, by us and to us, and what is known of their arrival. */
import { Failed, send } from '../api/request';
import { things } from '../live/things.svelte';
import { neighbours } from '../sharing/neighbours.svelte';
import { store } from '../state.svelte';
import { text } from '../text/index.svelte';
import type { March, Read, Receipt, Vehicle } from './types';

/** So long after it has ended a march still names who never came; as MISSED in arrivals/announced.py. */
const MISSED = 3 * 86_400_000;
/** A good size for a code on a screen, and for a radio. */
export const PIECE = 600;

const all = () => things('march') as unknown as March[];

/** Ours by this inquiry, the newest first. */
export function marchesOf(inquiry: string): March[] {
  return all().filter(({ origin, body }) => !origin && body.inquiry === inquiry).sort((a, b) => Date.parse(b.body.at) - Date.parse(a.body.at));
}

/** Of partners, to this incident or to none that they know of, the oldest first. */
export function announced(incident: string, now: number): March[] {
  return all()
    .filter(({ origin, body }) => origin && body.to === store.origin && (body.incident ?? incident) === incident && Date.parse(body.valid_until) + MISSED > now)
    .sort((a, b) => Date.parse(a.body.at) - Date.parse(b.body.at));
}

/** The vehicles of a march that are its sender's to announce. */
export function vehiclesOf({ origin, body }: March): Vehicle[] {
  return body.vehicles.filter(({ ref }) => ref.startsWith(`${origin ?? store.origin}/`));
}

/** Of a march of ours what its Meldekopf says, of a partner's what we say. */
export function receiptOf(march: March): Receipt | undefined {
  return (things('march_receipt') as unknown as Receipt[]).find(({ origin, body }) => body.march === march.ref && origin === (march.origin ? undefined : march.body.to));
}

export const path = (origin: string) => `/api/partners/${encodeURIComponent(neighbours.of(origin)?.id ?? origin)}/marches`;

export function write(to: string, fields: Record<string, unknown>): Promise<{ id: string; body: March['body'] }> {
  return send('POST', path(to), Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== '' && value !== undefined)));
}

/** Pieces of a march of ours; each call seals it anew, so that pieces of two calls do not fit together. */
export async function piecesOf(to: string, march: string): Promise<string[]> {
  const answer = await fetch(`${path(to)}/${encodeURIComponent(march)}/file?most_signs=${PIECE}`).catch(() => null);
  if (!answer) throw new Failed(text().problem.network);
  if (!answer.ok) throw new Failed(String(((await answer.json().catch(() => ({}))) as { detail?: string }).detail ?? ''), answer.status);
  return (await answer.text()).split('\n').filter(Boolean);
}

/** What a partner has sent. Raises Failed, with status 0 where the server was not reached. */
export async function read(content: string): Promise<Read> {
  const answer = await fetch('/api/marches/read', { method: 'POST', headers: { 'Content-Type': 'text/plain' }, body: content }).catch(() => null);
  if (!answer || answer.status >= 502) throw new Failed(text().problem.network);
  const said = (await answer.json().catch(() => ({}))) as Read & { detail?: string; field?: string };
  if (!answer.ok) throw new Failed(said.detail || text().problem.refused(answer.status), answer.status, said.field ?? null);
  return said;
}
