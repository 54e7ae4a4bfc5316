/** Meeting points of running alarms on the map: how many are there, how many are coming. */
import type { GeoJSONSource, LayerSpecification, Map as MapLibre } from 'maplibre-gl';
import type { Geometry } from 'geojson';
import { boxOf } from '../features/shown';
import { things } from '../live/things.svelte';
import { idOf } from '../map/features';
import { Feeder } from '../map/feeder';
import { MAP_COLOURS, type Theme } from '../palette';
import type { MapPart } from '../parts';
import { counted, isOver } from './rules';
import type { Alarm } from './types';

const SOURCE = 'alarm-points';
let current: MapLibre | undefined;
const feeder = new Feeder(() => current?.getSource<GeoJSONSource>(SOURCE));

function specs(theme: Theme): LayerSpecification[] {
  const c = MAP_COLOURS[theme];
  return [
    { id: 'alarm-disc', type: 'circle', source: SOURCE, paint: { 'circle-radius': ['case', ['==', ['get', 'chosen'], 1], 22, 18], 'circle-color': c.halo, 'circle-stroke-color': ['case', ['==', ['get', 'chosen'], 1], c.selected, c.symbolInk], 'circle-stroke-width': 3 } },
    { id: 'alarm-counts', type: 'symbol', source: SOURCE, layout: { 'text-field': ['get', 'count'], 'text-font': ['Fira Sans Medium'], 'text-size': 13, 'text-allow-overlap': true }, paint: { 'text-color': c.symbolInk, 'text-halo-color': c.halo, 'text-halo-width': 1.5 } },
    { id: 'alarm-names', type: 'symbol', source: SOURCE, minzoom: 9, layout: { 'text-field': ['get', 'label'], 'text-font': ['Fira Sans Medium'], 'text-size': 12.5, 'text-anchor': 'top', 'text-offset': [0, 1.7], 'text-max-width': 12, 'text-optional': true }, paint: { 'text-color': c.symbolInk, 'text-halo-color': c.halo, 'text-halo-width': 1.8 } },
  ];
}

export const meetingPoints: MapPart = {
  id: 'alarm',
  layer: 'alarms',
  add(map, theme) {
    const fresh = current !== map || !map.getSource(SOURCE);
    current = map;
    if (!map.getSource(SOURCE)) map.addSource(SOURCE, { type: 'geojson', data: { type: 'FeatureCollection', features: [] } });
    for (const layer of specs(theme)) {
      if (!map.getLayer(layer.id)) map.addLayer(layer);
      else for (const [name, value] of Object.entries(layer.paint ?? {})) map.setPaintProperty(layer.id, name as never, value as never);
    }
    if (fresh) feeder.renew();
  },
  update(_map, now) {
    const shown = new Set<string>();
    for (const { id, body } of things('alarm') as Alarm[]) {
      const box = isOver(body) ? null : boxOf(body.geometry as Geometry | undefined);
      if (!box) continue;
      shown.add(id);
      const properties = { key: id, count: `${counted(body, 'arrived')}/${counted(body, 'coming') + counted(body, 'later')}`, label: body.meeting ?? body.title, chosen: now.selection?.kind === 'alarm' && now.selection.key === id ? 1 : 0 };
      const coordinates = [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2];
      feeder.put(id, { feature: { type: 'Feature', id: idOf(id), geometry: { type: 'Point', coordinates }, properties }, signature: JSON.stringify([coordinates, properties]) });
    }
    for (const key of [...feeder.keys()]) if (!shown.has(key)) feeder.put(key, null);
  },
  at(map, x, y) {
    const layers = ['alarm-disc', 'alarm-names'].filter((id) => map.getLayer(id));
    const found = layers.length ? map.queryRenderedFeatures([[x - 4, y - 4], [x + 4, y + 4]], { layers })[0] : undefined;
    return found ? { kind: 'alarm', key: String(found.properties.key) } : null;
  },
};
