/** Who has reported: municipalities by the state of their node, each look with its own pattern and sign, and one figure
 *  of the reports as circles. */
import type { Feature } from 'geojson';
import type { ExpressionSpecification, GeoJSONSource, LayerSpecification, Map as MapLibre } from 'maplibre-gl';
import { age, number } from '../format';
import { idOf } from '../map/features';
import { Feeder } from '../map/feeder';
import { MAP_COLOURS, type Theme } from '../palette';
import type { MapPart } from '../parts';
import { cells } from './figures';
import { LOOKS, MARKS, type Look } from './looks';
import { looksOfTowns, mapped, mapShown, ownerOfTown, places, type Place } from './nodes.svelte';
import { text } from '../text/index.svelte';

export const LOOK_COLOURS: Record<Theme, Record<Look, string>> = {
  light: { fresh: '#1d6b48', late: '#8a5300', silent: '#a5122b', open: '#5d6470', stranger: '#a9aeb7' },
  dark: { fresh: '#6fd0a0', late: '#ffcf70', silent: '#ff7185', open: '#a3aab8', stranger: '#6a707d' },
  night: { fresh: '#a89a5a', late: '#d9a441', silent: '#d0533a', open: '#7d7069', stranger: '#4d4541' },
};
const FONT = ['Fira Sans Medium'];
const EMPTY = { type: 'FeatureCollection' as const, features: [] };
const SIZE = 32;
const RATIO = 2;

function pattern(look: Look, colour: string): ImageData {
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = SIZE;
  const pen = canvas.getContext('2d', { willReadFrequently: true })!;
  pen.strokeStyle = pen.fillStyle = colour;
  pen.lineWidth = 3;
  const stripes = (way: 1 | -1) => {
    for (let shift = -SIZE; shift <= SIZE; shift += 16) {
      pen.beginPath();
      pen.moveTo(shift, way === 1 ? SIZE : 0);
      pen.lineTo(shift + SIZE, way === 1 ? 0 : SIZE);
      pen.stroke();
    }
  };
  const wash = (alpha: number) => {
    pen.globalAlpha = alpha;
    pen.fillRect(0, 0, SIZE, SIZE);
  };
  if (look === 'fresh') wash(0.34);
  pen.globalAlpha = 0.6;
  if (look === 'late' || look === 'silent') stripes(1);
  if (look === 'silent') stripes(-1);
  if (look === 'open') for (const [x, y] of [[8, 8], [24, 24]] as const) pen.fillRect(x - 2, y - 2, 4, 4);
  if (look === 'silent') wash(0.16);
  return pen.getImageData(0, 0, SIZE, SIZE);
}

function mark(look: Look, theme: Theme): ImageData {
  const c = MAP_COLOURS[theme];
  const colour = LOOK_COLOURS[theme][look];
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = 26 * RATIO;
  const pen = canvas.getContext('2d', { willReadFrequently: true })!;
  pen.scale(RATIO, RATIO);
  pen.translate(1, 1);
  const { shape, sign, filled } = MARKS[look];
  pen.lineJoin = pen.lineCap = 'round';
  pen.fillStyle = filled ? colour : c.halo;
  pen.strokeStyle = filled ? c.halo : colour;
  pen.lineWidth = 2;
  pen.fill(new Path2D(shape));
  pen.stroke(new Path2D(shape));
  pen.lineWidth = 2.6;
  pen.stroke(new Path2D(sign));
  return pen.getImageData(0, 0, 26 * RATIO, 26 * RATIO);
}

function byLook(): ExpressionSpecification | string {
  const groups = new Map<Look, string[]>();
  for (const [ars, look] of looksOfTowns()) if (look !== 'stranger') groups.set(look, [...(groups.get(look) ?? []), ars]);
  if (!groups.size) return 'report-stranger';
  return ['match', ['get', 'ars'], ...[...groups].flatMap(([look, keys]) => [keys, `report-${look}`]), 'report-stranger'] as unknown as ExpressionSpecification;
}

function specs(theme: Theme): LayerSpecification[] {
  const c = MAP_COLOURS[theme];
  const towns = { source: 'municipalities', 'source-layer': 'municipalities' };
  return [
    { id: 'report-fill', type: 'fill', ...towns, paint: { 'fill-pattern': byLook() } },
    { id: 'report-chosen', type: 'line', ...towns, filter: ['==', ['get', 'ars'], ''], layout: { 'line-join': 'round' }, paint: { 'line-color': c.selected, 'line-width': 4 } },
    { id: 'report-figure', type: 'circle', source: 'report-nodes', filter: ['>', ['get', 'size'], 0],
      paint: { 'circle-radius': ['interpolate', ['linear'], ['zoom'], 6, ['*', 6, ['get', 'size']], 8, ['*', 13, ['get', 'size']], 9.5, ['*', 30, ['get', 'size']], 11, ['*', 44, ['get', 'size']]], 'circle-color': c.symbolInk, 'circle-opacity': 0.16, 'circle-stroke-color': c.symbolInk, 'circle-stroke-width': 1.5, 'circle-stroke-opacity': 0.75 } },
    { id: 'report-ring', type: 'circle', source: 'report-nodes', filter: ['==', ['get', 'key'], ''], paint: { 'circle-radius': 19, 'circle-color': c.selected, 'circle-opacity': 0.22, 'circle-stroke-color': c.selected, 'circle-stroke-width': 3 } },
    { id: 'report-marks', type: 'symbol', source: 'report-nodes',
      layout: { 'icon-image': ['concat', 'report-mark-', ['get', 'look']], 'icon-allow-overlap': true, 'icon-size': ['interpolate', ['linear'], ['zoom'], 6, 0.3, 8, 0.5, 11, 1], 'symbol-sort-key': ['-', 0, ['get', 'rank']] } },
    { id: 'report-labels', type: 'symbol', source: 'report-nodes', minzoom: 7,
      layout: { 'text-field': ['step', ['zoom'], ['get', 'short'], 9, ['get', 'label']], 'text-font': FONT, 'text-size': 11.5, 'text-anchor': 'top', 'text-offset': [0, 1.1], 'text-max-width': 12, 'text-padding': 1, 'text-optional': true, 'symbol-sort-key': ['get', 'rank'] },
      paint: { 'text-color': c.symbolInk, 'text-halo-color': c.halo, 'text-halo-width': 1.8 } },
  ];
}

