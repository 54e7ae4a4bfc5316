/** What images from above show, as the server tells it; how much lies where is counted there. */
import type { Geometry } from 'geojson';
import { things, type Thing } from '../live/things.svelte';
import type { Selection } from '../view';

/** `area` in hectares. */
export interface Tally {
  kind: string;
  count: number;
  area?: number;
}

export interface Share {
  ars: string;
  name: string;
  tallies?: Tally[];
}

export interface ExtentBody {
  key: string;
  maker: string;
  type: string;
  title: string;
  acquired_at?: string;
  issued_at?: string;
  sensor?: string;
  resolution?: string;
  activation?: string;
  aoi?: string;
  product?: string;
  version?: string;
  /** F finished, W awaited, I in production, N not produced; none for our own. */
  status?: string;
  confidence?: number;
  link?: string;
  note?: string;
  footprint?: Geometry;
  tallies?: Tally[];
  shares?: Share[];
  digest?: string;
}

export type Extent = Omit<Thing, 'body'> & { body: ExtentBody };

export const GRADES = ['Destroyed', 'Damaged', 'Possibly damaged', 'No visible damage'] as const;
export const isGrade = (kind: string): boolean => (GRADES as readonly string[]).includes(kind);

/** Whether there is something to see: neither awaited nor never produced. */
export const finished = ({ body }: Extent): boolean => body.status === undefined || body.status === 'F';

const taken = ({ body, provenance }: Extent): string => body.acquired_at ?? body.issued_at ?? provenance?.as_of ?? '';

/** Newest image first. */
export function extents(): Extent[] {
  return (things('extent') as unknown as Extent[]).sort((a, b) => taken(b).localeCompare(taken(a)) || a.id.localeCompare(b.id));
}

/** Extents that look at the same ground. */
const place = ({ id, body }: Extent): string => (body.activation ? `${body.activation}/${body.aoi ?? ''}` : id);

/** What stands on the map: of each place the newest image, or the one that is selected. */
export function shown(all: Extent[], selection: Selection | null): Extent[] {
  const chosen = new Map<string, Extent>();
  for (const extent of all) if (finished(extent) && (!chosen.has(place(extent)) || (selection?.kind === 'extent' && selection.key === extent.id))) chosen.set(place(extent), extent);
  return [...chosen.values()];
}

export const beside = (extent: Extent, all: Extent[]): Extent[] => all.filter((other) => place(other) === place(extent) && other.id !== extent.id);

/** The kinds with an area and those that are counted: what stands under water or burnt first, grades from grave to slight. */
export function columns(body: ExtentBody): { areas: string[]; counts: string[] } {
  const tallies = body.tallies ?? [];
  const first = ['Flooded area', 'Burnt area'];
  const measured = tallies.filter(({ area }) => area !== undefined).map(({ kind }) => kind);
  const counted = tallies.filter(({ area }) => area === undefined).map(({ kind }) => kind);
  return {
    areas: [...first.filter((kind) => measured.includes(kind)), ...measured.filter((kind) => !first.includes(kind))],
    counts: [...GRADES.filter((grade) => counted.includes(grade)), ...counted.filter((kind) => !isGrade(kind))],
  };
}

export const tallyOf = (tallies: Tally[] | undefined, kind: string): Tally | undefined => tallies?.find((tally) => tally.kind === kind);

export function boxOf(geometry: Geometry | undefined): [number, number, number, number] | null {
  let [west, south, east, north] = [Infinity, Infinity, -Infinity, -Infinity];
  const walk = (part: unknown): void => {
    if (!Array.isArray(part)) return;
    if (typeof part[0] === 'number') {
      const [x, y] = part as [number, number];
      [west, south, east, north] = [Math.min(west, x), Math.min(south, y), Math.max(east, x), Math.max(north, y)];
    } else part.forEach(walk);
  };
  if (geometry && 'coordinates' in geometry) walk(geometry.coordinates);
  return west <= east ? [west, south, east, north] : null;
}
