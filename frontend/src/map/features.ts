/** Gauges and warnings as GeoJSON features. The store is the truth; the map's sources are only drawn from it. */
import type { Feature, Point } from 'geojson';
import { amount } from '../format';
import { direction, isStale, levelOf, type Gauge } from '../live/gauge';
import { ahead, foretold, levelOf as warningLevel, over, publisherOf, type Warning } from '../live/warning';
import { symbolName } from './symbols';

const ids = new Map<string, number>();

/** MapLibre updates by numeric id; the same key always gets the same. */
export function idOf(key: string): number {
  let id = ids.get(key);
  if (id === undefined) ids.set(key, (id = ids.size + 1));
  return id;
}

const shapes = new WeakMap<object, number>();
let shapeCount = 0;

/** Another number for another geometry object: a changed fact brings a new one. */
export function shapeNumber(geometry: object): number {
  let number = shapes.get(geometry);
  if (number === undefined) shapes.set(geometry, (number = ++shapeCount));
  return number;
}

/** `signature` changes when and only when the drawing does. Null for a gauge without a place. */
export function gaugeFeature(gauge: Gauge, quantity: string, now: number, staleWord: string): { feature: Feature<Point>; signature: string } | null {
  const { longitude, latitude, name } = gauge.station;
  if (longitude === undefined || latitude === undefined) return null;
  const reading = gauge.readings[quantity];
  const level = levelOf(gauge, quantity);
  const stale = isStale(gauge, quantity, now);
  const icon = symbolName({ level, direction: direction(reading), stale: stale && reading !== undefined });
  const value = !reading ? '' : stale ? staleWord : `${amount(reading.value, reading.unit)} ${reading.unit}`;
  const rank = stale ? -1 : (level ?? 0.5);
  return {
    feature: {
      type: 'Feature',
      id: idOf(gauge.key),
      geometry: { type: 'Point', coordinates: [longitude, latitude] },
      properties: { key: gauge.key, icon, value, name, rank },
    },
    signature: `${icon}|${value}|${name}|${longitude}|${latitude}`,
  };
}

export function warningFeature(warning: Warning, now: number): { feature: Feature; signature: string } | null {
  const geometry = warning.body.geometry;
  if (!geometry) return null;
  const level = warningLevel(warning);
  const look = over(warning, now) ? 'over' : foretold(warning) || ahead(warning, now) ? 'foretold' : 'force';
  const publisher = publisherOf(warning);
  return {
    feature: {
      type: 'Feature',
      id: idOf(warning.key),
      geometry,
      properties: { key: warning.key, level: level ?? -1, look, publisher, hatch: `hatch-${level ?? 'u'}` },
    },
    signature: `${level}|${look}|${publisher}|${warning.body.sent}|${shapeNumber(geometry)}`,
  };
}

/** Municipalities that warnings without a shape name, with the gravest level of each. */
export function namedMunicipalities(warnings: Iterable<Warning>, now: number): Map<string, number> {
  const named = new Map<string, number>();
  for (const warning of warnings) {
    if (warning.body.geometry || over(warning, now)) continue;
    const level = warningLevel(warning) ?? -1;
    for (const ars of warning.body.municipalities ?? []) named.set(ars, Math.max(level, named.get(ars) ?? -1));
  }
  return named;
}
