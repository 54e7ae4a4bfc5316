/** What the map draws of resources: layers, the sign of one, the circle of many, the line to where one drives. */
import type { Feature, LineString, Point } from 'geojson';
import type { ExpressionSpecification, FilterSpecification, LayerSpecification } from 'maplibre-gl';
import { clockTime } from '../format';
import { idOf } from '../map/features';
import { MAP_COLOURS, type Theme } from '../palette';
import { text } from '../text/index.svelte';
import { degrees, type Cell } from './cells';
import { forces } from './forces.svelte';
import type { Plate } from './plates';
import { calling, digit } from './rules';
import type { Row } from './rows';
import { signOfResource } from './signs';

const FONT = ['Fira Sans Medium'];
export const POINTS = 'resource-points';
export const WAYS = 'resource-ways';

/** `signature` changes when and only when the drawing does. */
export interface Made<Shape extends Point | LineString> {
  feature: Feature<Shape>;
  signature: string;
}

const single: FilterSpecification = ['!', ['has', 'point_count']];
const many: FilterSpecification = ['has', 'point_count'];
export const chosen = (key: string): FilterSpecification => ['all', ['!', ['has', 'point_count']], ['==', ['get', 'key'], key]];
export const countText = (): ExpressionSpecification => ['format', ['get', 'count'], { 'font-scale': 1 }, ['concat', '\n', ['to-string', ['get', 'free']], ' ', text().resources.onMap.free], { 'font-scale': 0.72 }];

export function specs(theme: Theme): LayerSpecification[] {
  const c = MAP_COLOURS[theme];
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

export function plateOf(row: Row): Plate {
  const { body } = row;
  const call = calling(body);
  return {
    sign: signOfResource(body, String(forces.rows.fleet(body.organisation)?.kind ?? '')),
    relation: row.relation, fresh: row.fresh, digit: call || digit(body), calling: call !== '', gone: body.availability === 'OUT_OF_SERVICE',
  };
}

/** A move of less than `pixel`, degrees of longitude, is not drawn. */
export function pointOf(row: Row, icon: string, pixel: number): Made<Point> {
  const call = calling(row.body) ? 1 : 0;
  const words = text().resources.position;
  const label = row.fresh === 'lost' ? `${row.body.callsign}\n${words.lost}` : row.body.callsign;
  const rank = (call ? 20 : 0) + (row.fresh === 'fresh' ? 5 : 0) + (row.free ? 0 : 3);
  const [x, y] = row.place!;
  return {
    feature: { type: 'Feature', id: idOf(row.id), geometry: { type: 'Point', coordinates: [x, y] }, properties: { key: row.id, icon, label, rank } },
    signature: `${icon}|${Math.round(x / pixel)}|${Math.round(y / pixel)}|${label}|${rank}`,
  };
}

/** `by` tells a bench whose move it was. */
export function circleOf(cell: Cell): Made<Point> {
  const { size } = cell.dots;
  const count = size < 1_000 ? String(size) : `${size < 10_000 ? Math.round(size / 100) / 10 : Math.round(size / 1_000)}k`;
  const at = degrees(cell.middle);
  return {
    feature: { type: 'Feature', id: idOf(cell.key), geometry: { type: 'Point', coordinates: at }, properties: { key: cell.key, point_count: size, count, free: cell.free, calls: cell.calls, by: cell.by } },
    signature: `${size}|${cell.free}|${cell.calls}|${at}`,
  };
}

/** For whoever is under way and has said where to. */
export function wayOf({ id, body, place }: Row): Made<LineString> | null {
  if (!place || !body.target || (body.deployment !== 'EN_ROUTE' && body.deployment !== 'ALERTED')) return null;
  const eta = body.eta ? text().resources.eta(clockTime(Date.parse(body.eta))) : '';
  return {
    feature: { type: 'Feature', id: idOf(id), geometry: { type: 'LineString', coordinates: [place, body.target] }, properties: { key: id, eta } },
    signature: `${place}|${body.target}|${eta}`,
  };
}
