/** Resources on the map: a sign at each place, circles with a count where there are many, a line to where they drive. */
import type { GeoJSONSource, Map as MapLibre, MapMouseEvent } from 'maplibre-gl';
import { Feeder } from '../map/feeder';
import { hand } from '../map/hand.svelte';
import type { Theme } from '../palette';
import type { MapPart } from '../parts';
import { text } from '../text/index.svelte';
import { catalogueRevision } from './catalogue.svelte';
import { Cells, degrees, levelOf, mercator, type Cell } from './cells';
import { chosen, circleOf, countText, plateOf, pointOf, POINTS, specs, wayOf, WAYS } from './drawn';
import { forces } from './forces.svelte';
import { hasPlate, plateName } from './plates';
import { calling } from './rules';
import type { Row } from './rows';

/** From this zoom on only what lies in sight and around it is handed to the map. Further out nobody sees single ones. */
const CULLED_FROM = 9;
const EMPTY = { type: 'FeatureCollection' as const, features: [] };
/** Moving vehicles are drawn anew at most so often, in ms. */
const PAUSE = 100;

let current: MapLibre | undefined;
let theme: Theme = 'light';
let catalogue = -1;
let language = '';
/** The one that is looked at stands by itself, never in a circle. */
let selected = '';
const cells = new Cells();
const feeders = {
  points: new Feeder(() => current?.getSource<GeoJSONSource>(POINTS)),
  ways: new Feeder(() => current?.getSource<GeoJSONSource>(WAYS)),
};
/** Degrees of longitude of a pixel, at the next whole zoom: it changes seldom. */
let pixel = 1e-5;
/** West, south, east, north of what is handed over; null: everything. */
let sight: [number, number, number, number] | null = null;
/** Null: all of them. */
let waiting: Set<string> | null = null;
let timer: ReturnType<typeof setTimeout> | undefined;
let drawn = -Infinity;
/** Behind a page of its own nobody sees the map: what comes waits until somebody does. */
let hidden = false;
/** What stood on the map before everything was looked at anew. */
const gone = new Set<string>();

forces.listen((ids) => {
  if (ids === null || waiting === null) waiting = null;
  else for (const id of ids) waiting.add(id);
  soon();
});

function soon(): void {
  if (!current || hidden) return;
  const left = drawn + PAUSE - performance.now();
  if (timer === undefined && left <= 0) draw();
  else timer ??= setTimeout(draw, left);
}

function draw(): void {
  timer = undefined;
  if (!current || hidden) return;
  drawn = performance.now();
  const ids = waiting;
  waiting = new Set();
  if (ids === null) {
    cells.clear(levelOf(current.getZoom()));
    for (const feeder of Object.values(feeders)) for (const key of feeder.keys()) if (!forces.shown.has(key)) gone.add(key);
  }
  for (const id of ids ?? forces.shown) count(id);
  for (const cell of cells.take()) circle(cell);
  for (const id of ids ?? forces.shown) sign(id);
  for (const key of gone) if (!cells.get(key)?.many) for (const feeder of Object.values(feeders)) feeder.put(key, null);
  gone.clear();
  for (const feeder of Object.values(feeders)) feeder.flush();
}

/** The map was moved or zoomed: what comes in sight is handed over, what left it goes. */
function look(): void {
  if (!current) return;
  const zoom = current.getZoom();
  const [west, south, east, north] = current.getBounds().toArray().flat() as [number, number, number, number];
  const [beside, above] = [(east - west) / 2, (north - south) / 2];
  const finer = 360 / (512 * 2 ** Math.ceil(zoom));
  const nothingNew = sight === null && zoom < CULLED_FROM && finer >= pixel && levelOf(zoom) === cells.level;
  pixel = finer;
  sight = zoom < CULLED_FROM ? null : [west - beside, south - above, east + beside, north + above];
  if (nothingNew) return;
  waiting = null;
  soon();
}

