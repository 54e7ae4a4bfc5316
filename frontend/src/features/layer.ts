/** Features on the map: a framed mark whose shape and colour tell the level, lines and areas beneath it. */
import type { Feature, Geometry, Point } from 'geojson';
import type { LayerSpecification } from 'maplibre-gl';
import { idOf, shapeNumber } from '../map/features';
import { MarksAndShapes, near, RATIO } from '../map/pair';
import { shapeOf } from '../map/shapes';
import { LEVELS, LEVEL_COLOURS, MAP_COLOURS, UNKNOWN_COLOURS, type Level, type Theme } from '../palette';
import type { MapPart } from '../parts';
import { boxOf, rank, shownFeatures, type Shown } from './shown';

const FONT = ['Fira Sans Medium'];
const LOWEST_OF_GAUGES = 'selected';
const SIDE = 24;

const colourOf = (theme: Theme, level: Level | undefined) => (level === undefined ? UNKNOWN_COLOURS[theme] : LEVEL_COLOURS[theme][level]);
const iconOf = (level: Level | undefined) => `feature-${level ?? 'u'}`;

function images(theme: Theme): [string, ImageData][] {
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = SIDE * RATIO;
  const pen = canvas.getContext('2d', { willReadFrequently: true })!;
  return [...LEVELS, undefined].map((level) => {
    const c = MAP_COLOURS[theme];
    pen.setTransform(RATIO, 0, 0, RATIO, 0, 0);
    pen.clearRect(0, 0, SIDE, SIDE);
    pen.beginPath();
    pen.roundRect(2, 2, SIDE - 4, SIDE - 4, 4);
    pen.fillStyle = c.land;
    pen.fill();
    pen.lineWidth = 1.6;
    pen.strokeStyle = c.symbolInk;
    pen.stroke();
    pen.translate(SIDE / 2, SIDE / 2);
    pen.scale(0.62, 0.62);
    const path = new Path2D(shapeOf(level));
    if (level === undefined) pen.setLineDash([3.2, 2]);
    else {
      pen.fillStyle = colourOf(theme, level);
      pen.fill(path);
    }
    pen.lineWidth = 2;
    pen.strokeStyle = level === undefined ? colourOf(theme, level) : c.symbolInk;
    pen.stroke(path);
    pen.setLineDash([]);
    return [iconOf(level), pen.getImageData(0, 0, SIDE * RATIO, SIDE * RATIO)];
  });
}

function specs(theme: Theme): LayerSpecification[] {
  const c = MAP_COLOURS[theme];
  return [
    { id: 'feature-fill', type: 'fill', source: 'feature-shapes', filter: ['==', ['geometry-type'], 'Polygon'], paint: { 'fill-color': ['get', theme], 'fill-opacity': 0.22 } },
    { id: 'feature-line', type: 'line', source: 'feature-shapes', layout: { 'line-join': 'round' }, paint: { 'line-color': ['get', theme], 'line-width': 3 } },
    { id: 'feature-ring', type: 'circle', source: 'feature-points', filter: ['==', ['get', 'key'], ''], paint: { 'circle-radius': 19, 'circle-color': c.selected, 'circle-opacity': 0.22, 'circle-stroke-color': c.selected, 'circle-stroke-width': 3 } },
    {
      id: 'feature-signs', type: 'symbol', source: 'feature-points',
      layout: {
        'icon-image': ['get', 'icon'], 'icon-allow-overlap': true, 'icon-size': ['interpolate', ['linear'], ['zoom'], 6, 0.6, 10, 0.9, 13, 1], 'symbol-sort-key': ['get', 'rank'],
        'text-field': ['step', ['zoom'], '', 10.5, ['get', 'label']], 'text-font': FONT, 'text-size': 12, 'text-anchor': 'top', 'text-offset': [0, 1.2], 'text-max-width': 12, 'text-optional': true,
      },
      paint: { 'text-color': c.symbolInk, 'text-halo-color': c.halo, 'text-halo-width': 1.8 },
    },
  ];
}

/** Where the mark stands: at the point, else in the middle of the box. */
function pointOf({ body, id }: Shown): { feature: Feature<Point>; signature: string } | null {
  const box = boxOf(body.geometry);
  if (!box) return null;
  const at = body.geometry?.type === 'Point' ? (body.geometry.coordinates as [number, number]) : [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2];
  const properties = { key: id, icon: iconOf(body.level), rank: rank(body.level), label: body.title.length > 40 ? `${body.title.slice(0, 39)}…` : body.title };
  return { feature: { type: 'Feature', id: idOf(id), geometry: { type: 'Point', coordinates: at }, properties }, signature: JSON.stringify([at, properties]) };
}

function shapeFeature({ body, id }: Shown): { feature: Feature<Geometry>; signature: string } | null {
  const { geometry } = body;
  if (!geometry || geometry.type === 'Point' || geometry.type === 'MultiPoint') return null;
  const properties = { key: id, light: colourOf('light', body.level), dark: colourOf('dark', body.level), night: colourOf('night', body.level) };
  return { feature: { type: 'Feature', id: idOf(id), geometry, properties }, signature: `${body.level}|${shapeNumber(geometry)}` };
}

const pair = new MarksAndShapes('feature', images, specs, LOWEST_OF_GAUGES);

export const LAYER: MapPart = {
  id: 'features',
  layer: 'features',
  underGauges: true,
  add: (map, theme) => pair.add(map, theme),
  update(map, now) {
    const rows = shownFeatures(now.clock).map((row) => ({ key: row.id, point: pointOf(row), shape: shapeFeature(row) }));
    pair.show(map, rows, now.selection?.kind === 'feature' ? now.selection.key : '');
  },
  at(map, x, y) {
    const found = near(map, x, y, ['feature-signs']).sort((a, b) => b.properties.rank - a.properties.rank)[0] ?? near(map, x, y, ['feature-line'])[0];
    return found ? { kind: 'feature', key: found.properties.key } : null;
  },
};
