/** The open line on the map: from its resource to the need, dashed; the best other resource thinner beside it. */
import type { Feature, LineString } from 'geojson';
import type { GeoJSONSource, Map as MapLibre } from 'maplibre-gl';
import { MAP_COLOURS, type Theme } from '../palette';
import type { MapPart } from '../parts';
import { goes, needOf, openLine, placeOf, shown } from './here.svelte';

const SOURCE = 'plan-line';

function features(): Feature<LineString>[] {
  const number = openLine();
  const body = number === null ? undefined : shown()?.body;
  const line = body?.lines?.find((each) => each.number === number);
  const need = body && line && needOf(body, line.need);
  if (!line || !need) return [];
  const ways: [string | undefined, string][] = [[goes(line), 'chosen'], [line.rival?.resource, 'rival']];
  return ways.flatMap(([resource, kind]) => {
    const place = placeOf(resource);
    return place ? [{ type: 'Feature' as const, properties: { kind }, geometry: { type: 'LineString' as const, coordinates: [place, need.place] } }] : [];
  });
}

let drawn = '';

export const planLine: MapPart = {
  id: 'plan',
  layer: 'resources',
  add(map: MapLibre, theme: Theme): void {
    const c = MAP_COLOURS[theme];
    if (map.getLayer('plan-line')) {
      map.setPaintProperty('plan-line', 'line-color', c.selected);
      map.setPaintProperty('plan-line-case', 'line-color', c.halo);
      return;
    }
    drawn = '';
    map.addSource(SOURCE, { type: 'geojson', data: { type: 'FeatureCollection', features: [] } });
    const width = ['match', ['get', 'kind'], 'chosen', 4, 2] as never;
    map.addLayer({ id: 'plan-line-case', type: 'line', source: SOURCE, layout: { 'line-cap': 'round' }, paint: { 'line-color': c.halo, 'line-width': 8, 'line-opacity': 0.7 } });
    map.addLayer({ id: 'plan-line', type: 'line', source: SOURCE, layout: { 'line-cap': 'round' }, paint: { 'line-color': c.selected, 'line-width': width, 'line-dasharray': [2, 1.5] } });
  },
  update(map: MapLibre): void {
    const found = features();
    const signature = JSON.stringify(found);
    if (signature === drawn) return;
    drawn = signature;
    map.getSource<GeoJSONSource>(SOURCE)?.setData({ type: 'FeatureCollection', features: found });
  },
};
