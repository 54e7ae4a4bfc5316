/** Resources on the map: a sign at each place, circles with a count where there are many, a line to where they drive. */
import type { Feature, LineString, Point } from 'geojson';
import type { ExpressionSpecification, FilterSpecification, GeoJSONSource, LayerSpecification, Map as MapLibre, MapMouseEvent } from 'maplibre-gl';
import { clockTime } from '../format';
import { idOf } from '../map/features';
import { Feeder } from '../map/feeder';
import { hand } from '../map/hand.svelte';
import { MAP_COLOURS, type Theme } from '../palette';
import type { MapPart } from '../parts';
import { text } from '../text/index.svelte';
import { catalogueRevision } from './catalogue.svelte';
import { forces } from './forces.svelte';
import { hasPlate, plateName, type Plate } from './plates';
import { calling, digit } from './rules';
import type { Row } from './rows';
import { signOfResource } from './signs';

const FONT = ['Fira Sans Medium'];
const POINTS = 'resource-points';
const WAYS = 'resource-ways';
/** From this zoom on only what lies in sight and around it is handed to the map. Further out nobody sees single ones. */
const CULLED_FROM = 9;
const EMPTY = { type: 'FeatureCollection' as const, features: [] };
/** Moving vehicles are drawn anew at most so often, in ms: the more there are, the longer circles take to be counted. */
const pause = () => (feeders.points.size > 5_000 ? 300 : 100);
const chosen = (key: string): FilterSpecification => ['all', ['!', ['has', 'point_count']], ['==', ['get', 'key'], key]];

const countText = (): ExpressionSpecification => ['format', ['get', 'point_count_abbreviated'], { 'font-scale': 1 }, ['concat', '\n', ['to-string', ['get', 'free']], ' ', text().resources.onMap.free], { 'font-scale': 0.72 }];

function specs(theme: Theme): LayerSpecification[] {
  const c = MAP_COLOURS[theme];
  const single: FilterSpecification = ['!', ['has', 'point_count']];
  const many: FilterSpecification = ['has', 'point_count'];
  return [
    { id: 'resource-way', type: 'line', source: WAYS, layout: { 'line-join': 'round', 'line-cap': 'round' }, paint: { 'line-color': c.symbolInk, 'line-width': 2, 'line-dasharray': [1.5, 2], 'line-opacity': 0.85 } },
    { id: 'resource-way-eta', type: 'symbol', source: WAYS, minzoom: 9, layout: { 'symbol-placement': 'line-center', 'text-field': ['get', 'eta'], 'text-font': FONT, 'text-size': 12, 'text-offset': [0, -0.8] }, paint: { 'text-color': c.symbolInk, 'text-halo-color': c.halo, 'text-halo-width': 1.8 } },
    { id: 'resource-cluster', type: 'circle', source: POINTS, filter: many, paint: { 'circle-radius': ['step', ['get', 'point_count'], 16, 20, 20, 100, 25, 1000, 31], 'circle-color': c.land, 'circle-stroke-color': ['case', ['>', ['get', 'calls'], 0], c.selected, c.symbolInk] as ExpressionSpecification, 'circle-stroke-width': ['case', ['>', ['get', 'calls'], 0], 4, 2] as ExpressionSpecification, 'circle-opacity': 0.92 } },
    { id: 'resource-count', type: 'symbol', source: POINTS, filter: many, layout: { 'text-field': countText(), 'text-font': FONT, 'text-size': 13, 'text-line-height': 1, 'text-allow-overlap': true, 'text-ignore-placement': true }, paint: { 'text-color': c.symbolInk } },
    { id: 'resource-ring', type: 'circle', source: POINTS, filter: chosen(''), paint: { 'circle-radius': 27, 'circle-color': c.selected, 'circle-opacity': 0.22, 'circle-stroke-color': c.selected, 'circle-stroke-width': 3 } },
    {
      id: 'resource-signs', type: 'symbol', source: POINTS, filter: single,
      layout: {
        'icon-image': ['get', 'icon'], 'icon-allow-overlap': true, 'icon-padding': 0, 'icon-size': ['interpolate', ['linear'], ['zoom'], 6, 0.6, 10, 0.8, 13, 1], 'symbol-sort-key': ['get', 'rank'],
        'text-field': ['step', ['zoom'], '', 11.5, ['get', 'label']], 'text-font': FONT, 'text-size': 12, 'text-anchor': 'top', 'text-offset': [0, 2.1], 'text-max-width': 12, 'text-optional': true,
      },
      paint: { 'text-color': c.symbolInk, 'text-halo-color': c.halo, 'text-halo-width': 1.8 },
    },
  ];
}

function plateOf(row: Row): Plate {
  const { body } = row;
  const call = calling(body);
  return {
    sign: signOfResource(body, String(forces.rows.fleet(body.organisation)?.kind ?? '')),
    relation: row.relation, fresh: row.fresh, digit: call || digit(body), calling: call !== '', gone: body.availability === 'OUT_OF_SERVICE',
  };
}

