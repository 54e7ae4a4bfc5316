/** Jobs and meeting points on the map: a round mark for a job, a square one for a meeting point, with their names. */
import type { Feature, Point as GeoPoint } from 'geojson';
import type { GeoJSONSource, LayerSpecification, Map as MapLibre } from 'maplibre-gl';
import { boxOf } from '../features/shown';
import { things } from '../live/things.svelte';
import { idOf } from '../map/features';
import { Feeder } from '../map/feeder';
import { MAP_COLOURS, type Theme } from '../palette';
import type { MapPart } from '../parts';
import type { Kind } from '../view';
import { filled } from './here.svelte';
import type { Job, Point } from './types';

const SOURCE = 'volunteer-points';
const LAYERS = ['volunteer-marks', 'volunteer-labels'];
const EMPTY = { type: 'FeatureCollection' as const, features: [] };
const FONT = ['Fira Sans Medium'];
let current: MapLibre | undefined;
const feeder = new Feeder(() => current?.getSource<GeoJSONSource>(SOURCE));

function specs(theme: Theme): LayerSpecification[] {
  const c = MAP_COLOURS[theme];
  return [
    { id: 'volunteer-marks', type: 'circle', source: SOURCE, paint: { 'circle-radius': ['case', ['==', ['get', 'kind'], 'meeting_point'], 10, 7], 'circle-color': ['case', ['==', ['get', 'kind'], 'meeting_point'], c.selected, c.land], 'circle-stroke-width': 3, 'circle-stroke-color': c.symbolInk } },
    { id: 'volunteer-labels', type: 'symbol', source: SOURCE, layout: { 'text-field': ['step', ['zoom'], '', 10, ['get', 'label']], 'text-font': FONT, 'text-size': 12, 'text-anchor': 'top', 'text-offset': [0, 1], 'text-max-width': 12, 'text-optional': true }, paint: { 'text-color': c.symbolInk, 'text-halo-color': c.halo, 'text-halo-width': 1.8 } },
  ];
}

function drawn(kind: Kind, id: string, geometry: Job['body']['geometry'], label: string): { feature: Feature<GeoPoint>; signature: string } | null {
  const box = geometry && boxOf(geometry);
  if (!box) return null;
  const at: [number, number] = [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2];
  return { feature: { type: 'Feature', id: idOf(id), geometry: { type: 'Point', coordinates: at }, properties: { key: id, kind, label } }, signature: JSON.stringify([at, label]) };
}

export const LAYER: MapPart = {
  id: 'volunteers',
  layer: 'facilities',
  add(map, theme) {
    const fresh = current !== map || !map.getSource(SOURCE);
    current = map;
    if (!map.getSource(SOURCE)) map.addSource(SOURCE, { type: 'geojson', data: EMPTY });
    for (const layer of specs(theme)) {
      if (!map.getLayer(layer.id)) map.addLayer(layer);
      else for (const [name, value] of Object.entries(layer.paint ?? {})) map.setPaintProperty(layer.id, name as never, value as never);
    }
    if (fresh) feeder.renew();
  },
  update() {
    const shown = new Set<string>();
    for (const job of things('job') as Job[]) {
      if (job.body.state === 'CLOSED') continue;
      const { taken, wanted } = filled(job);
      shown.add(job.id);
      feeder.put(job.id, drawn('job', job.id, job.body.geometry, `${job.body.title} ${taken}/${wanted}`));
    }
    for (const point of things('meeting_point') as Point[]) {
      shown.add(point.id);
      feeder.put(point.id, drawn('meeting_point', point.id, point.body.geometry, `${point.body.name} (${point.body.here ?? 0})`));
    }
    for (const key of [...feeder.keys()]) if (!shown.has(key)) feeder.put(key, null);
  },
  at(map, x, y) {
    const found = map.queryRenderedFeatures([[x - 5, y - 5], [x + 5, y + 5]], { layers: LAYERS.filter((id) => map.getLayer(id)) })[0];
    return found ? { kind: found.properties.kind as Kind, key: found.properties.key as string } : null;
  },
};
