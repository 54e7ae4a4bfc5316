/** What partners let us see, in the neighbour's style: a dashed double rim and a sparse hatch, never only another colour;
 *  their name stands beneath, and all of it fades while they are silent. */
import type { Feature } from 'geojson';
import type { ExpressionSpecification, LayerSpecification } from 'maplibre-gl';
import type { Thing } from '../live/store.svelte';
import { idOf, shapeNumber } from '../map/features';
import { MarksAndShapes, near, RATIO } from '../map/pair';
import { MAP_COLOURS, type Theme } from '../palette';
import type { MapPart } from '../parts';
import { middle } from '../situation/measure';
import { text } from '../text/index.svelte';
import type { Kind } from '../view';
import { neighbours } from './neighbours.svelte';
import { OPACITY } from './silence';
import { DRAWN, previewed, shapeOf, signOf, theirThings, titleOf } from './theirs.svelte';

const FONT = ['Fira Sans Medium'];
const WIDE = 46;
const HIGH = 28;
const fade: ExpressionSpecification = ['get', 'fade'];
const faded = (solid: number): ExpressionSpecification => ['*', solid, ['get', 'fade']];

function drawn(theme: Theme): [string, ImageData][] {
  const c = MAP_COLOURS[theme];
  const canvas = document.createElement('canvas');
  canvas.width = WIDE * RATIO;
  canvas.height = HIGH * RATIO;
  const pen = canvas.getContext('2d', { willReadFrequently: true })!;
  pen.scale(RATIO, RATIO);
  pen.beginPath();
  pen.roundRect(1.5, 1.5, WIDE - 3, HIGH - 3, 12);
  pen.fillStyle = c.land;
  pen.fill();
  pen.strokeStyle = c.symbolInk;
  pen.lineWidth = 2;
  pen.setLineDash([4, 2.5]);
  pen.stroke();
  pen.beginPath();
  pen.roundRect(4.5, 4.5, WIDE - 9, HIGH - 9, 9);
  pen.setLineDash([]);
  pen.lineWidth = 1;
  pen.stroke();
  const mark = pen.getImageData(0, 0, WIDE * RATIO, HIGH * RATIO);
  canvas.width = canvas.height = 32;
  pen.strokeStyle = c.symbolInk;
  pen.globalAlpha = 0.5;
  pen.lineWidth = 2;
  pen.setLineDash([5, 6]);
  for (const shift of [0, 32]) {
    pen.beginPath();
    pen.moveTo(shift - 32, 0);
    pen.lineTo(shift, 32);
    pen.stroke();
  }
  return [['partner-mark', mark], ['partner-hatch', pen.getImageData(0, 0, 32, 32)]];
}

function specs(theme: Theme): LayerSpecification[] {
  const c = MAP_COLOURS[theme];
  const halo = { 'text-color': c.symbolInk, 'text-halo-color': c.halo, 'text-halo-width': 1.8 };
  return [
    { id: 'partner-fill', type: 'fill', source: 'partner-shapes', filter: ['==', ['geometry-type'], 'Polygon'], paint: { 'fill-pattern': 'partner-hatch', 'fill-opacity': faded(0.75) } },
    { id: 'partner-casing', type: 'line', source: 'partner-shapes', layout: { 'line-join': 'round' }, paint: { 'line-color': c.symbolInk, 'line-width': 7, 'line-opacity': faded(0.9) } },
    { id: 'partner-inner', type: 'line', source: 'partner-shapes', layout: { 'line-join': 'round' }, paint: { 'line-color': c.halo, 'line-width': 4.5, 'line-opacity': fade } },
    { id: 'partner-outline', type: 'line', source: 'partner-shapes', layout: { 'line-join': 'round' }, paint: { 'line-color': c.symbolInk, 'line-width': 2, 'line-dasharray': [3, 2], 'line-opacity': fade } },
    { id: 'partner-ring', type: 'circle', source: 'partner-points', filter: ['==', ['get', 'key'], ''], paint: { 'circle-radius': 28, 'circle-color': c.selected, 'circle-opacity': 0.22, 'circle-stroke-color': c.selected, 'circle-stroke-width': 3 } },
    {
      id: 'partner-marks', type: 'symbol', source: 'partner-points',
      layout: { 'icon-image': 'partner-mark', 'icon-allow-overlap': true, 'icon-size': ['interpolate', ['linear'], ['zoom'], 6, 0.62, 10, 0.85, 13, 1], 'text-field': ['get', 'sign'], 'text-font': FONT, 'text-size': ['interpolate', ['linear'], ['zoom'], 6, 7, 10, 10, 13, 12], 'text-allow-overlap': true, 'text-ignore-placement': true },
      paint: { 'icon-opacity': fade, 'text-color': c.symbolInk, 'text-opacity': fade },
    },
    {
      id: 'partner-names', type: 'symbol', source: 'partner-points', minzoom: 8.5,
      layout: { 'text-field': ['get', 'label'], 'text-font': FONT, 'text-size': 12, 'text-anchor': 'top', 'text-offset': [0, 1.4], 'text-max-width': 14, 'text-padding': 1, 'text-optional': true },
      paint: { ...halo, 'text-opacity': fade },
    },
  ];
}

const SHORT = 44;

function features(thing: Thing, preview: boolean): { point: { feature: Feature; signature: string } | null; shape: { feature: Feature; signature: string } | null } {
  const geometry = shapeOf(thing);
  if (!geometry) return { point: null, shape: null };
  const at = middle(geometry);
  const opacity = preview ? 1 : OPACITY[neighbours.silence(thing.origin)];
  const name = titleOf(thing.kind, thing.body);
  const owner = preview ? text().sharing.mark : neighbours.name(thing.origin);
  const standing = preview ? '' : neighbours.standing(thing.origin);
  const label = `${name.length > SHORT ? `${name.slice(0, SHORT)}…` : name}\n${owner}${standing ? ` · ${standing}` : ''}`;
  const properties = { key: thing.ref, kind: thing.kind, sign: signOf(thing), label, fade: opacity };
  const flat = geometry.type === 'Point' || geometry.type === 'MultiPoint';
  return {
    point: at && { feature: { type: 'Feature', id: idOf(thing.ref), geometry: { type: 'Point', coordinates: at }, properties }, signature: JSON.stringify([at, properties]) },
    shape: flat ? null : { feature: { type: 'Feature', id: idOf(thing.ref), geometry, properties }, signature: `${shapeNumber(geometry)}|${opacity}` },
  };
}

const pair = new MarksAndShapes('partner', drawn, specs);

export const LAYER: MapPart = {
  id: 'partners',
  layer: 'partners',
  underGauges: true,
  add: (map, theme) => pair.add(map, theme),
  update(map, now) {
    const rows = [...[...theirThings(...DRAWN)].map((thing) => ({ thing, preview: false })), ...previewed.things.filter(({ kind }) => DRAWN.includes(kind)).map((thing) => ({ thing, preview: true }))];
    pair.show(map, rows.map(({ thing, preview }) => ({ key: thing.ref, ...features(thing, preview) })), now.selection?.key ?? '');
  },
  at(map, x, y) {
    const found = near(map, x, y, ['partner-marks'])[0] ?? near(map, x, y, ['partner-outline', 'partner-casing'])[0];
    return found && !previewed.things.some(({ ref }) => ref === found.properties.key) ? { kind: found.properties.kind as Kind, key: found.properties.key } : null;
  },
};