function pointOf(row: Row, icon: string): { feature: Feature<Point>; signature: string } {
  const call = calling(row.body) ? 1 : 0;
  const words = text().resources.position;
  const label = row.fresh === 'lost' ? `${row.body.callsign}\n${words.lost}` : row.body.callsign;
  const rank = (call ? 20 : 0) + (row.fresh === 'fresh' ? 5 : 0) + (row.free ? 0 : 3);
  const [x, y] = row.place!;
  return {
    feature: { type: 'Feature', id: idOf(row.id), geometry: { type: 'Point', coordinates: [x, y] }, properties: { key: row.id, icon, label, rank, free: row.free ? 1 : 0, calls: call } },
    // A move of less than a pixel is not drawn: seen from afar hundreds of vehicles move each second, and nothing does.
    signature: `${icon}|${Math.round(x / pixel)}|${Math.round(y / pixel)}|${label}|${rank}|${row.free}`,
  };
}

/** For whoever is under way and has said where to. */
function wayOf({ id, body, place }: Row): { feature: Feature<LineString>; signature: string } | null {
  if (!place || !body.target || (body.deployment !== 'EN_ROUTE' && body.deployment !== 'ALERTED')) return null;
  const eta = body.eta ? text().resources.eta(clockTime(Date.parse(body.eta))) : '';
  return {
    feature: { type: 'Feature', id: idOf(id), geometry: { type: 'LineString', coordinates: [place, body.target] }, properties: { key: id, eta } },
    signature: `${place}|${body.target}|${eta}`,
  };
}

let current: MapLibre | undefined;
let theme: Theme = 'light';
let catalogue = -1;
let language = '';
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

forces.listen((ids) => {
  if (ids === null || waiting === null) waiting = null;
  else for (const id of ids) waiting.add(id);
  soon();
});

function soon(): void {
  if (!current) return;
  const left = drawn + pause() - performance.now();
  if (timer === undefined && left <= 0) draw();
  else timer ??= setTimeout(draw, left);
}

function draw(): void {
  timer = undefined;
  if (!current) return;
  drawn = performance.now();
  const ids = waiting;
  waiting = new Set();
  if (ids === null) {
    for (const feeder of Object.values(feeders)) for (const key of [...feeder.keys()]) if (!forces.shown.has(key)) feeder.put(key, null);
    for (const id of forces.shown) put(id);
  } else for (const id of ids) put(id);
  for (const feeder of Object.values(feeders)) feeder.flush();
}

/** The map was moved or zoomed: what comes in sight is handed over, what left it goes. */
function look(): void {
  if (!current) return;
  const zoom = current.getZoom();
  const [west, south, east, north] = current.getBounds().toArray().flat() as [number, number, number, number];
  const [beside, above] = [(east - west) / 2, (north - south) / 2];
  const finer = 360 / (512 * 2 ** Math.ceil(zoom));
  const nothingNew = sight === null && zoom < CULLED_FROM && finer >= pixel;
  pixel = finer;
  sight = zoom < CULLED_FROM ? null : [west - beside, south - above, east + beside, north + above];
  if (nothingNew) return;
  waiting = null;
  soon();
}

function inSight([x, y]: readonly [number, number]): boolean {
  return sight === null || (x >= sight[0] && x <= sight[2] && y >= sight[1] && y <= sight[3]);
}

function put(id: string): void {
  const row = forces.shown.has(id) ? forces.rows.all.get(id) : undefined;
  if (!row?.place || !(inSight(row.place) || (row.body.target && inSight(row.body.target)))) {
    for (const feeder of Object.values(feeders)) feeder.put(id, null);
    return;
  }
  const plate = plateOf(row);
  const ready = () => {
    waiting?.add(id);
    soon();
  };
  if (hasPlate(current!, plate, theme, ready)) feeders.points.put(id, pointOf(row, plateName(plate, theme)));
  feeders.ways.put(id, wayOf(row));
}

/** A circle with a count opens where it is clicked. */
function open(event: MapMouseEvent & { features?: unknown[] }): void {
  if (hand.drawing || !current) return;
  const [found] = current.queryRenderedFeatures(event.point, { layers: ['resource-cluster'] });
  if (!found) return;
  const map = current;
  void map.getSource<GeoJSONSource>(POINTS)?.getClusterExpansionZoom(Number(found.properties.cluster_id)).then((zoom) => map.easeTo({ center: (found.geometry as Point).coordinates as [number, number], zoom: zoom + 0.3 }), () => {});
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
    if (!map.getSource(POINTS)) map.addSource(POINTS, { type: 'geojson', data: EMPTY, cluster: true, clusterRadius: 44, clusterMaxZoom: 11, clusterMinPoints: 4, clusterProperties: { free: ['+', ['get', 'free']], calls: ['+', ['get', 'calls']] } });
    for (const layer of specs(drawnIn)) {
      if (!map.getLayer(layer.id)) map.addLayer(layer);
      else for (const [name, value] of Object.entries(layer.paint ?? {})) map.setPaintProperty(layer.id, name as never, value as never);
    }
    if (fresh) {
      for (const feeder of Object.values(feeders)) feeder.renew();
      map.on('click', 'resource-cluster', open);
      map.on('moveend', look);
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
    if (map.getLayer('resource-ring') && JSON.stringify(map.getFilter('resource-ring')) !== JSON.stringify(chosen(key))) map.setFilter('resource-ring', chosen(key));
  },
  at(map, x, y) {
    if (!map.getLayer('resource-signs')) return null;
    const found = map.queryRenderedFeatures([[x - 4, y - 4], [x + 4, y + 4]], { layers: ['resource-signs'] }).sort((a, b) => b.properties.rank - a.properties.rank)[0];
    return found ? { kind: 'resource', key: found.properties.key } : null;
  },
};
