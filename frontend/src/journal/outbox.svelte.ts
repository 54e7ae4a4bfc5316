/** Entries on their way. Each is kept in the browser under its own key until the server has it, so that neither a lost
 *  connection nor a reload loses one; its idempotency key makes sure that it is written once. */
import { Failed, newKey, send } from '../api/request';
import { page } from '../state.svelte';
import type { Entry } from './kinds';

export interface Waiting {
  key: string;
  person: string;
  staff: string;
  body: { kind: string; text: string; event_time?: string; refs?: string[]; corrects?: number };
  /** ms; they are sent in this order. */
  since: number;
  /** It did not get through at least once. */
  tried?: boolean;
  /** The server's reason not to take it. */
  refused?: string;
}

const PREFIX = 'lagebild.entry.';
const PAUSES = [1_000, 2_000, 4_000, 8_000];

export const outbox = $state({ items: [] as Waiting[] });
let sending = false;
let failures = 0;
let timer: ReturnType<typeof setTimeout> | undefined;
let wrote: (entry: Entry) => void = () => {};

/** Of the person signed in now; entries of somebody else wait for him. */
export function mine(): Waiting[] {
  return outbox.items.filter(({ person }) => person === page.session.person);
}

/** Mine that the server does not have yet, oldest first; none while the first try is under way. */
export function waiting(): Waiting[] {
  const found = mine().filter(({ refused }) => refused === undefined);
  return found.some(({ tried }) => tried) ? found : [];
}

export function put(staff: string, body: Waiting['body']): void {
  const item: Waiting = { key: newKey(), person: page.session.person ?? '', staff, body, since: Date.now() };
  outbox.items.push(item);
  keep(item);
  void flush();
}

export function discard(key: string): void {
  outbox.items = outbox.items.filter((item) => item.key !== key);
  try {
    localStorage.removeItem(PREFIX + key);
  } catch {
    // What cannot be stored is not stored.
  }
}

/** Sends what waits, oldest first; comes back by itself while the server is away. */
export async function flush(): Promise<void> {
  if (sending) return;
  clearTimeout(timer);
  sending = true;
  try {
    for (let next = first(); next; next = first()) if (!(await deliver(next))) return again();
    failures = 0;
  } finally {
    sending = false;
  }
}

async function deliver(item: Waiting): Promise<boolean> {
  try {
    const entry = await send<Entry>('POST', `/api/journals/${encodeURIComponent(item.staff)}/entries`, item.body, { key: item.key });
    discard(item.key);
    failures = 0;
    wrote(entry);
    return true;
  } catch (error) {
    const status = error instanceof Failed ? error.status : 0;
    const later = status === 0 || status === 401 || status === 429 || status >= 500;
    mark(item.key, later ? { tried: true } : { tried: true, refused: (error as Error).message });
    return !later;
  }
}

function again(): void {
  timer = setTimeout(() => void flush(), PAUSES[Math.min(failures++, PAUSES.length - 1)]);
}

function first(): Waiting | undefined {
  return page.session.signed_in ? mine().filter(({ refused }) => refused === undefined).sort((a, b) => a.since - b.since)[0] : undefined;
}

function mark(key: string, what: Partial<Waiting>): void {
  const item = outbox.items.find((each) => each.key === key);
  if (item) keep(Object.assign(item, what));
}

function keep(item: Waiting): void {
  try {
    localStorage.setItem(PREFIX + item.key, JSON.stringify(item));
  } catch {
    // A browser that stores nothing still has this page.
  }
}

function load(): void {
  const known = new Set(outbox.items.map(({ key }) => key));
  try {
    for (const name of Object.keys(localStorage)) {
      if (!name.startsWith(PREFIX) || known.has(name.slice(PREFIX.length))) continue;
      const item = JSON.parse(localStorage.getItem(name) ?? 'null') as Waiting | null;
      if (item?.key && item.staff && item.body?.text) outbox.items.push(item);
    }
  } catch {
    // Nothing was kept, or nothing that we can read.
  }
}

/** Once per page; `written` hears of every entry that the server took. */
export function openOutbox(written: (entry: Entry) => void): () => void {
  wrote = written;
  load();
  const back = () => void flush();
  // Another tab has sent one of ours, or left one behind.
  const elsewhere = (event: StorageEvent) => {
    if (!event.key?.startsWith(PREFIX)) return;
    if (event.newValue === null) outbox.items = outbox.items.filter(({ key }) => PREFIX + key !== event.key);
  };
  addEventListener('online', back);
  addEventListener('storage', elsewhere);
  void flush();
  return () => {
    removeEventListener('online', back);
    removeEventListener('storage', elsewhere);
    clearTimeout(timer);
  };
}
