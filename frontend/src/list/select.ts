/** Which gauges and warnings are shown, and in which order: one rule for map and list. */
import { isStale, levelOf, measures, type Gauge } from '../live/gauge';
import { levelOf as warningLevel, over, type Warning } from '../live/warning';
import type { SortKey, View } from '../view';

export type Bounds = [number, number, number, number];
export type Filter = Pick<View, 'level' | 'quantity' | 'water' | 'stale'>;

/** Unknown levels pass only while nothing is asked of the level: they must not look harmless, nor hide. */
export function passes(gauge: Gauge, filter: Filter, now: number): boolean {
  if (!measures(gauge, filter.quantity)) return false;
  if (filter.water && gauge.station.water !== filter.water) return false;
  if (filter.level > 0 && (levelOf(gauge, filter.quantity) ?? -1) < filter.level) return false;
  return filter.stale || !isStale(gauge, filter.quantity, now);
}

export function warningPasses(warning: Warning, filter: Filter, now: number): boolean {
  if (over(warning, now) && !filter.stale) return false;
  const level = warningLevel(warning);
  return filter.level === 0 || level === undefined || level >= filter.level;
}

export function gaugeInside(gauge: Gauge, [west, south, east, north]: Bounds): boolean {
  const { longitude: x, latitude: y } = gauge.station;
  return x !== undefined && y !== undefined && x >= west && x <= east && y >= south && y <= north;
}

/** By the box of its shape; a warning without a shape cannot be said to lie outside. */
export function warningInside(warning: Warning, [west, south, east, north]: Bounds): boolean {
  const box = boxOf(warning);
  return !box || (box[0] <= east && box[2] >= west && box[1] <= north && box[3] >= south);
}

const boxes = new WeakMap<object, Bounds>();

export function boxOf(warning: Warning): Bounds | null {
  const geometry = warning.body.geometry;
  if (!geometry || geometry.type === 'GeometryCollection') return null;
  let box = boxes.get(geometry);
  if (!box) {
    box = [Infinity, Infinity, -Infinity, -Infinity];
    const flat = (geometry.coordinates as unknown[]).flat(Infinity) as number[];
    for (let i = 0; i + 1 < flat.length; i += 2) {
      box = [Math.min(box[0], flat[i]!), Math.min(box[1], flat[i + 1]!), Math.max(box[2], flat[i]!), Math.max(box[3], flat[i + 1]!)];
    }
    boxes.set(geometry, box);
  }
  return box;
}

const collator = new Intl.Collator('de', { numeric: true, sensitivity: 'base' });

/** The keys in order. Ties are broken by level, then water and river km, then name, so that rows do not wander. */
export function order(gauges: Gauge[], sort: SortKey, descending: boolean, quantity: string): string[] {
  const sign = descending ? -1 : 1;
  const level = (gauge: Gauge) => levelOf(gauge, quantity) ?? -0.5;
  const measure: Record<SortKey, (gauge: Gauge) => number | string> = {
    level,
    name: (gauge) => gauge.station.name,
    water: (gauge) => gauge.station.water ?? '￿',
    value: (gauge) => gauge.readings[quantity]?.value ?? -Infinity,
    trend: (gauge) => gauge.readings[quantity]?.trend ?? -Infinity,
    age: (gauge) => -(gauge.readings[quantity]?.at ?? 0),
  };
  const of = measure[sort];
  const rows = gauges.map((gauge) => ({ gauge, by: of(gauge) }));
  const compare = (a: number | string, b: number | string) =>
    typeof a === 'string' ? collator.compare(a, String(b)) : a === b ? 0 : a < (b as number) ? -1 : 1;
  rows.sort(
    (a, b) =>
      sign * compare(a.by, b.by) ||
      level(b.gauge) - level(a.gauge) ||
      collator.compare(a.gauge.station.water ?? '￿', b.gauge.station.water ?? '￿') ||
      (a.gauge.station.river_km ?? 0) - (b.gauge.station.river_km ?? 0) ||
      collator.compare(a.gauge.station.name, b.gauge.station.name) ||
      (a.gauge.key < b.gauge.key ? -1 : 1),
  );
  return rows.map(({ gauge }) => gauge.key);
}

/** Gravest first, then those in force before those ahead, then newest. */
export function orderWarnings(warnings: Warning[]): string[] {
  const rank = (warning: Warning) => warningLevel(warning) ?? 2.5;
  return [...warnings]
    .sort((a, b) => rank(b) - rank(a) || Date.parse(b.body.sent) - Date.parse(a.body.sent) || (a.key < b.key ? -1 : 1))
    .map(({ key }) => key);
}

