/** The map's style: land from our own tiles, warnings as areas, gauges above. Without `glyphs` MapLibre draws labels
 *  itself from the page's font, so that nothing is asked of a network. */
import type { ExpressionSpecification, LayerSpecification, StyleSpecification } from 'maplibre-gl';
import { LEVEL_COLOURS, MAP_COLOURS, UNKNOWN_COLOURS, type Theme } from '../palette';
import type { Layer } from '../view';

const FONT = ['Fira Sans'];
const FONT_STRONG = ['Fira Sans Medium'];
const EMPTY = { type: 'FeatureCollection' as const, features: [] };

/** The first of our layers that stands above a basemap. */
export const ABOVE_BASEMAP = 'land-named';

/** Which layers a switch of the rail shows and hides. */
export const SWITCHED: Record<Layer, string[]> = {
  alarms: [],
  helpers: [],
  resources: [],
  sites: [],
  sectors: [],
  facilities: [],
  zones: [],
  partners: [],
  reports: [],
  satellite: [],
  features: [],
  gauges: ['gauges', 'gauge-values'],
  warnings: ['land-named', 'warning-fill', 'warning-hatch', 'warning-casing', 'warning-mowas', 'warning-dwd', 'warning-other', 'warning-selected'],
  municipalities: ['municipality-line'],
  districts: ['district-line', 'region-line'],
  places: ['place-labels'],
  basemap: [],
};

function byLevel(theme: Theme): ExpressionSpecification {
  const colours = LEVEL_COLOURS[theme];
  return ['match', ['get', 'level'], 0, colours[0], 1, colours[1], 2, colours[2], 3, colours[3], 4, colours[4], UNKNOWN_COLOURS[theme]];
}

