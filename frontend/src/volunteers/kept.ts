/** What stays in this browser: acts that the server does not have yet, and whom the desk knows without a line. */
import { openDB, type DBSchema, type IDBPDatabase } from 'idb';
import type { Kept, Pool } from './types';

export interface Desk {
  organisation: string;
  points: { id: string; name: string; organisation: string }[];
  pool: Pool;
}
interface Schema extends DBSchema {
  acts: { key: number; value: Kept };
  desks: { key: string; value: Desk };
}

const USED = 'lagebild.anlaufstelle';
let opened: Promise<IDBPDatabase<Schema>> | undefined;

function open(): Promise<IDBPDatabase<Schema>> {
  opened ??= openDB<Schema>('lagebild-volunteers', 1, {
    upgrade(db) {
      db.createObjectStore('acts', { keyPath: 'seq', autoIncrement: true });
      db.createObjectStore('desks');
    },
    terminated: () => (opened = undefined),
  });
  opened.catch(() => (opened = undefined));
  return opened;
}

/** Resolves once it is on the disk. */
export async function keepAct(item: Kept): Promise<number> {
  const tx = (await open()).transaction('acts', 'readwrite', { durability: 'strict' });
  const seq = item.seq === undefined ? await tx.store.add(item) : await tx.store.put(item);
  await tx.done;
  return seq;
}

export async function keptActs(): Promise<Kept[]> {
  return (await open()).getAll('acts');
}

export async function dropActs(seqs: readonly number[]): Promise<void> {
  const tx = (await open()).transaction('acts', 'readwrite', { durability: 'strict' });
  for (const seq of seqs) void tx.store.delete(seq);
  await tx.done;
}

export async function keepDesk(desk: Desk): Promise<void> {
  await (await open()).put('desks', desk, 'last');
  remember(true);
}

export async function keptDesk(): Promise<Desk | undefined> {
  return (await open()).get('desks', 'last');
}

/** Names do not stay on a tablet that goes to somebody else. */
export async function forgetDesk(): Promise<void> {
  await (await open()).delete('desks', 'last');
  remember(false);
}

export function wasUsed(): boolean {
  try {
    return localStorage.getItem(USED) === '1';
  } catch {
    return false;
  }
}

function remember(used: boolean): void {
  try {
    if (used) localStorage.setItem(USED, '1');
    else localStorage.removeItem(USED);
  } catch {
    // A browser that stores nothing is no tablet for this.
  }
}