function feature(place: Place, most: number, now: number): { feature: Feature; signature: string } | null {
  if (!place.point) return null;
  const words = text().exchange;
  const value = mapped.figure >= 0 && place.part ? (cells(place.part.figures ?? {})[mapped.figure] ?? 0) : 0;
  const told = place.part ? age(place.part.at, now) : words.reports.none;
  const figure = place.part && mapped.figure >= 0 ? ` · ${number(value)} ${words.figures.short[mapped.figure]?.short ?? ''}` : '';
  const properties = {
    key: place.origin, look: place.look, rank: LOOKS.indexOf(place.look), size: most && value > 0 ? Math.max(0.2, Math.sqrt(value / most)) : 0,
    short: place.part ? told : '', label: `${place.name.slice(0, 40)}${place.roughly ? ' ≈' : ''}\n${told}${figure}`,
  };
  return { feature: { type: 'Feature', id: idOf(`report:${place.origin}`), geometry: { type: 'Point', coordinates: place.point }, properties }, signature: JSON.stringify([place.point, properties]) };
}

let current: MapLibre | undefined;
let filled: ReturnType<typeof looksOfTowns> | undefined;
let chosen = '';
const nodes = new Feeder(() => current?.getSource<GeoJSONSource>('report-nodes'));

/** What the node of this key, or the town that is no partner's, is called in the address bar. */
export const TOWN = 'ars:';

export const LAYER: MapPart = {
  id: 'reports',
  layer: 'reports',
  underGauges: true,
  add(map, theme) {
    const fresh = current !== map || !map.getSource('report-nodes');
    current = map;
    if (!map.getSource('report-nodes')) map.addSource('report-nodes', { type: 'geojson', data: EMPTY });
    const images = LOOKS.flatMap((look): [string, ImageData, number][] => [[`report-${look}`, pattern(look, LOOK_COLOURS[theme][look]), 1], [`report-mark-${look}`, mark(look, theme), RATIO]]);
    for (const [name, image, pixelRatio] of images) if (map.hasImage(name)) map.updateImage(name, image); else map.addImage(name, image, { pixelRatio });
    for (const layer of specs(theme)) {
      if (!map.getLayer(layer.id)) map.addLayer(layer, layer.type === 'symbol' || layer.type === 'circle' || !map.getLayer('municipality-line') ? undefined : 'municipality-line');
      else for (const [name, value] of Object.entries(layer.paint ?? {})) map.setPaintProperty(layer.id, name as never, value as never);
    }
    filled = looksOfTowns();
    chosen = '?';
    if (fresh) nodes.renew();
  },
  update(map, now) {
    if (!map.getLayer('report-fill')) return;
    const all = mapShown() ? places() : [];
    const most = Math.max(0, ...all.map(({ part }) => (part && mapped.figure >= 0 ? (cells(part.figures ?? {})[mapped.figure] ?? 0) : 0)));
    const shown = new Set<string>();
    for (const place of all) {
      shown.add(place.origin);
      nodes.put(place.origin, feature(place, most, now.clock));
    }
    for (const key of [...nodes.keys()]) if (!shown.has(key)) nodes.put(key, null);
    const looks = mapShown() ? looksOfTowns() : new Map<string, Look>();
    if (!same(looks, filled)) {
      filled = looks;
      map.setPaintProperty('report-fill', 'fill-pattern', mapShown() ? byLook() : 'report-stranger');
    }
    const key = now.selection?.kind === 'report_node' ? now.selection.key : '';
    const area = key.startsWith(TOWN) ? key.slice(TOWN.length) : (all.find(({ origin }) => origin === key)?.key ?? '');
    if (chosen === `${key} ${area}`) return;
    chosen = `${key} ${area}`;
    map.setFilter('report-ring', ['==', ['get', 'key'], key]);
    map.setFilter('report-chosen', area ? ['==', ['slice', ['get', 'ars'], 0, area.length], area] : ['==', ['get', 'ars'], '']);
  },
  at(map, x, y) {
    if (!mapShown() || !map.getLayer('report-fill')) return null;
    const found = map.queryRenderedFeatures([[x - 5, y - 5], [x + 5, y + 5]], { layers: ['report-marks'] })[0];
    if (found) return { kind: 'report_node', key: String(found.properties.key) };
    const town = map.queryRenderedFeatures([x, y], { layers: ['report-fill'] })[0]?.properties.ars as string | undefined;
    if (!town || !looksOfTowns().has(town)) return null;
    return { kind: 'report_node', key: ownerOfTown(town)?.origin ?? `${TOWN}${town}` };
  },
};

function same(a: Map<string, Look>, b: Map<string, Look> | undefined): boolean {
  return a === b || (b !== undefined && a.size === b.size && [...a].every(([ars, look]) => b.get(ars) === look));
}
