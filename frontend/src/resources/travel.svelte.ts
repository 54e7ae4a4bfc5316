/** Driving times over the roads that the server has loaded. Without roads the straight line stands (rules.ts). */
import { untrack } from 'svelte';
import { send } from '../api/request';
import type { Place } from './types';

const known = $state<Record<string, number | null>>({});

/** Minutes by road from one place to another; null while they are asked for and where no road is known. */
export function travel(from: Place, to: Place, speed: number): number | null {
  const key = [...from, ...to].map((each) => each.toFixed(4)).join();
  if (known[key] === undefined) queueMicrotask(() => void ask(key, from, to, speed));
  return known[key] ?? null;
}

async function ask(key: string, from: Place, to: Place, speed: number): Promise<void> {
  if (known[key] !== undefined) return;
  known[key] = null;
  try {
    const answer = await send<{ method: string; to: { minutes: number | null }[] }>('GET', `/api/travel?from=${from.join()}&to=${to.join()}&speed=${speed}`);
    if (answer.method !== 'LINE') known[key] = answer.to[0]?.minutes ?? null;
  } catch {
    // Asked again when it is looked at after a while.
    setTimeout(() => delete known[key], 30_000);
  }
}

/** Who is within so many minutes by road of a place: ids, or null where only the straight line is known. */
const reach: { now: ReadonlySet<string> | null } = { now: null };
const state = $state({ turn: 0 });
let timer: ReturnType<typeof setTimeout> | undefined;
let asked = '';

const PAUSE = 400;
const AGAIN = 30_000;

export function reached(): ReadonlySet<string> | null {
  void state.turn;
  return reach.now;
}

/** Asks for them once the map rests, and again while vehicles move. Zero minutes forget it. */
export function measure(place: Place | null, minutes: number): void {
  const key = place && minutes ? `${place.map((each) => each.toFixed(4)).join()}|${minutes}` : '';
  if (key === asked) return;
  asked = key;
  clearTimeout(timer);
  tell(null);
  if (key) timer = setTimeout(() => void look(key, place!, minutes), PAUSE);
}

async function look(key: string, [longitude, latitude]: Place, minutes: number): Promise<void> {
  try {
    const answer = await send<{ method: string; lines: { id: string }[]; more: number }>('GET', `/api/resources/near?longitude=${longitude}&latitude=${latitude}&minutes=${Math.min(1440, minutes)}`);
    if (key === asked) tell(answer.method === 'LINE' || answer.more ? null : new Set(answer.lines.map(({ id }) => id)));
  } catch {
    if (key === asked) tell(null);
  }
  if (key === asked) timer = setTimeout(() => void look(key, [longitude, latitude], minutes), AGAIN);
}

function tell(ids: ReadonlySet<string> | null): void {
  if (reach.now === null && ids === null) return;
  reach.now = ids;
  untrack(() => (state.turn += 1));
}
