/** Which moment of the picture is shown. The address holds it (`at=`); the store shows it in place of the present. */
import { Failed, objections, send } from '../api/request';
import type { Fact } from '../live/types';
import { store, view } from '../state.svelte';
import { text } from '../text/index.svelte';
import { stepOf } from './steps';

export interface Mark {
  kind: 'shift' | 'briefing' | 'handover' | 'closing' | 'legal';
  at: string;
  ref: string;
  text: string;
  person?: string;
  staff?: string;
}

export interface Bounds {
  oldest: string | null;
  now: string;
  marks: Mark[];
}

export const past = $state({
  bounds: null as Bounds | null,
  loading: false,
  failed: '',
  playing: false,
  /** Hours that the slider spans. */
  span: 24,
});

/** What may be sent while the past is shown: who we are, and the exercise's clock. */
const HARMLESS = /^\/api\/(session|account|oidc|exercise)\b/;

objections.add((path) => {
  if (view.at !== null && !HARMLESS.test(path)) throw new Failed(text().history.noWriting, 409);
});

/** Milliseconds; null is now, and so is whatever lies less than a second before it. */
export function goTo(at: number | null): void {
  const oldest = past.bounds?.oldest ? Date.parse(past.bounds.oldest) : -Infinity;
  view.at = at === null || at > store.clock.present() - 1000 ? null : new Date(Math.max(oldest, at)).toISOString();
  if (view.at === null) past.playing = false;
}

/** One step to and fro, as the keys [ and ] do. */
export function step(way: -1 | 1): void {
  const from = view.at === null ? store.clock.present() : Date.parse(view.at);
  if (view.at === null && way > 0) return;
  goTo(from + way * stepOf(past.span));
}

let fetching: AbortController | undefined;

/** Brings the store to the moment. If it cannot be had, the address goes back to what is shown. */
export async function show(at: string | null): Promise<void> {
  fetching?.abort();
  fetching = undefined;
  past.loading = false;
  if (at === null) return store.present();
  const mine = (fetching = new AbortController());
  past.loading = true;
  try {
    const picture = await send<{ facts: Fact[]; at: string }>('GET', `/api/picture?at=${encodeURIComponent(at)}`, undefined, { signal: mine.signal });
    if (mine !== fetching) return;
    past.failed = '';
    store.recall(picture.facts, Date.parse(picture.at));
  } catch (error) {
    if (mine !== fetching) return;
    past.failed = text().history.failed((error as Error).message);
    past.playing = false;
    view.at = store.past === null ? null : new Date(store.past).toISOString();
  } finally {
    if (mine === fetching) past.loading = false;
  }
}

/** How far back, and the marks. Quiet when it fails: the slider stays as it is. */
export async function learnBounds(): Promise<void> {
  const bounds = await send<Bounds>('GET', '/api/history/bounds').catch(() => null);
  if (bounds) past.bounds = bounds;
}
