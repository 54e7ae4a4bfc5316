/** Acts of the desk on their way to the server. Each lies in this browser until the server says that it stands; sent
 *  twice it stands once, because its id is made here. */
import { Failed, newKey, send } from '../api/request';
import { shownNow } from '../arrivals/clock';
import { dropActs, keepAct, keptActs } from './kept';
import { refreshPool } from './here.svelte';
import type { Act, Kept } from './types';

const BATCH = 50;
const PAUSES = [1_000, 2_000, 4_000, 8_000, 15_000];

export const queue = $state({ items: [] as Kept[], sent: [] as Kept[], ready: false, sending: false, trouble: '', lost: '', signedOut: false });
let failures = 0;
let timer: ReturnType<typeof setTimeout> | undefined;

export const waiting = () => queue.items.filter(({ refused }) => !refused);
export const refused = () => queue.items.filter(({ refused }) => refused);

/** Written down here first, with the time at which it was done. */
export async function put(organisation: string, name: string, act: Omit<Act, 'id' | 'at'>): Promise<void> {
  const item: Kept = { organisation, name, act: { ...act, id: newKey(), at: new Date(shownNow()).toISOString() } };
  try {
    item.seq = await keepAct(item);
    queue.lost = '';
  } catch (error) {
    queue.lost = error instanceof Error ? error.message : String(error);
  }
  queue.items.push(item);
  void flush();
}

export async function discard(item: Kept): Promise<void> {
  queue.items = queue.items.filter(({ act }) => act.id !== item.act.id);
  if (item.seq !== undefined) await dropActs([item.seq]);
}

export async function flush(): Promise<void> {
  if (queue.sending || !queue.ready) return;
  clearTimeout(timer);
  queue.sending = true;
  try {
    const all = async () => {
      for (let batch = next(); batch.length; batch = next()) await deliver(batch);
    };
    if (navigator.locks) await navigator.locks.request('lagebild-volunteers', all);
    else await all();
    queue.trouble = '';
    queue.signedOut = false;
    failures = 0;
  } catch (error) {
    queue.trouble = error instanceof Error ? error.message : String(error);
    queue.signedOut = error instanceof Failed && error.status === 401;
    timer = setTimeout(() => void flush(), PAUSES[Math.min(failures++, PAUSES.length - 1)]);
  } finally {
    queue.sending = false;
  }
}

function next(): Kept[] {
  const all = waiting();
  return all.filter(({ organisation }) => organisation === all[0]!.organisation).slice(0, BATCH);
}

async function deliver(batch: Kept[]): Promise<void> {
  const path = `/api/volunteers/${encodeURIComponent(batch[0]!.organisation)}/acts`;
  let results: { id: string; outcome: string; detail?: string }[];
  try {
    results = (await send<{ results: typeof results }>('POST', path, { acts: batch.map(({ act }) => $state.snapshot(act)) })).results;
  } catch (error) {
    if (!(error instanceof Failed) || ![403, 404, 413, 422].includes(error.status)) throw error;
    if (batch.length > 1) {
      for (const one of batch) await deliver([one]);
      return;
    }
    return refuse(batch[0]!, error.message);
  }
  const by = new Map(results.map((result) => [result.id, result]));
  for (const item of batch) {
    const result = by.get(item.act.id);
    if (result?.outcome === 'REFUSED') await refuse(item, result.detail ?? '');
    else if (result) {
      await discard(item);
      queue.sent = [...queue.sent, item].slice(-500);
    }
  }
  if (!results.length) throw new Failed('empty answer', 500);
  void refreshPool(batch[0]!.organisation);
}

async function refuse(item: Kept, why: string): Promise<void> {
  item.refused = why;
  await keepAct($state.snapshot(item) as Kept);
}

/** Once per page. */
export function openQueue(): () => void {
  const back = () => void flush();
  addEventListener('online', back);
  void navigator.storage?.persist?.();
  void keptActs()
    .then((kept) => {
      const here = new Set(queue.items.map(({ act }) => act.id));
      queue.items = [...kept.filter(({ act }) => !here.has(act.id)), ...queue.items];
    }, (error: unknown) => (queue.lost = String(error)))
    .then(() => (queue.ready = true))
    .then(flush);
  return () => {
    removeEventListener('online', back);
    clearTimeout(timer);
  };
}
