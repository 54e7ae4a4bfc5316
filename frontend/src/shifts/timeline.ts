/** Bars of shifts on a line of time, one row for each resource, place or person without one. */
import type { Shift } from './types';

export const HOUR = 3_600_000;

export interface Bar {
  shift: Shift;
  /** Percent of the window. */
  left: number;
  width: number;
  /** Row within its group: bars that overlap stand one below the other. */
  level: number;
}

export interface Group {
  key: string;
  resource: string | null;
  place: string | null;
  bars: Bar[];
  levels: number;
}

/** When somebody was, is or will be on duty; whoever is still there after his end is so until now. */
export function span({ body }: Shift, now: number): [number, number] {
  const start = Date.parse(body.began ?? body.starts);
  const end = Date.parse(body.state === 'OFF' ? (body.ended ?? body.ends) : body.ends);
  return [start, Math.max(start, body.state === 'ON_DUTY' ? Math.max(end, now) : end)];
}

/** Those within the window, by resource, then place. A shift that was called off before it began is left out. */
export function groups(shifts: Shift[], from: number, hours: number, now: number): Group[] {
  const to = from + hours * HOUR;
  const found = new Map<string, { resource: string | null; place: string | null; spans: { shift: Shift; start: number; end: number }[] }>();
  for (const shift of shifts) {
    if (shift.body.state === 'OFF' && !shift.body.began) continue;
    const [start, end] = span(shift, now);
    if (end <= from || start >= to) continue;
    const resource = shift.body.resource ?? null;
    const place = resource ? null : (shift.body.place ?? null);
    const key = resource ? `r ${resource}` : place ? `p ${place}` : '';
    const group = found.get(key) ?? { resource, place, spans: [] };
    group.spans.push({ shift, start, end });
    found.set(key, group);
  }
  return [...found].map(([key, { resource, place, spans }]) => {
    spans.sort((a, b) => a.start - b.start || a.shift.body.person.localeCompare(b.shift.body.person));
    const free: number[] = [];
    const bars = spans.map(({ shift, start, end }) => {
      let level = free.findIndex((until) => until <= start);
      if (level < 0) level = free.length;
      free[level] = end;
      const [a, b] = [Math.max(start, from), Math.min(end, to)];
      return { shift, left: ((a - from) / (to - from)) * 100, width: ((b - a) / (to - from)) * 100, level };
    });
    return { key, resource, place, bars, levels: free.length };
  });
}

/** Round hours for the scale, about eight of them. */
export function ticks(from: number, hours: number): { at: number; left: number }[] {
  const step = hours > 24 ? 6 : 3;
  const first = Math.ceil(from / HOUR) * HOUR;
  const found: { at: number; left: number }[] = [];
  for (let at = first; at < from + hours * HOUR; at += HOUR) {
    if (new Date(at).getHours() % step === 0) found.push({ at, left: ((at - from) / (hours * HOUR)) * 100 });
  }
  return found;
}
