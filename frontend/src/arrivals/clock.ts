/** The time at which something happens here, without a line and after a sleep. An exercise has a time of its own. */
import { page, store } from '../state.svelte';
import type { Anchor } from './types';

const FRESH = 8_000;
let anchor: Anchor | undefined;

/** Where the clock stood when the server was last heard; a kept one is taken up by `resume`. */
export function mark(): Anchor | undefined {
  // A page that slept has a clock that slept; only one that heard of the server a moment ago is right.
  if (store.clock.synced && page.link.state !== 'lost' && Date.now() - page.link.heard < FRESH) {
    anchor = { shown: store.clock.present(), wall: Date.now(), speed: store.clock.speed };
  }
  return anchor;
}

export function resume(kept: Anchor | undefined): void {
  anchor ??= kept;
}

export function shownNow(): number {
  const at = mark();
  return at ? at.shown + (Date.now() - at.wall) * at.speed : Date.now();
}
