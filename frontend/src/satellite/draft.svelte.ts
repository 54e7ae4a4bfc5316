/** The order that is being put together. It stays when the panel is closed, until it is sent. */
import type { Polygon } from 'geojson';
import { currentIncident } from '../session/incident.svelte';
import { page, select, store, view } from '../state.svelte';
import { takenAt, type JobBody } from './job';
import { rectangle, sensorOf, wantedOf, type Sensor, type Wanted } from './order';
import { put } from '../situation/drawing.svelte';

export interface Draft {
  area: Polygon | null;
  wanted: Wanted;
  sensor: Sensor;
  /** How far back is searched. */
  days: number;
  /** The most clouds in percent. */
  cloud: number;
  after: string | null;
  before: string | null;
  /** Metres; null is the finest that fits. */
  resolution: number | null;
  /** What was typed; null is our proposal. */
  title: string | null;
  room: string | null;
}

export const PUBLIC = 'public';
const fresh = (): Draft => ({ area: null, wanted: 'WATER', sensor: 'SENTINEL_1', days: 30, cloud: 100, after: null, before: null, resolution: null, title: null, room: null });

export const draft = $state<Draft>(fresh());

export const forget = (): void => void Object.assign(draft, fresh());

/** What the map shows, as the area. */
export function takeView(): void {
  if (!page.bounds) return;
  draft.area = rectangle(page.bounds);
  // Another form may hold the pen.
  if (view.selection?.kind === 'imagery_job' && view.selection.key === 'new') put($state.snapshot(draft.area) as Polygon);
}

/** The form beside the map; what was begun goes on. */
export function openOrder(): void {
  view.page = 'map';
  select({ kind: 'imagery_job', key: 'new' });
}

/** One key: the form with what the map shows. */
export function orderView(): void {
  takeView();
  openOrder();
}

/** Another one like this. */
export function again({ geometry, kind, scene, before, resolution, title }: JobBody): void {
  const wanted = wantedOf(kind);
  const sensor = sensorOf(wanted, scene.startsWith('S1') ? 'SENTINEL_1' : 'SENTINEL_2');
  const first = takenAt(before ?? scene);
  const back = first ? (store.clock.read() - Date.parse(first)) / 86_400_000 : 0;
  forget();
  Object.assign(draft, { days: [30, 90].find((days) => days > back) ?? 365, area: JSON.parse(JSON.stringify(geometry)) as Polygon, wanted, sensor, after: scene, before: before ?? null, resolution, title });
  openOrder();
}

/** Where the result may lie: the rooms of the incident that you write in, the one for all its people first. */
export function rooms(): { id: string; name: string }[] {
  const here = currentIncident()?.id;
  const own = page.session.rooms.filter(({ id, write, incident }) => write && incident && id !== PUBLIC && (!here || incident === here));
  const first = currentIncident()?.room;
  return own.map(({ id, name }) => ({ id, name })).sort((a, b) => Number(b.id === first) - Number(a.id === first));
}
