/** Jobs that fetch and evaluate images, and the images that they left, as the server tells them. */
import type { Polygon } from 'geojson';
import type { Thing } from '../live/store.svelte';

export const KINDS = ['WATER_SAR', 'WATER_OPTICAL', 'BURN', 'PICTURE'] as const;
export type JobKind = (typeof KINDS)[number];
export type JobState = 'QUEUED' | 'RUNNING' | 'DONE' | 'FAILED' | 'CANCELLED';

/** `role` BEFORE, AFTER, or MASK: what was found. `bounds` west, south, east, north; `tiles` a path with {z}, {x}, {y}. */
export interface Raster {
  id: string;
  job: string;
  role: 'BEFORE' | 'AFTER' | 'MASK';
  title: string;
  sensor: string;
  acquired_at: string;
  bounds: [number, number, number, number];
  tiles: string;
}

/** `units` is the estimate that was agreed to, `spent` what it took so far; `resolution` in metres. */
export interface JobBody {
  kind: JobKind;
  title: string;
  state: JobState;
  progress?: number;
  word: string;
  asked_at: string;
  geometry: Polygon;
  resolution: number;
  scene: string;
  before?: string;
  units: number;
  spent?: number;
  error?: { code: string; text?: string };
  extent?: string;
  rasters?: Raster[];
}

export type Job = Omit<Thing, 'body'> & { body: JobBody };

export const isOn = ({ body }: Job): boolean => body.state === 'QUEUED' || body.state === 'RUNNING';

/** What goes on first, then the newest. */
export function ordered(all: Job[]): Job[] {
  return [...all].sort((a, b) => Number(isOn(b)) - Number(isOn(a)) || b.body.asked_at.localeCompare(a.body.asked_at) || a.id.localeCompare(b.id));
}

/** When the scene was taken: its name says so from its first time stamp on. */
export function takenAt(scene: string): string | null {
  const found = /_(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(?:_|$)/.exec(scene);
  return found ? `${found[1]}-${found[2]}-${found[3]}T${found[4]}:${found[5]}:${found[6]}Z` : null;
}

export const imageOf = (job: Job, role: Raster['role']): Raster | undefined => job.body.rasters?.find((each) => each.role === role);

/** As the Copernicus programme wants it said with any image made of its data; the year is that of the image. */
export const credit = (rasters: Raster[]): string => `Contains modified Copernicus Sentinel data ${[...new Set(rasters.map(({ acquired_at }) => acquired_at.slice(0, 4)))].sort().join(', ')}`;