/** `named` are municipalities that a warning names without giving a shape, by their level. */
export function layers(theme: Theme, basemap: boolean, named: Map<string, number>): LayerSpecification[] {
  const c = MAP_COLOURS[theme];
  const level = byLevel(theme);
  const tiles = (layer: string) => ({ source: layer, 'source-layer': layer });
  const publisher = (name: string): ExpressionSpecification => ['==', ['get', 'publisher'], name];
  const outline = (id: string, name: string, dash?: number[]): LayerSpecification => ({
    id, type: 'line', source: 'warnings', filter: publisher(name), layout: { 'line-join': 'round' },
    paint: { 'line-color': level, 'line-width': 2.2, 'line-opacity': ['match', ['get', 'look'], 'over', 0.4, 1], ...(dash && { 'line-dasharray': dash }) },
  });
  // Close up the area fills the screen: then what stands in it matters more than the wash over it.
  const wash = (part: number): ExpressionSpecification =>
    ['match', ['get', 'level'], 0, 0.12 * part, 4, (theme === 'light' ? 0.34 : 0.24) * part, (theme === 'light' ? 0.24 : 0.28) * part];
  return [
    { id: 'ground', type: 'background', paint: { 'background-color': c.ground } },
    { id: 'land', type: 'fill', ...tiles('regions'), paint: { 'fill-color': c.land, 'fill-opacity': basemap ? 0 : 1, 'fill-antialias': false } },
    { id: 'land-named', type: 'fill', ...tiles('municipalities'), filter: ['in', ['get', 'ars'], ['literal', [...named.keys()]]],
      paint: { 'fill-pattern': dotted(named), 'fill-opacity': 0.75 } },
    { id: 'warning-fill', type: 'fill', source: 'warnings', filter: ['==', ['get', 'look'], 'force'], layout: { 'fill-sort-key': ['get', 'level'] },
      paint: { 'fill-color': level, 'fill-opacity': ['interpolate', ['linear'], ['zoom'], 10.5, wash(1), 13, wash(0.35)] } },
    { id: 'warning-hatch', type: 'fill', source: 'warnings', filter: ['==', ['get', 'look'], 'foretold'],
      paint: { 'fill-pattern': ['get', 'hatch'], 'fill-opacity': ['interpolate', ['linear'], ['zoom'], 10.5, 0.45, 13, 0.2] } },
    { id: 'municipality-line', type: 'line', ...tiles('municipalities'), minzoom: 7.5,
      paint: { 'line-color': c.municipality, 'line-width': ['interpolate', ['linear'], ['zoom'], 8, 0.5, 12, 1.2] } },
    { id: 'district-line', type: 'line', ...tiles('districts'),
      paint: { 'line-color': c.district, 'line-width': ['interpolate', ['linear'], ['zoom'], 6, 0.5, 12, 1.6] } },
    { id: 'region-line', type: 'line', ...tiles('regions'), layout: { 'line-join': 'round' },
      paint: { 'line-color': c.region, 'line-width': ['interpolate', ['linear'], ['zoom'], 6, 1, 12, 2.4] } },
    { id: 'warning-casing', type: 'line', source: 'warnings', layout: { 'line-join': 'round' },
      paint: { 'line-color': c.symbolInk, 'line-width': 3.6, 'line-opacity': theme === 'light' ? 0.35 : 0.6 } },
    outline('warning-mowas', 'mowas'),
    outline('warning-dwd', 'dwd', [3, 1.6]),
    outline('warning-other', 'other', [0.6, 1.4]),
    { id: 'warning-selected', type: 'line', source: 'warnings', filter: ['==', ['get', 'key'], ''], layout: { 'line-join': 'round' },
      paint: { 'line-color': c.selected, 'line-width': 4 } },
    { id: 'place-labels', type: 'symbol', ...tiles('places'),
      filter: ['>=', ['get', 'population'], ['step', ['zoom'], 100000, 7.6, 60000, 8.4, 30000, 9.2, 12000, 10, 4000, 11, 0]],
      layout: {
        'text-field': ['get', 'name'], 'text-font': FONT, 'symbol-sort-key': ['-', 0, ['get', 'population']],
        'text-size': ['interpolate', ['linear'], ['zoom'], 7, ['case', ['>=', ['get', 'population'], 200000], 13.5, 11.5], 12, ['case', ['>=', ['get', 'population'], 200000], 21, ['>=', ['get', 'population'], 50000], 16, 13]],
        'text-max-width': 8, 'text-padding': 5, 'text-variable-anchor': ['center', 'bottom', 'top', 'right', 'left'], 'text-radial-offset': 1.25, 'text-justify': 'auto',
      },
      paint: { 'text-color': ['case', ['>=', ['get', 'population'], 100000], c.label, c.labelMinor], 'text-halo-color': c.halo, 'text-halo-width': 1.4 } },
    { id: 'selected', type: 'circle', source: 'selected',
      paint: { 'circle-radius': 17, 'circle-color': c.selected, 'circle-opacity': 0.16, 'circle-stroke-color': c.selected, 'circle-stroke-width': 2.5 } },
    // Labels are placed after what stands above them: values give way to symbols, never the other way round.
    { id: 'gauge-values', type: 'symbol', source: 'gauges', minzoom: 8.2,
      layout: {
        'text-field': ['step', ['zoom'], ['get', 'value'], 9.6, ['format', ['get', 'value'], { 'text-font': ['literal', FONT_STRONG] }, '\n', {}, ['get', 'name'], { 'font-scale': 0.85 }]],
        'text-font': FONT_STRONG, 'text-size': 12.5, 'text-variable-anchor': ['top', 'bottom'], 'text-radial-offset': ['interpolate', ['linear'], ['zoom'], 8, 1.6, 13, 2.0], 'text-max-width': 9, 'text-padding': 1,
        'symbol-sort-key': ['-', 0, ['get', 'rank']],
      },
      paint: { 'text-color': c.symbolInk, 'text-halo-color': c.halo, 'text-halo-width': 1.6 } },
    { id: 'gauges', type: 'symbol', source: 'gauges',
      layout: {
        'icon-image': ['get', 'icon'], 'icon-allow-overlap': true, 'icon-ignore-placement': false, 'symbol-sort-key': ['get', 'rank'],
        'icon-size': ['interpolate', ['linear'], ['zoom'], 5, 0.55, 7, 0.78, 9, 1, 13, 1.25], 'icon-padding': 0,
      } },
  ];
}

function dotted(named: Map<string, number>): ExpressionSpecification | string {
  const byPattern = new Map<string, string[]>();
  for (const [ars, level] of named) {
    const name = `dots-${level < 0 ? 'u' : level}`;
    byPattern.set(name, [...(byPattern.get(name) ?? []), ars]);
  }
  if (byPattern.size === 0) return 'dots-u';
  return ['match', ['get', 'ars'], ...[...byPattern].flatMap(([name, keys]) => [keys, name]), 'dots-u'] as unknown as ExpressionSpecification;
}

export function style(theme: Theme, origin: string): StyleSpecification {
  const tiled = (layer: string, maxzoom: number) => ({
    type: 'vector' as const, tiles: [`${origin}/tiles/${layer}/{z}/{x}/{y}.mvt`], minzoom: 4, maxzoom,
  });
  return {
    version: 8,
    name: 'Lagebild',
    sources: {
      municipalities: tiled('municipalities', 12),
      districts: tiled('districts', 12),
      regions: tiled('regions', 12),
      places: tiled('places', 12),
      warnings: { type: 'geojson', data: EMPTY, tolerance: 0.2 },
      gauges: { type: 'geojson', data: EMPTY },
      selected: { type: 'geojson', data: EMPTY },
    },
    layers: layers(theme, false, new Map()),
  };
}
