/** Driving time on the road, where this server knows roads; null while or where it does not. */
import { send } from '../api/request';
import type { Place } from './types';

const known = $state<Record<string, number | null>>({});
let without = false;

/** Minutes. Asked once for each pair of places. */
export function travel(from: Place, to: Place): number | null {
  const key = [...from, ...to].map((each) => each.toFixed(4)).join();
  if (known[key] === undefined && !without) queueMicrotask(() => void ask(key, from, to));
  return known[key] ?? null;
}

async function ask(key: string, from: Place, to: Place): Promise<void> {
  if (known[key] !== undefined) return;
  known[key] = null;
  try {
    const { minutes, seconds } = await send<{ minutes?: number; seconds?: number }>('GET', `/api/travel?from=${from.join()}&to=${to.join()}`);
    known[key] = minutes ?? (seconds === undefined ? null : seconds / 60);
  } catch {
    // No road graph, or no way there: the straight line stands.
    without = Object.values(known).every((each) => each === null);
  }
}
