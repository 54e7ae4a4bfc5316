/** Who our partners are and when we last heard of each: asked once for the whole page. */
import { send } from '../api/request';
import { moment, span } from '../format';
import { page } from '../state.svelte';
import { text } from '../text/index.svelte';
import { silence, type Silence } from './silence';
import type { Partner } from './types';

const EVERY = 5_000;

class Neighbours {
  partners = $state.raw<Partner[]>([]);
  own = $state.raw<{ origin?: string; name?: string; ars?: string | null }>({});
  /** In ms. */
  after = $state(60_000);
  /** What the node's clock is ahead of ours, in ms. */
  #ahead = $state(0);
  #asking = false;

  async ask(): Promise<void> {
    if (this.#asking) return;
    this.#asking = true;
    try {
      const told = await send<{ now: string; silent_after: number; own: { origin: string; name: string; ars?: string | null }; partners: Partner[] }>('GET', '/api/partners');
      this.#ahead = Date.parse(told.now) - Date.now();
      this.after = told.silent_after * 1000 || 60_000;
      this.own = told.own;
      this.partners = told.partners;
    } catch {
      // Nobody was reached: the ages go on, and say so by themselves.
    } finally {
      this.#asking = false;
    }
  }

  /** The node's wall clock. */
  get now(): number {
    return page.wall + this.#ahead;
  }

  of(origin: string | undefined): Partner | undefined {
    return this.partners.find((each) => each.origin === origin);
  }

  name(origin: string | undefined): string {
    return this.of(origin)?.name ?? origin ?? '';
  }

  silence(origin: string | undefined): Silence {
    if (this.of(origin)?.state === 'REVOKED') return 'lost';
    const heard = this.of(origin)?.heard_at;
    return silence(heard ? Date.parse(heard) : null, page.wall + this.#ahead, this.after);
  }

  /** "Stand vor 14 min" of whoever is silent; '' while it speaks. */
  standing(origin: string | undefined): string {
    if (this.silence(origin) === 'live') return '';
    const one = this.of(origin);
    if (one?.state === 'REVOKED') return text().sharing.revokedOn(moment(one.state_at));
    const heard = this.of(origin)?.heard_at;
    return heard ? text().sharing.asOf(span(page.wall + this.#ahead - Date.parse(heard))) : text().sharing.never;
  }
}

export const neighbours = new Neighbours();

$effect.root(() => {
  $effect(() => {
    if (!page.session.signed_in) return;
    void neighbours.ask();
    const timer = setInterval(() => document.hidden || void neighbours.ask(), EVERY);
    return () => clearInterval(timer);
  });
});
