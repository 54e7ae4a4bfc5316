/** How long and how large a drawing is, on a sphere of the earth's mean radius (less than 0.5 % off in NRW), and where
 *  a surface crosses itself. */
import type { Geometry, Position } from 'geojson';
import { number } from '../format';

const RADIUS = 6_371_008.8;
const rad = Math.PI / 180;

/** Metres between two positions along the great circle. */
export function distance([x1, y1]: Position, [x2, y2]: Position): number {
  const a = Math.sin(((y2! - y1!) * rad) / 2) ** 2 + Math.cos(y1! * rad) * Math.cos(y2! * rad) * Math.sin(((x2! - x1!) * rad) / 2) ** 2;
  return 2 * RADIUS * Math.asin(Math.min(1, Math.sqrt(a)));
}

/** Metres along the positions. */
export function length(line: Position[]): number {
  return line.slice(1).reduce((sum, position, i) => sum + distance(line[i]!, position), 0);
}

/** Square metres inside a closed ring (Chamberlain and Duquette, JPL 2007). */
export function area(ring: Position[]): number {
  let sum = 0;
  for (let i = 0; i < ring.length - 1; i += 1) {
    const [before, here, after] = [ring[i ? i - 1 : ring.length - 2]!, ring[i]!, ring[i + 1]!];
    sum += (after[0]! - before[0]!) * rad * Math.sin(here[1]! * rad);
  }
  return Math.abs((sum * RADIUS * RADIUS) / 2);
}

/** `820 m`, `1,3 km`; `4.200 m²`, `12,5 ha`, `3,20 km²`. */
export function inMetres(metres: number): string {
  return metres < 1000 ? `${number(Math.round(metres))} m` : `${number(metres / 1000, metres < 10_000 ? 2 : 1)} km`;
}

export function inSquareMetres(size: number): string {
  if (size < 10_000) return `${number(Math.round(size))} m²`;
  return size < 1_000_000 ? `${number(size / 10_000, 1)} ha` : `${number(size / 1_000_000, 2)} km²`;
}

/** Length of a line, circumference and area of a surface (holes taken off); null for points and nothing. */
export function measured(geometry: Geometry | null | undefined): { length: number; area: number | null } | null {
  if (geometry?.type === 'LineString') return { length: length(geometry.coordinates), area: null };
  const parts = geometry?.type === 'Polygon' ? [geometry.coordinates] : geometry?.type === 'MultiPolygon' ? geometry.coordinates : null;
  if (!parts) return null;
  return {
    length: parts.reduce((sum, [outer]) => sum + length(outer ?? []), 0),
    area: parts.reduce((sum, [outer, ...holes]) => sum + area(outer ?? []) - holes.reduce((off, hole) => off + area(hole), 0), 0),
  };
}

/** The number (from 1) of the first point whose edge crosses another edge of the ring; null if none does. */
export function crossing(ring: Position[]): number | null {
  const last = ring.length - 1;
  for (let i = 0; i < last; i += 1) {
    for (let j = i + 2; j < last; j += 1) {
      if (i === 0 && j === last - 1) continue;
      if (cross(ring[i]!, ring[i + 1]!, ring[j]!, ring[j + 1]!)) return j + 1;
    }
  }
  return null;
}

function side(a: Position, b: Position, c: Position): number {
  return Math.sign((b[0]! - a[0]!) * (c[1]! - a[1]!) - (b[1]! - a[1]!) * (c[0]! - a[0]!));
}

function cross(a: Position, b: Position, c: Position, d: Position): boolean {
  return side(a, b, c) * side(a, b, d) < 0 && side(c, d, a) * side(c, d, b) < 0;
}

/** West, south, east, north; null for what has no place. */
export function boxOf(geometry: Geometry | null | undefined): [number, number, number, number] | null {
  if (!geometry || geometry.type === 'GeometryCollection') return null;
  const box: [number, number, number, number] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const [x, y] of positionsOf(geometry)) {
    box[0] = Math.min(box[0], x!);
    box[1] = Math.min(box[1], y!);
    box[2] = Math.max(box[2], x!);
    box[3] = Math.max(box[3], y!);
  }
  return Number.isFinite(box[0]) ? box : null;
}

export function positionsOf(geometry: Geometry): Position[] {
  if (geometry.type === 'GeometryCollection') return geometry.geometries.flatMap(positionsOf);
  if (geometry.type === 'Point') return [geometry.coordinates];
  const depth = { MultiPoint: 0, LineString: 0, MultiLineString: 1, Polygon: 1, MultiPolygon: 2 }[geometry.type];
  return (geometry.coordinates as unknown[]).flat(depth) as Position[];
}

/** Where a name or a sign stands: the point itself, half way along a line, the area's centre of mass. */
export function middle(geometry: Geometry): Position | null {
  if (geometry.type === 'Point') return geometry.coordinates;
  if (geometry.type === 'LineString') {
    const half = length(geometry.coordinates) / 2;
    let gone = 0;
    for (let i = 1; i < geometry.coordinates.length; i += 1) {
      const [a, b] = [geometry.coordinates[i - 1]!, geometry.coordinates[i]!];
      const step = distance(a, b);
      if (gone + step >= half) {
        const part = step ? (half - gone) / step : 0;
        return [a[0]! + (b[0]! - a[0]!) * part, a[1]! + (b[1]! - a[1]!) * part];
      }
      gone += step;
    }
    return geometry.coordinates[0] ?? null;
  }
  const rings = geometry.type === 'Polygon' ? [geometry.coordinates[0] ?? []] : geometry.type === 'MultiPolygon' ? geometry.coordinates.map(([outer]) => outer ?? []) : [];
  const ring = rings.reduce<Position[]>((largest, each) => (area(each) > area(largest) ? each : largest), rings[0] ?? []);
  if (!ring.length) return null;
  // Against the first corner, so that no digits are lost on small areas far from zero.
  const [ox, oy] = [ring[0]![0]!, ring[0]![1]!];
  let [sum, x, y] = [0, 0, 0];
  for (let i = 0; i < ring.length - 1; i += 1) {
    const [x1, y1, x2, y2] = [ring[i]![0]! - ox, ring[i]![1]! - oy, ring[i + 1]![0]! - ox, ring[i + 1]![1]! - oy];
    const part = x1 * y2 - x2 * y1;
    sum += part;
    x += (x1 + x2) * part;
    y += (y1 + y2) * part;
  }
  return sum ? [ox + x / (3 * sum), oy + y / (3 * sum)] : ring[0]!;
}
