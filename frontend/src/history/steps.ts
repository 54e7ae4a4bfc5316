/** Spans of the slider in hours, and how far one step goes in each. */
export const SPANS = [1, 6, 24, 168] as const;

const MINUTE = 60_000;

/** Milliseconds. */
export function stepOf(span: number): number {
  return span <= 1 ? MINUTE : span <= 6 ? 5 * MINUTE : span <= 24 ? 15 * MINUTE : 60 * MINUTE;
}

/** Where the slider begins: its span before now, not before the oldest moment, not after the moment that is shown. */
export function beginning(now: number, span: number, oldest: number, shown: number | null): number {
  const from = Math.max(oldest, now - span * 3_600_000);
  return Math.min(from, shown ?? from, now - MINUTE);
}
