/** A relation to one partner as a list of what is open, what needs an answer first: pure, so that tests can hold it. */

/** `answer`: they wait for us. `late`: we wait, and too long. `waits`: we wait in time. `calm`: nobody waits. */
export const URGENCIES = ['answer', 'late', 'waits', 'calm'] as const;
export type Urgency = (typeof URGENCIES)[number];
export const PARTS = ['messages', 'requests', 'loans', 'people', 'reports'] as const;
export type Part = (typeof PARTS)[number];

/** `way`: who began it. `at` and `due` in ms; `due` is when the next step should be there. */
export interface Item {
  key: string;
  part: Part;
  urgency: Urgency;
  way: 'in' | 'out';
  title: string;
  state: string;
  at: number | null;
  due: number | null;
  kind: string;
  id: string;
}

const DAY = 86_400_000;
const rank = (item: Item) => URGENCIES.indexOf(item.urgency);

/** What needs an answer first; of equals what is due first, then the newest. */
export function byUrgency(a: Item, b: Item): number {
  return rank(a) - rank(b) || (a.due ?? Infinity) - (b.due ?? Infinity) || (b.at ?? 0) - (a.at ?? 0) || a.key.localeCompare(b.key);
}

/** One thing that went to or fro. */
export interface Exchanged {
  key: string;
  at: number;
  way: 'in' | 'out';
  said: string;
  kind: string;
  id: string;
}

/** Of the last 24 hours, the newest first, each once. */
export function lastDay(all: Exchanged[], now: number): Exchanged[] {
  const seen = new Map(all.filter(({ at }) => Number.isFinite(at) && at > now - DAY && at <= now + 600_000).map((one) => [one.key, one]));
  return [...seen.values()].sort((a, b) => b.at - a.at || a.key.localeCompare(b.key));
}

/** Where in the strip, 0 a day ago to 1 now. */
export function placeIn(at: number, now: number): number {
  return Math.min(1, Math.max(0, 1 - (now - at) / DAY));
}
