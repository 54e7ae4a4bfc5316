/** What is chosen on the way to a job: which scenes fit together, and whether the area can be had. */
import type { Polygon } from 'geojson';
import { distance } from '../situation/measure';
import type { JobKind } from './job';

export type Sensor = 'SENTINEL_1' | 'SENTINEL_2';
export type Wanted = 'WATER' | 'BURN' | 'PICTURE';

/** `covers` is the share of the area, 0 to 1; `cloud` in percent. */
export interface Scene {
  id: string;
  sensor: Sensor;
  acquired_at: string;
  covers: number;
  platform?: string;
  direction?: string;
  orbit?: number;
  cloud?: number | null;
}

export interface Estimate {
  units: number;
  megabytes: number;
  seconds: number;
  width: number;
  height: number;
  resolution: number;
  images: number;
  spent: number;
  limit: number;
  affordable: boolean;
}

/** Metres; the server says the same (geodata/imagery/grid.py). */
const LEAST = 200;
const MOST = 60 * 2500;

const WHOLE = 0.98;
const CLEAR = 40;

/** Burns are found in optical images only. */
export const sensorOf = (wanted: Wanted, sensor: Sensor): Sensor => (wanted === 'BURN' ? 'SENTINEL_2' : sensor);

export function kindOf(wanted: Wanted, sensor: Sensor): JobKind {
  if (wanted !== 'WATER') return wanted;
  return sensor === 'SENTINEL_1' ? 'WATER_SAR' : 'WATER_OPTICAL';
}

export function wantedOf(kind: JobKind): Wanted {
  return kind === 'BURN' || kind === 'PICTURE' ? kind : 'WATER';
}

/** Radar looks from the side: two images tell of a change only if both were taken from the same orbit. */
export function fitsBefore(scene: Scene, after: Scene): boolean {
  if (scene.acquired_at >= after.acquired_at) return false;
  return after.sensor !== 'SENTINEL_1' || (scene.orbit === after.orbit && scene.direction === after.direction);
}

const good = ({ covers, cloud }: Scene): boolean => covers >= WHOLE && (cloud ?? 0) <= CLEAR;

/** The newest scene that shows the whole area without many clouds; without one like that the newest. */
export const proposedAfter = (scenes: Scene[]): Scene | undefined => scenes.find(good) ?? scenes[0];

/** The same among those that can stand before it; none rather than one under clouds. */
export const proposedBefore = (scenes: Scene[], after: Scene): Scene | undefined => scenes.filter((each) => fitsBefore(each, after)).find(good);

/** The rectangle of west, south, east, north. */
export function rectangle([west, south, east, north]: [number, number, number, number]): Polygon {
  const [w, s, e, n] = [west, south, east, north].map((degrees) => Math.round(degrees * 1e6) / 1e6) as [number, number, number, number];
  return { type: 'Polygon', coordinates: [[[w, s], [e, s], [e, n], [w, n], [w, s]]] };
}

/** Metres of the longer and the shorter side of the box around the area. */
export function sides({ coordinates: [ring = []] }: Polygon): { long: number; short: number } {
  const [xs, ys] = [ring.map(([x]) => x!), ring.map(([, y]) => y!)];
  const [west, south, east, north] = [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
  const middle = (south + north) / 2;
  const both = [distance([west, middle], [east, middle]), distance([west, south], [west, north])];
  return { long: Math.max(...both), short: Math.min(...both) };
}

export function fault(area: Polygon): 'small' | 'large' | null {
  const { long, short } = sides(area);
  return short < LEAST ? 'small' : long > MOST ? 'large' : null;
}
