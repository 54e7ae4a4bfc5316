/** Where helpers live: squares of about a kilometre with their number, never a home. */
import type { FeatureCollection } from 'geojson';
import type { GeoJSONSource, LayerSpecification, Map as MapLibre } from 'maplibre-gl';
import { MAP_COLOURS, type Theme } from '../palette';
import type { MapPart } from '../parts';
import { page, view } from '../state.svelte';
import { text } from '../text/index.svelte';
import { freshen, pool } from './pool.svelte';
import type { Cells } from './types';

const AREAS = 'helper-cells';
const NUMBERS = 'helper-numbers';
const LOWEST_OF_GAUGES = 'selected';
const FILL = { light: '#5b3a8e', dark: '#c5a8f2', night: '#a88ad0' } as const;
let drawn: Cells | null | undefined;

function specs(theme: Theme): LayerSpecification[] {
  const c = MAP_COLOURS[theme];
  const fill = FILL[theme];
  return [
    { id: 'helper-fill', type: 'fill', source: AREAS, paint: { 'fill-color': fill, 'fill-opacity': ['interpolate', ['linear'], ['get', 'people'], 0, 0.18, 10, 0.4, 50, 0.65] } },
    { id: 'helper-line', type: 'line', source: AREAS, minzoom: 9, paint: { 'line-color': fill, 'line-width': 1 } },
    {
      id: 'helper-count', type: 'symbol', source: NUMBERS, minzoom: 10.5,
      layout: { 'text-field': ['get', 'label'], 'text-font': ['Fira Sans Medium'], 'text-size': 13 },
      paint: { 'text-color': c.symbolInk, 'text-halo-color': c.halo, 'text-halo-width': 1.8 },
    },
  ];
}

function shapes({ width, height, cells: found }: Cells): [FeatureCollection, FeatureCollection] {
  const areas: FeatureCollection = { type: 'FeatureCollection', features: [] };
  const numbers: FeatureCollection = { type: 'FeatureCollection', features: [] };
  for (const [west, south, people] of found) {
    const [east, north] = [west + width, south + height];
    const properties = { people, label: people ? String(people) : text().roster.few };
    areas.features.push({ type: 'Feature', properties, geometry: { type: 'Polygon', coordinates: [[[west, south], [east, south], [east, north], [west, north], [west, south]]] } });
    numbers.features.push({ type: 'Feature', properties, geometry: { type: 'Point', coordinates: [west + width / 2, south + height / 2] } });
  }
  return [areas, numbers];
}

export const cells: MapPart = {
  id: 'helpers',
  layer: 'helpers',
  add(map: MapLibre, theme: Theme): void {
    for (const source of [AREAS, NUMBERS]) if (!map.getSource(source)) map.addSource(source, { type: 'geojson', data: { type: 'FeatureCollection', features: [] } });
    const before = map.getLayer(LOWEST_OF_GAUGES) ? LOWEST_OF_GAUGES : undefined;
    for (const spec of specs(theme)) {
      if (map.getLayer(spec.id)) map.removeLayer(spec.id);
      map.addLayer(spec, before);
    }
    drawn = undefined;
  },
  update(map: MapLibre): void {
    if (page.session.signed_in && view.layers.includes('helpers') && view.page !== 'roster') void freshen();
    if (pool.cells === drawn) return;
    drawn = pool.cells;
    const [areas, numbers] = shapes(pool.cells ?? { width: 0, height: 0, cells: [] });
    map.getSource<GeoJSONSource>(AREAS)?.setData(areas);
    map.getSource<GeoJSONSource>(NUMBERS)?.setData(numbers);
  },
};
