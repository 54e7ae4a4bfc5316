/** The situation's layers on the map: sectors below zones below facilities below sites. */
import type { ExpressionSpecification, FilterSpecification, GeoJSONSource, LayerSpecification, Map as MapLibre } from 'maplibre-gl';
import { things } from '../live/things.svelte';
import { Feeder } from '../map/feeder';
import { MAP_COLOURS, type Theme } from '../palette';
import type { MapPart } from '../parts';
import { view } from '../state.svelte';
import type { Layer } from '../view';
import { hatches, ZONE_COLOURS } from './hatches';
import { PATHS, type Kind } from './kinds';
import { plateOf, pointFeature, shapeFeature } from './looks';
import { hasPlate, plateName } from './plates';
import { passes } from './shown';

const FONT = ['Fira Sans Medium'];
const EMPTY = { type: 'FeatureCollection' as const, features: [] };
const chosen = (key: string): FilterSpecification => ['==', ['get', 'key'], key];
const faded = (solid: number, pale: number): ExpressionSpecification => ['case', ['==', ['get', 'faded'], 1], pale, solid];

function points(kind: Kind, theme: Theme): LayerSpecification[] {
  const c = MAP_COLOURS[theme];
  const source = `${kind}-points`;
  const signed = kind !== 'sector';
  return [
    ...(signed ? [{ id: `${kind}-ring`, type: 'circle' as const, source, filter: chosen(''), paint: { 'circle-radius': 29, 'circle-color': c.selected, 'circle-opacity': 0.22, 'circle-stroke-color': c.selected, 'circle-stroke-width': 3 } }] : []),
    {
      id: `${kind}-names`, type: 'symbol', source,
      layout: {
        'text-field': kind === 'sector' ? ['get', 'label'] : ['step', ['zoom'], '', 8.5, ['get', 'short'], 12, ['get', 'label']],
        'text-font': FONT, 'text-size': kind === 'sector' ? 14 : 12.5, 'text-anchor': signed ? 'top' : 'center', 'text-offset': [0, signed ? 2.4 : 0], 'text-max-width': 12, 'text-padding': 1, 'text-optional': true,
        'symbol-sort-key': ['-', 0, ['get', 'rank']],
      },
      paint: { 'text-color': c.symbolInk, 'text-halo-color': c.halo, 'text-halo-width': 1.8, 'text-opacity': faded(1, 0.6) },
    },
    ...(signed ? [{
      id: `${kind}-signs`, type: 'symbol' as const, source,
      layout: { 'icon-image': ['get', 'icon'] as ExpressionSpecification, 'icon-allow-overlap': true, 'icon-size': ['interpolate', ['linear'], ['zoom'], 6, 0.62, 10, 0.85, 13, 1] as ExpressionSpecification, 'symbol-sort-key': ['get', 'rank'] as ExpressionSpecification, 'icon-padding': 0 },
      paint: { 'icon-opacity': faded(1, 0.5) },
    }] : []),
  ];
}

function areas(kind: Kind, theme: Theme): LayerSpecification[] {
  const c = MAP_COLOURS[theme];
  const source = `${kind}-shapes`;
  const colour: ExpressionSpecification | string = kind === 'sector' ? c.selected : (['match', ['get', 'type'], ...Object.entries(ZONE_COLOURS[theme]).flat(), ZONE_COLOURS[theme].OTHER] as unknown as ExpressionSpecification);
  const line: FilterSpecification = ['==', ['get', 'line'], 1];
  const area: FilterSpecification = ['==', ['get', 'line'], 0];
  const layout = { 'line-join': 'round' as const };
  return [
    { id: `${kind}-fill`, type: 'fill', source, filter: area, paint: kind === 'sector' ? { 'fill-color': c.selected, 'fill-opacity': 0.06 } : { 'fill-pattern': ['concat', 'zone-', ['get', 'type']], 'fill-opacity': faded(0.55, 0.2) } },
    { id: `${kind}-casing`, type: 'line', source, layout, paint: { 'line-color': c.halo, 'line-width': 6, 'line-opacity': 0.8 } },
    { id: `${kind}-outline`, type: 'line', source, filter: area, layout, paint: { 'line-color': colour, 'line-width': kind === 'sector' ? 2.5 : 3, 'line-opacity': faded(1, 0.5), ...(kind === 'sector' && { 'line-dasharray': [4, 1.5, 1, 1.5] }) } },
    ...(kind === 'zone' ? [{ id: `${kind}-line`, type: 'line' as const, source, filter: line, layout, paint: { 'line-color': colour, 'line-width': 6, 'line-dasharray': [1.5, 0.8], 'line-opacity': faded(1, 0.5) } }] : []),
    { id: `${kind}-chosen`, type: 'line', source, filter: chosen(''), layout, paint: { 'line-color': c.selected, 'line-width': 5 } },
  ];
}

