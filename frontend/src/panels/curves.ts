/** What a hydrograph draws, worked out from the server's answer and the live reading. Times in seconds since 1970. */
import type { ObservationsOut } from '../api/types';
import type { Reading } from '../live/gauge';
import type { Threshold } from '../live/types';

export type Observations = Omit<ObservationsOut, 'thresholds' | 'forecast' | 'marks'> & {
  marks?: [string, Doubt, number][];
  thresholds: Threshold[];
  forecast: { maker?: string; points: [string, number, string][] } | null;
};

export type Doubt = 'SPIKE' | 'STUCK' | 'DRIFT';
export const DOUBTS: Doubt[] = ['SPIKE', 'STUCK', 'DRIFT'];

/** A value of an own sensor that is hard to believe. */
export interface Mark {
  at: number;
  value: number;
  doubt: Doubt;
}

export type Point = [number, number];

export interface Curves {
  unit: string;
  observed: Point[];
  forecast: Point[];
  band: [number, number, number][];
  maker: string;
  marks: Mark[];
  thresholds: Threshold[];
  now: number;
  from: number;
  to: number;
  low: number;
  high: number;
  /** Longest step between two values that still counts as one curve. */
  gap: number;
}

const seconds = (iso: string) => Date.parse(iso) / 1000;

/** `hours` back from now; ahead as far as the forecast goes, but never more than is shown of the past. */
export function curvesOf(answer: Observations, reading: Reading | undefined, nowMs: number, hours: number): Curves {
  const now = nowMs / 1000;
  const unit = answer.unit ?? reading?.unit ?? '';
  const from = now - hours * 3600;
  const observed: Point[] = answer.points.map(([at, mean]): Point => [seconds(at), mean]).filter(([at]) => at >= from && at <= now + 900);
  const newest = observed.at(-1)?.[0] ?? 0;
  // The socket is faster than the next look at the series.
  if (reading && reading.quantity === answer.quantity && reading.at / 1000 > newest) observed.push([reading.at / 1000, reading.value]);
  const marks: Mark[] = (answer.marks ?? []).map(([at, doubt, value]) => ({ at: seconds(at), doubt, value })).filter(({ at }) => at >= from && at <= now + 900);
  const live = DOUBTS.find((doubt) => doubt === reading?.state);
  if (reading && live && reading.quantity === answer.quantity && !marks.some(({ at }) => at >= reading.at / 1000)) marks.push({ at: reading.at / 1000, doubt: live, value: reading.value });
  const until = now + hours * 3600;
  const forecast = (answer.forecast?.points ?? []).map(([at, value]): Point => [seconds(at), value]).filter(([at]) => at >= newest && at <= until);
  const band = answer.band.map(([at, low, high]): [number, number, number] => [seconds(at), low, high]).filter(([at]) => at <= until && at >= from);
  const ahead = Math.max(now, forecast.at(-1)?.[0] ?? 0, band.at(-1)?.[0] ?? 0);
  const to = Math.max(ahead, now + (hours * 3600) / 24);
  const values = [...observed.map(([, value]) => value), ...marks.map(({ value }) => value), ...forecast.map(([, value]) => value), ...band.flatMap(([, low, high]) => [low, high])];
  const thresholds = answer.thresholds.filter((mark) => mark.unit === unit).sort((a, b) => a.value - b.value);
  const [low, high] = extent(values, thresholds);
  const step = answer.resolution_seconds ?? 900;
  return { unit, observed, forecast, band, maker: answer.forecast?.maker ?? '', marks, thresholds, now, from, to, low, high, gap: Math.max(3 * step, 3 * 3600) };
}

/** The values with some room, and the next mark above them if it is not out of all proportion. */
function extent(values: number[], thresholds: Threshold[]): [number, number] {
  if (values.length === 0) return [0, 1];
  let low = Math.min(...values);
  let high = Math.max(...values);
  const size = Math.max(high - low, Math.abs(high) * 0.05, 1);
  const above = thresholds.find((mark) => mark.value > high);
  if (above && above.value - high < 2.5 * size) high = above.value;
  const below = thresholds.findLast((mark) => mark.value < low);
  if (below && low - below.value < size) low = below.value;
  const room = Math.max((high - low) * 0.1, size * 0.15);
  return [low - room, high + room];
}

/** Columns for uPlot on one time axis: observed, forecast, low, high; null where a curve has nothing. */
export function columns({ observed, forecast, band, gap }: Curves): [number[], ...(number | null)[][]] {
  const times = new Set<number>();
  for (const [at] of observed) times.add(at);
  for (const [at] of forecast) times.add(at);
  for (const [at] of band) times.add(at);
  // A missing stretch is a gap, not a straight line.
  for (let i = 1; i < observed.length; i += 1) if (observed[i]![0] - observed[i - 1]![0] > gap) times.add(observed[i - 1]![0] + gap / 2);
  const axis = [...times].sort((a, b) => a - b);
  const at = new Map(observed);
  const foretold = new Map(forecast);
  const lows = new Map(band.map(([time, low]) => [time, low]));
  const highs = new Map(band.map(([time, , high]) => [time, high]));
  const gaps = new Set<number>();
  for (let i = 1; i < observed.length; i += 1) if (observed[i]![0] - observed[i - 1]![0] > gap) gaps.add(observed[i - 1]![0] + gap / 2);
  // uPlot: null breaks a line, undefined is only "no value at this time".
  const pick = (curve: Map<number, number>, breaks?: Set<number>) => axis.map((time) => curve.get(time) ?? (breaks?.has(time) ? null : (undefined as unknown as null)));
  return [axis, pick(at, gaps), pick(foretold), pick(lows), pick(highs)];
}

/** The marks that belong to a point of the answer, which may stand for a bucket of `width` seconds. */
export function marksOf(marks: Mark[], at: string, width: number | null): Mark[] {
  const from = seconds(at);
  return marks.filter((mark) => (width ? mark.at >= from && mark.at < from + width : mark.at === from));
}
