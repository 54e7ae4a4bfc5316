/** Features of sources: what is shown of them and in which order. What has expired is not shown, even while its source
 *  is silent. */
import type { Geometry } from 'geojson';
import { things } from '../live/things.svelte';
import { store } from '../state.svelte';
import type { Provenance } from '../live/types';
import { LEVELS, type Level } from '../palette';

export interface FeatureBody {
  key: string;
  layer: string;
  title: string;
  text?: string;
  at?: string;
  expires?: string;
  severity?: string;
  level?: Level;
  link?: string;
  geometry?: Geometry;
  properties?: Record<string, string>;
}

export interface Shown {
  id: string;
  ref: string;
  body: FeatureBody;
  provenance: Provenance | null;
}

export interface Group {
  layer: string;
  title: string;
  rows: Shown[];
}

/** Behind a source's name: from a recorded file that somebody played again. */
const REPLAY = ':replay';

export function isReplayed(source: string | undefined): boolean {
  return source?.endsWith(REPLAY) ?? false;
}

export function sourceOf(source: string): string {
  return isReplayed(source) ? source.slice(0, -REPLAY.length) : source;
}

/** An unknown level stands between low and medium: it may be grave. */
export function rank(level: Level | undefined): number {
  return level === undefined || !LEVELS.includes(level) ? 1.5 : level;
}

export function shownFeatures(now: number): Shown[] {
  return things('feature')
    .map(({ id, ref, body, provenance }) => ({ id, ref, provenance, body: body as unknown as FeatureBody }))
    .filter(({ body }) => !body.expires || Date.parse(body.expires) > now);
}

/** By layer, the one with the gravest first; within it the gravest, then the newest. */
export function grouped(rows: Shown[]): Group[] {
  const groups = new Map<string, Shown[]>();
  for (const row of rows) groups.set(row.body.layer, [...(groups.get(row.body.layer) ?? []), row]);
  const worst = (of: Shown[]) => Math.max(...of.map(({ body }) => rank(body.level)));
  return [...groups]
    .map(([layer, of]) => ({
      layer,
      title: store.feeds.get(layer)?.title ?? layer,
      rows: of.sort((a, b) => rank(b.body.level) - rank(a.body.level) || Date.parse(b.body.at ?? '') - Date.parse(a.body.at ?? '') || a.body.title.localeCompare(b.body.title)),
    }))
    .sort((a, b) => worst(b.rows) - worst(a.rows) || a.title.localeCompare(b.title));
}

/** West, south, east, north of a geometry. */
export function boxOf(geometry: Geometry | undefined): [number, number, number, number] | null {
  if (!geometry || geometry.type === 'GeometryCollection') return null;
  const flat = (geometry.coordinates as unknown[]).flat(4) as number[];
  const east = flat.filter((_, i) => i % 2 === 0);
  const north = flat.filter((_, i) => i % 2 === 1);
  if (!east.length) return null;
  const least = (of: number[]) => of.reduce((a, b) => Math.min(a, b));
  const most = (of: number[]) => of.reduce((a, b) => Math.max(a, b));
  return [least(east), least(north), most(east), most(north)];
}