function specs(kind: Kind, theme: Theme): LayerSpecification[] {
  return [...(kind === 'sector' || kind === 'zone' ? areas(kind, theme) : []), ...points(kind, theme)];
}

function part(kind: Kind): MapPart {
  let current: MapLibre | undefined;
  const source = (name: string) => () => current?.getSource<GeoJSONSource>(`${kind}-${name}`);
  const feeders = { points: new Feeder(source('points')), shapes: new Feeder(source('shapes')) };
  let last: Parameters<MapPart['update']>[1] | undefined;
  const made: MapPart = {
    id: kind,
    layer: PATHS[kind] as Layer,
    add(map, theme) {
      const fresh = current !== map || !map.getSource(`${kind}-points`);
      current = map;
      for (const name of ['points', 'shapes'] as const) if (!map.getSource(`${kind}-${name}`)) map.addSource(`${kind}-${name}`, { type: 'geojson', data: EMPTY, tolerance: 0.2 });
      if (kind === 'zone') for (const [name, image] of hatches(theme)) if (map.hasImage(name)) map.updateImage(name, image); else map.addImage(name, image, { pixelRatio: 2 });
      for (const layer of specs(kind, theme)) {
        if (!map.getLayer(layer.id)) map.addLayer(layer);
        else for (const [name, value] of Object.entries(layer.paint ?? {})) map.setPaintProperty(layer.id, name as never, value as never);
      }
      if (fresh) for (const feeder of Object.values(feeders)) feeder.renew();
    },
    update(map, now) {
      last = now;
      const shown = new Set<string>();
      for (const thing of things(kind)) {
        if (!passes(kind, thing, view, now.clock)) continue;
        const plate = plateOf(kind, thing.body, now.clock);
        if (plate && !hasPlate(map, plate, now.theme, () => last && map === current && made.update(map, last))) continue;
        shown.add(thing.id);
        feeders.points.put(thing.id, pointFeature(kind, thing, plate ? plateName(plate, now.theme) : '', now.clock));
        feeders.shapes.put(thing.id, shapeFeature(kind, thing, now.clock));
      }
      for (const feeder of Object.values(feeders)) for (const key of [...feeder.keys()]) if (!shown.has(key)) feeder.put(key, null);
      const key = now.selection?.kind === kind ? now.selection.key : '';
      for (const id of [`${kind}-ring`, `${kind}-chosen`]) if (map.getLayer(id) && JSON.stringify(map.getFilter(id)) !== JSON.stringify(chosen(key))) map.setFilter(id, chosen(key));
    },
    at(map, x, y) {
      const near: [[number, number], [number, number]] = [[x - 5, y - 5], [x + 5, y + 5]];
      const ask = (box: typeof near | [number, number], ids: string[]) => map.queryRenderedFeatures(box, { layers: ids.filter((id) => map.getLayer(id)) });
      const found = ask(near, [`${kind}-signs`]).sort((a, b) => b.properties.rank - a.properties.rank)[0] ?? ask(near, [`${kind}-outline`, `${kind}-line`, `${kind}-names`])[0] ?? ask([x, y], kind === 'zone' ? ['zone-fill'] : [])[0];
      return found ? { kind, key: found.properties.key } : null;
    },
  };
  return made;
}

export const LAYERS: MapPart[] = (['sector', 'zone', 'facility', 'site'] as const).map(part);
