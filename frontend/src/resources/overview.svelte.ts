/** The server's overview: basic cover, reserve and relief. Asked anew while resources change, at most every five
 *  seconds, and once a minute. */
import { send } from '../api/request';
import { forces } from './forces.svelte';

export interface Line {
  id: string;
  callsign: string;
  type: string;
  organisation: string;
}

export interface Overview {
  now: string;
  /** What the land calls the municipalities and districts named here, by key. */
  areas: Record<string, string>;
  cover: { ars: string; capability: string; minimum: number; short: number }[];
  /** By municipality and capability: how many are free, and how many there are. */
  reserve: Record<string, Record<string, [number, number]>>;
  shortfalls: { ars: string; capability: string; minimum: number; free: number; after: number }[];
  relief: { lines: (Line & { what: string; at: string; late: boolean })[]; more: number };
}

const PAUSE = 5_000;

export class Watch {
  value = $state.raw<Overview | null>(null);
  failed = $state('');
  #asked = -Infinity;
  #busy = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `query` narrows it, such as `incident=…`. Returns how to stop. */
  follow(query: () => string): () => void {
    const ask = async () => {
      this.#timer = undefined;
      if (this.#busy) return;
      this.#busy = true;
      this.#asked = performance.now();
      try {
        this.value = await send<Overview>('GET', `/api/resources/overview${query()}`);
        this.failed = '';
      } catch (error) {
        this.failed = (error as Error).message;
      } finally {
        this.#busy = false;
      }
    };
    const soon = () => void (this.#timer ??= setTimeout(ask, Math.max(0, this.#asked + PAUSE - performance.now())));
    void ask();
    const stop = forces.listen(soon);
    const again = setInterval(soon, 60_000);
    return () => {
      stop();
      clearInterval(again);
      clearTimeout(this.#timer);
    };
  }
}
