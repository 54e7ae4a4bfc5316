/** Acts on their way to the server. Each lies in this browser until the server says that it stands in the book; sent
 *  twice it stands there once, because its id is made here. */
import { Failed, send } from '../api/request';
import { page } from '../state.svelte';
import { dropActs, keepAct, keptActs } from './kept';
import type { Act, Kept, Result } from './types';

const BATCH = 50;
const PAUSES = [1_000, 2_000, 4_000, 8_000, 15_000];
const CHANNEL = 'lagebild-arrivals';
/** How long an act that was sent is shown from here, if the picture does not bring it. */
const SENT_SHOWN = 500;

export const queue = $state({
  /** Not in the book yet, oldest first. */
  items: [] as Kept[],
  /** In the book for sure, perhaps not yet in the picture; the newest last. */
  sent: [] as Act[],
  /** Loaded from the disk. */
  ready: false,
  sending: false,
  /** Why they wait: words of the last failure, or nothing. */
  trouble: '',
  /** The server asks for a sign-in. */
  signedOut: false,
  /** The disk refuses: acts would be lost with this page. */
  lost: '',
  /** Numbers of entries that say the same force again, by act. */
  doubles: {} as Record<string, number>,
});
let failures = 0;
let timer: ReturnType<typeof setTimeout> | undefined;
let channel: BroadcastChannel | undefined;

export const waiting = () => queue.items.filter(({ refused }) => !refused);
export const refused = () => queue.items.filter(({ refused }) => refused);

/** Writes it down here first; resolves once it cannot be lost. */
export async function put(incident: string, act: Act): Promise<void> {
  const item: Kept = { incident, act };
  try {
    item.seq = await keepAct($state.snapshot(item) as Kept);
    queue.lost = '';
  } catch (error) {
    queue.lost = error instanceof Error ? error.message : String(error);
  }
  if (!queue.items.some(({ act: { id } }) => id === act.id)) queue.items.push(item);
  channel?.postMessage('');
  void flush();
}

export async function discard(id: string): Promise<void> {
  const gone = queue.items.filter(({ act }) => act.id === id);
  queue.items = queue.items.filter(({ act }) => act.id !== id);
  await dropActs(gone.flatMap(({ seq }) => seq ?? []));
  channel?.postMessage('');
}

/** Sends what waits, oldest first; comes back by itself. Of several tabs one sends at a time. */
export async function flush(): Promise<void> {
  if (queue.sending || !queue.ready) return;
  clearTimeout(timer);
  queue.sending = true;
  try {
    if (navigator.locks) await navigator.locks.request(CHANNEL, sendAll);
    else await sendAll();
    queue.trouble = '';
    failures = 0;
  } catch (error) {
    fail(error);
  } finally {
    queue.sending = false;
  }
}

async function sendAll(): Promise<void> {
  await load();
  for (let batch = next(BATCH); batch.length; batch = next(BATCH)) await deliver(batch);
}

/** The oldest acts of one incident. */
function next(most: number): Kept[] {
  const all = waiting();
  const end = all.findIndex(({ incident }) => incident !== all[0]!.incident);
  return all.slice(0, Math.min(most, end < 0 ? all.length : end));
}

async function deliver(batch: Kept[]): Promise<void> {
  const path = `/api/incidents/${encodeURIComponent(batch[0]!.incident)}/arrivals`;
  let results: Result[];
  try {
    results = (await send<{ results: Result[] }>('POST', path, { acts: batch.map(({ act }) => $state.snapshot(act)) })).results;
  } catch (error) {
    const unreadable = error instanceof Failed && (error.status === 413 || error.status === 422);
    if (!unreadable) throw error;
    if (batch.length === 1) return refuse(batch[0]!, error.message, error.field);
    for (const one of batch) await deliver([one]);
    return;
  }
  const byId = new Map(results.map((result) => [result.id, result]));
  const taken: Kept[] = [];
  for (const item of batch) {
    const result = byId.get(item.act.id);
    if (result?.outcome === 'REFUSED') await refuse(item, result.detail ?? '', result.field ?? null);
    else if (result) taken.push(item);
    if (result?.double_of) queue.doubles[item.act.id] = result.double_of;
  }
  if (!taken.length && !results.some(({ outcome }) => outcome === 'REFUSED')) throw new Failed('empty answer', 500);
  queue.sent = [...queue.sent, ...taken.map(({ act }) => act)].slice(-SENT_SHOWN);
  const gone = new Set(taken.map(({ act }) => act.id));
  queue.items = queue.items.filter(({ act }) => !gone.has(act.id));
  await dropActs(taken.flatMap(({ seq }) => seq ?? []));
  queue.signedOut = false;
  failures = 0;
  channel?.postMessage('');
}

async function refuse(item: Kept, detail: string, field: string | null): Promise<void> {
  item.refused = { detail, field };
  await keepAct($state.snapshot(item) as Kept);
}

function fail(error: unknown): void {
  const status = error instanceof Failed ? error.status : 0;
  queue.trouble = error instanceof Error ? error.message : String(error);
  queue.signedOut = status === 401;
  timer = setTimeout(() => void flush(), PAUSES[Math.min(failures++, PAUSES.length - 1)]);
}

/** The disk says what waits, as other tabs write and send too; what came here meanwhile, or it could not take, stays. */
async function load(): Promise<void> {
  const before = new Set(queue.items.map(({ act }) => act.id));
  let kept: Kept[];
  try {
    kept = await keptActs();
  } catch (error) {
    queue.lost = error instanceof Error ? error.message : String(error);
    return;
  }
  const known = new Set(kept.map(({ act }) => act.id));
  queue.items = [...kept, ...queue.items.filter(({ seq, act }) => !known.has(act.id) && (seq === undefined || !before.has(act.id)))];
}

/** Once per page. */
export function openQueue(): () => void {
  const back = () => void flush();
  const shown = () => document.hidden || void flush();
  const here = typeof BroadcastChannel === 'undefined' ? undefined : new BroadcastChannel(CHANNEL);
  channel = here;
  // Another tab has written one down, or sent one.
  here?.addEventListener('message', () => void (queue.sending || load()));
  addEventListener('online', back);
  document.addEventListener('visibilitychange', shown);
  void navigator.storage?.persist?.();
  void load().then(() => (queue.ready = true)).then(flush);
  return () => {
    here?.close();
    channel = undefined;
    removeEventListener('online', back);
    document.removeEventListener('visibilitychange', shown);
    clearTimeout(timer);
  };
}

/** Who holds the tablet, as the book names people. */
export function clerk(known: string | null | undefined): string | undefined {
  const person = page.session.person ?? known;
  return person ? `person:${person}` : undefined;
}