function inSight([x, y]: readonly [number, number]): boolean {
  return sight === null || (x >= sight[0] && x <= sight[2] && y >= sight[1] && y <= sight[3]);
}

function inView(id: string): Row | undefined {
  const row = forces.shown.has(id) ? forces.rows.all.get(id) : undefined;
  return row?.place && (inSight(row.place) || (row.body.target && inSight(row.body.target))) ? row : undefined;
}

function count(id: string): void {
  const row = inView(id);
  if (!row) return cells.put(id, null);
  const [x, y] = mercator(row.place!);
  cells.put(id, { x, y, free: row.free, calls: calling(row.body) !== '', alone: id === selected });
}

function circle(cell: Cell): void {
  feeders.points.put(cell.key, cell.many ? circleOf(cell) : null);
  if (cell.many !== cell.was) for (const id of cell.dots.keys()) sign(id);
}

function sign(id: string): void {
  const row = inView(id);
  feeders.ways.put(id, row ? wayOf(row) : null);
  if (!row || cells.circleOf(id)) return feeders.points.put(id, null);
  const plate = plateOf(row);
  const ready = () => {
    waiting?.add(id);
    soon();
  };
  if (hasPlate(current!, plate, theme, ready)) feeders.points.put(id, pointOf(row, plateName(plate, theme), pixel));
}

/** A circle with a count opens where it is clicked. */
function open(event: MapMouseEvent & { features?: unknown[] }): void {
  if (hand.drawing || !current) return;
  const [found] = current.queryRenderedFeatures(event.point, { layers: ['resource-cluster'] });
  const cell = found && cells.get(String(found.properties.key));
  if (cell) current.easeTo({ center: degrees(cell.middle), zoom: cell.opens + 0.3 });
}

export const LAYER: MapPart = {
  id: 'resource',
  layer: 'resources',
  add(map, drawnIn) {
    const fresh = current !== map || !map.getSource(POINTS);
    current = map;
    theme = drawnIn;
    waiting = null;
    if (!map.getSource(WAYS)) map.addSource(WAYS, { type: 'geojson', data: EMPTY });
    if (!map.getSource(POINTS)) map.addSource(POINTS, { type: 'geojson', data: EMPTY });
    for (const layer of specs(drawnIn)) {
      if (!map.getLayer(layer.id)) map.addLayer(layer);
      else for (const [name, value] of Object.entries(layer.paint ?? {})) map.setPaintProperty(layer.id, name as never, value as never);
    }
    if (fresh) {
      for (const feeder of Object.values(feeders)) feeder.renew();
      map.on('click', 'resource-cluster', open);
      const notice = () => {
        hidden = map.getContainer().clientWidth === 0;
        soon();
      };
      map.on('resize', notice);
      notice();
      map.on('moveend', look);
      map.on('zoom', () => levelOf(map.getZoom()) !== cells.level && look());
      look();
    }
    soon();
  },
  update(map, now) {
    theme = now.theme;
    const known = catalogueRevision();
    const speaks = text().locale;
    if (known !== catalogue || speaks !== language) {
      [catalogue, language, waiting] = [known, speaks, null];
      if (map.getLayer('resource-count')) map.setLayoutProperty('resource-count', 'text-field', countText());
      soon();
    }
    const key = now.selection?.kind === 'resource' ? now.selection.key : '';
    if (key !== selected) {
      for (const id of [selected, key]) waiting?.add(id);
      selected = key;
      soon();
    }
    if (map.getLayer('resource-ring') && JSON.stringify(map.getFilter('resource-ring')) !== JSON.stringify(chosen(key))) map.setFilter('resource-ring', chosen(key));
  },
  at(map, x, y) {
    if (!map.getLayer('resource-signs')) return null;
    const found = map.queryRenderedFeatures([[x - 4, y - 4], [x + 4, y + 4]], { layers: ['resource-signs'] }).sort((a, b) => b.properties.rank - a.properties.rank)[0];
    return found ? { kind: 'resource', key: found.properties.key } : null;
  },
};
