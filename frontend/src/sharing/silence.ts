/** How long nothing was heard of a partner, in classes: what it holds fades by them, on the map and in the lists. */
export type Silence = 'live' | 'late' | 'silent' | 'lost';

/** Times in ms. `after` is three of its greetings. */
export function silence(heard: number | null, now: number, after: number): Silence {
  if (heard === null || !Number.isFinite(heard)) return 'lost';
  const since = now - heard;
  if (since <= after) return 'live';
  return since <= 120_000 ? 'late' : since <= 900_000 ? 'silent' : 'lost';
}

export const OPACITY: Record<Silence, number> = { live: 1, late: 0.8, silent: 0.55, lost: 0.35 };
