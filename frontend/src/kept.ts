/** What stays in the browser of a desk without a line: acts that the server does not have yet, and what the desk last
 *  knew. Each desk has a database of its own. */
import { openDB, type DBSchema, type IDBPDatabase } from 'idb';

interface Numbered {
  /** Given when it is first kept; counts up. */
  seq?: number;
}

interface Schema<Act extends Numbered, Desk> extends DBSchema {
  acts: { key: number; value: Act };
  desks: { key: string; value: Desk };
}

export interface Keeping<Act extends Numbered, Desk> {
  /** Resolves once it is on the disk: whoever sees it listed can close the tab. */
  keepAct(item: Act): Promise<number>;
  /** In the order in which they were done. */
  keptActs(): Promise<Act[]>;
  dropActs(seqs: readonly number[]): Promise<void>;
  keepDesk(desk: Desk): Promise<void>;
  keptDesk(): Promise<Desk | undefined>;
  /** Names and telephone numbers do not stay on a tablet that goes to somebody else. */
  forgetDesk(): Promise<void>;
  /** Whether this browser has been this desk: known at once, before any database is open. */
  wasUsed(): boolean;
}

/** `name` of the database; `flag` under which it is remembered that there is something in it. */
export function keeping<Act extends Numbered, Desk>(name: string, flag: string): Keeping<Act, Desk> {
  let opened: Promise<IDBPDatabase<Schema<Act, Desk>>> | undefined;

  function open(): Promise<IDBPDatabase<Schema<Act, Desk>>> {
    opened ??= openDB<Schema<Act, Desk>>(name, 1, {
      upgrade(db) {
        db.createObjectStore('acts', { keyPath: 'seq', autoIncrement: true });
        db.createObjectStore('desks');
      },
      terminated: () => (opened = undefined),
    });
    opened.catch(() => (opened = undefined));
    return opened;
  }

  function remember(used: boolean): void {
    try {
      if (used) localStorage.setItem(flag, '1');
      else localStorage.removeItem(flag);
    } catch {
      // A browser that stores nothing is no tablet for this.
    }
  }

  return {
    async keepAct(item) {
      const tx = (await open()).transaction('acts', 'readwrite', { durability: 'strict' });
      const seq = item.seq === undefined ? await tx.store.add(item) : await tx.store.put(item);
      await tx.done;
      return seq;
    },
    async keptActs() {
      return (await open()).getAll('acts');
    },
    async dropActs(seqs) {
      const tx = (await open()).transaction('acts', 'readwrite', { durability: 'strict' });
      for (const seq of seqs) void tx.store.delete(seq);
      await tx.done;
    },
    async keepDesk(desk) {
      await (await open()).put('desks', desk, 'last');
      remember(true);
    },
    async keptDesk() {
      return (await open()).get('desks', 'last');
    },
    async forgetDesk() {
      await (await open()).delete('desks', 'last');
      remember(false);
    },
    wasUsed() {
      try {
        return localStorage.getItem(flag) === '1';
      } catch {
        return false;
      }
    },
  };
}
