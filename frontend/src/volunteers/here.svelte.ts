/** Jobs, meeting points and people that this page knows, and what it asks of the server. */
import { Failed, newKey, request, send } from '../api/request';
import { clockTime, moment } from '../format';
import { things } from '../live/things.svelte';
import { writesIn } from '../session/rooms.svelte';
import { store, view } from '../state.svelte';
import { text } from '../text/index.svelte';
import { PRESENT, type Booking, type Candidate, type Job, type Person, type Point, type Pool, type Slot } from './types';

export const face = $state({ shown: 'jobs' as 'jobs' | 'people' | 'points' });
export const pools = $state({ by: {} as Record<string, Pool>, failed: '', loading: false });

const ORDER = ['OPEN', 'PAUSED', 'VERIFIED', 'DRAFT', 'CLOSED'];

/** From when until when, as one reads it. */
export const span = (begins: string, ends: string) => `${moment(begins)} – ${clockTime(Date.parse(ends))}`;

export function jobs(): Job[] {
  return (things('job') as Job[]).sort((a, b) => ORDER.indexOf(a.body.state) - ORDER.indexOf(b.body.state) || a.body.title.localeCompare(b.body.title));
}

export function points(): Point[] {
  return (things('meeting_point') as Point[]).sort((a, b) => a.body.name.localeCompare(b.body.name));
}

/** Rosters that take in volunteers and that we may write in. */
export function rosters(): { id: string; name: string }[] {
  return things('roster').filter(({ room, body }) => body.volunteers && writesIn(room)).map(({ id, body }) => ({ id, name: String(body.name) }));
}

export function mayWrite(room: string | undefined): boolean {
  return view.at === null && writesIn(room);
}

/** How full a job is: places given away and wanted, over slots that are not over. */
export function filled({ body }: Job): { taken: number; wanted: number } {
  const now = store.clock.now;
  const open = (body.slots ?? []).filter(({ ends }) => Date.parse(ends) > now);
  return { taken: open.reduce((sum, { id }) => sum + (body.counts?.[id]?.taken ?? 0), 0), wanted: open.reduce((sum, { wanted }) => sum + wanted, 0) };
}

export async function refreshPool(organisation: string): Promise<void> {
  pools.loading = true;
  try {
    pools.by[organisation] = await request<Pool>(`/api/volunteers/${encodeURIComponent(organisation)}`);
    pools.failed = '';
  } catch (error) {
    pools.failed = told(error);
  } finally {
    pools.loading = false;
  }
}

export function bookingOf(pool: Pool | undefined, helper: string): Booking | undefined {
  const own = pool?.bookings.filter((each) => each.helper === helper) ?? [];
  return own.find(({ state }) => PRESENT.includes(state)) ?? own[0];
}

/** Minutes after which somebody should have had a break, and after a slot's end should have checked out. */
const REST_AFTER = 4 * 60;
const OUT_AFTER = 30;

/** What the desk has to look at: a rest that is due, or a check-out that is missing. */
export function overdue(booking: Booking | undefined, slots: Map<string, Slot>, now: number): 'rest' | 'out' | null {
  if (!booking || !PRESENT.includes(booking.state)) return null;
  const slot = slots.get(`${booking.job}/${booking.slot}`);
  if (slot && now - Date.parse(slot.ends) > OUT_AFTER * 60_000) return 'out';
  const since = booking.state === 'WORKING' && Math.max(Date.parse(booking.started_at ?? ''), Date.parse(booking.break_at ?? '') || 0);
  return since && now - since > REST_AFTER * 60_000 ? 'rest' : null;
}

export function slotsById(): Map<string, Slot> {
  return new Map(jobs().flatMap(({ id, body }) => (body.slots ?? []).map((slot) => [`${id}/${slot.id}`, slot] as const)));
}

export function fresh(kind: 'jobs' | 'meeting-points', organisation: string, fields: Record<string, unknown>): Promise<{ id: string }> {
  return send('POST', `/api/${kind}`, { organisation, fields });
}

export function edit(kind: 'jobs' | 'meeting-points', id: string, base: number, fields: Record<string, unknown>): Promise<unknown> {
  return send('PATCH', `/api/${kind}/${encodeURIComponent(id)}`, { base, fields });
}

export function moveJob(id: string, state: string, said: string): Promise<unknown> {
  return send('POST', `/api/jobs/${encodeURIComponent(id)}/state`, { state, text: said || null });
}

export function candidates(job: string, slot: string, wanted: number): Promise<{ candidates: Candidate[]; fitting: number }> {
  return request(`/api/jobs/${encodeURIComponent(job)}/candidates?slot=${encodeURIComponent(slot)}&wanted=${wanted}`);
}

export function invite(job: string, slot: string, wanted: number): Promise<{ invited: unknown[]; refused: { detail: string }[] }> {
  return send('POST', `/api/jobs/${encodeURIComponent(job)}/invitations`, { slot, wanted });
}

/** The same act for many at once; what was refused comes back in words. */
export async function actAll(organisation: string, acts: { kind: string; booking?: string; helper?: string; job?: string; slot?: string; shuttle?: string; reason?: string }[]): Promise<string[]> {
  const at = new Date(store.clock.now).toISOString();
  const sent = await send<{ results: { outcome: string; detail?: string }[] }>('POST', `/api/volunteers/${encodeURIComponent(organisation)}/acts`, { acts: acts.map((act) => ({ ...act, id: newKey(), at })) });
  await refreshPool(organisation);
  return sent.results.flatMap(({ outcome, detail }) => (outcome === 'REFUSED' ? [detail ?? ''] : []));
}

export function block(organisation: string, helper: string, reason: string, lift: boolean): Promise<{ decided: boolean }> {
  return send('POST', `/api/volunteers/${encodeURIComponent(organisation)}/people/${encodeURIComponent(helper)}/block`, { reason, lift });
}

export function told(error: unknown): string {
  return error instanceof Failed || error instanceof Error ? text().volunteers.failed(error.message) : String(error);
}

export function known(person: Person): string[] {
  return Object.keys(person.skills ?? {}).map((code) => code.replace('LANG:', ''));
}
