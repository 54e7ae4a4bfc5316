/** Entries that are not in the live picture: older ones, and what a search finds on the server. */
import { request } from '../api/request';
import type { Entry } from './kinds';

export interface Filter {
  q: string;
  kind: string;
  author: string;
  ref: string;
}

export const NOTHING: Filter = { q: '', kind: '', author: '', ref: '' };

export function asks(filter: Filter): boolean {
  return Object.values(filter).some((value) => value.trim() !== '');
}

/** As parts of an address. */
export function query(filter: Filter): URLSearchParams {
  return new URLSearchParams(Object.entries(filter).filter(([, value]) => value.trim() !== ''));
}

/** Pages of one journal under one filter, newest first. */
export class Older {
  entries = $state<Entry[]>([]);
  more = $state(true);
  busy = $state(false);
  problem = $state('');
  #asked = 0;

  /** The page below `before`; without it the first one, which takes the place of what there was. */
  async load(staff: string, filter: Filter, before: number | null): Promise<void> {
    const turn = ++this.#asked;
    const parts = query(filter);
    parts.set('limit', '100');
    if (before) parts.set('before', String(before));
    this.busy = true;
    this.problem = '';
    try {
      const page = await request<{ entries: Entry[]; more: boolean }>(`/api/journals/${encodeURIComponent(staff)}/entries?${parts}`);
      if (turn !== this.#asked) return;
      this.entries = before ? [...this.entries, ...page.entries] : page.entries;
      this.more = page.more;
    } catch (error) {
      if (turn === this.#asked) this.problem = (error as Error).message;
    } finally {
      if (turn === this.#asked) this.busy = false;
    }
  }

  forget(): void {
    this.#asked += 1;
    Object.assign(this, { entries: [], more: true, busy: false, problem: '' });
  }
}
