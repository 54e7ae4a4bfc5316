/** A gauge as map, list and panel show it, put together from its station and its readings. */
import type { Level } from '../palette';
import type { Provenance, ReadingBody, Series, StationBody } from './types';

export interface Reading extends ReadingBody {
  at: number;
  provenance: Provenance;
}

export interface Gauge {
  readonly key: string;
  readonly ref: string;
  readonly station: StationBody;
  readonly provenance: Provenance | null;
  readonly readings: Readonly<Record<string, Reading>>;
}

export type Direction = 'rising' | 'steady' | 'falling';

const RHYTHM_MINUTES = 15;
const STALE_AT_LEAST = 45;

/** Below this change per hour a value counts as steady. */
const STEADY: Record<string, number> = { cm: 1, m: 0.01, NN: 0.01 };

export function seriesOf(gauge: Gauge, quantity: string): Series | undefined {
  return gauge.station.series?.find((series) => series.quantity === quantity);
}

export function measures(gauge: Gauge, quantity: string): boolean {
  return quantity in gauge.readings || seriesOf(gauge, quantity) !== undefined;
}

/** Minutes after which a reading is stale: three times its series' rhythm, at least 45. */
export function staleAfter(series: Series | undefined): number {
  return Math.max(STALE_AT_LEAST, 3 * (series?.every ?? RHYTHM_MINUTES));
}

/** Also true without a reading: what is not there is not fresh. */
export function isStale(gauge: Gauge, quantity: string, now: number): boolean {
  const reading = gauge.readings[quantity];
  return !reading || now - reading.at > staleAfter(seriesOf(gauge, quantity)) * 60_000;
}

/** The class of the reading; undefined is unknown. */
export function levelOf(gauge: Gauge, quantity: string): Level | undefined {
  return gauge.readings[quantity]?.level;
}

export function direction(reading: Reading | undefined): Direction | undefined {
  if (reading?.trend === undefined) return undefined;
  const steady = STEADY[reading.unit] ?? Math.max(0.5, Math.abs(reading.value) * 0.01);
  if (Math.abs(reading.trend) < steady) return 'steady';
  return reading.trend > 0 ? 'rising' : 'falling';
}

/** Height above sea in metres, where the gauge's zero is known and the value is a water level in cm. */
export function aboveSea(gauge: Gauge, quantity: string): number | undefined {
  const reading = gauge.readings[quantity];
  const zero = seriesOf(gauge, quantity)?.gauge_zero;
  return reading && zero && reading.unit === 'cm' ? zero.value + reading.value / 100 : undefined;
}
