/** Extents on the map, from our own vector tiles. A dashed line bounds what was looked at: outside nothing is known. */
import type { ExpressionSpecification, FilterSpecification, LayerSpecification, Map as MapLibre, VectorTileSource } from 'maplibre-gl';
import { MAP_COLOURS, type Theme } from '../palette';
import type { MapPart } from '../parts';
import { text } from '../text/index.svelte';
import { EVENT } from './colours';
import { extents, shown, type Extent } from './extents';
import { looks, onMap } from './image.svelte';
import { images } from './images';

const SOURCE = 'extents';
const FONT = ['Fira Sans'];
const kind: ExpressionSpecification = ['get', 'kind'];
const burnt: ExpressionSpecification = ['in', 'urn', kind];
const trace: ExpressionSpecification = ['==', kind, 'Flood trace'];
const isPart = (name: string): ExpressionSpecification => ['==', ['get', 'layer'], name];
const surface: ExpressionSpecification = ['all', ['!', isPart('footprint')], ['==', ['geometry-type'], 'Polygon']];

/** What each layer draws, whatever extents are shown. Areas lie below borders and names, houses below gauges. */
const DRAWS: Record<string, { filter: ExpressionSpecification; below: string }> = {
  'extent-outside': { filter: isPart('footprint'), below: 'place-labels' },
  'extent-fill': { filter: ['all', surface, ['!', trace]], below: 'municipality-line' },
  'extent-trace': { filter: ['all', surface, trace], below: 'municipality-line' },
  'extent-edge': { filter: surface, below: 'municipality-line' },
  'extent-footprint': { filter: isPart('footprint'), below: 'place-labels' },
  'extent-bound': { filter: isPart('footprint'), below: 'place-labels' },
  'extent-points': { filter: ['all', isPart('builtUp'), ['==', ['geometry-type'], 'Point']], below: 'selected' },
};

function specs(theme: Theme): LayerSpecification[] {
  const { water, burnt: brown, outside, edge } = EVENT[theme];
  const { halo } = MAP_COLOURS[theme];
  const base = { source: SOURCE, 'source-layer': SOURCE };
  return [
    { id: 'extent-fill', type: 'fill', ...base, paint: { 'fill-color': ['case', burnt, brown, water], 'fill-opacity': theme === 'night' ? 0.75 : 0.5 } },
    { id: 'extent-trace', type: 'fill', ...base, paint: { 'fill-pattern': 'extent-trace', 'fill-opacity': 0.9 } },
    { id: 'extent-edge', type: 'line', ...base, layout: { 'line-join': 'round' }, paint: { 'line-color': ['case', burnt, brown, edge], 'line-width': ['interpolate', ['linear'], ['zoom'], 8, 0.6, 13, 1.6] } },
    { id: 'extent-outside', type: 'line', ...base, layout: { 'line-join': 'round' }, paint: { 'line-color': outside, 'line-width': 9, 'line-offset': -5, 'line-opacity': 0.25 } },
    { id: 'extent-footprint', type: 'line', ...base, layout: { 'line-join': 'round' }, paint: { 'line-color': outside, 'line-width': 2, 'line-dasharray': [4, 2] } },
    { id: 'extent-bound', type: 'symbol', ...base, minzoom: 9, layout: { 'symbol-placement': 'line', 'symbol-spacing': 320, 'text-font': FONT, 'text-size': 12, 'text-offset': [0, -1], 'text-keep-upright': true }, paint: { 'text-color': outside, 'text-halo-color': halo, 'text-halo-width': 1.6 } },
    { id: 'extent-points', type: 'symbol', ...base, minzoom: 9.5, layout: {
      'icon-image': ['coalesce', ['image', ['concat', 'damage-', kind]], ['image', 'damage-No visible damage']], 'icon-allow-overlap': true, 'icon-ignore-placement': true, 'icon-padding': 0,
      'icon-size': ['interpolate', ['linear'], ['zoom'], 9.5, 0.4, 12, 0.6, 15, 1],
      'symbol-sort-key': ['match', kind, 'Destroyed', 4, 'Damaged', 3, 'Possibly damaged', 2, 1],
    } },
  ];
}

const only = (id: string, keys: string[]): FilterSpecification => ['all', DRAWS[id]!.filter, ['in', ['get', 'extent'], ['literal', keys]]] as FilterSpecification;
/** Another text after any shape changed: the tiles are asked for anew. */
const stateOf = (all: Extent[]): string => all.map(({ id, body }) => `${id}${body.digest ?? ''}`).reduce((sum, each) => (Math.imul(sum, 31) + [...each].reduce((a, sign) => (Math.imul(a, 33) + sign.charCodeAt(0)) | 0, 7)) | 0, 1).toString(36);
const tiles = (state: string): string[] => [`${location.origin}/tiles/extents/{z}/{x}/{y}.mvt?of=${state}`];

let told = '';
let state = '';

export const LAYER: MapPart = {
  id: 'extents',
  layer: 'satellite',
  add(map, theme) {
    if (!map.getSource(SOURCE)) {
      state = stateOf(extents());
      map.addSource(SOURCE, { type: 'vector', tiles: tiles(state), minzoom: 4, maxzoom: 14 });
      told = '';
    }
    for (const [name, image] of images(theme)) if (map.hasImage(name)) map.updateImage(name, image); else map.addImage(name, image, { pixelRatio: 2 });
    for (const layer of specs(theme)) {
      const { below } = DRAWS[layer.id]!;
      if (!map.getLayer(layer.id)) map.addLayer({ ...layer, filter: only(layer.id, []) } as LayerSpecification, map.getLayer(below) ? below : undefined);
      else for (const [name, value] of Object.entries(layer.paint ?? {})) map.setPaintProperty(layer.id, name as never, value as never);
    }
  },
  update(map, { selection }) {
    const all = extents();
    const fresh = stateOf(all);
    if (fresh !== state) map.getSource<VectorTileSource>(SOURCE)?.setTiles(tiles((state = fresh)));
    const keys = shown(all, selection).map(({ id }) => id);
    const chosen = selection?.kind === 'extent' ? selection.key : '';
    const { bound } = text().satellite;
    const image = onMap();
    const news = JSON.stringify([keys, chosen, bound, image !== null, looks.outlines]);
    if (news === told || !map.getLayer('extent-fill')) return;
    told = news;
    // Whoever looks at an image wants to see it: of what was found the outlines stay, if they are wanted.
    const seen = (id: string) => (!image || id === 'extent-points' ? true : looks.outlines && !['extent-fill', 'extent-trace'].includes(id));
    for (const id of Object.keys(DRAWS)) if (map.getLayer(id)) map.setFilter(id, only(id, seen(id) ? keys : []));
    map.setLayoutProperty('extent-bound', 'text-field', bound);
    map.setPaintProperty('extent-footprint', 'line-width', ['case', ['==', ['get', 'extent'], chosen], 3.5, 2]);
  },
  at(map: MapLibre, x, y) {
    const ask = (reach: number, ids: string[]) => map.queryRenderedFeatures([[x - reach, y - reach], [x + reach, y + reach]], { layers: ids.filter((id) => map.getLayer(id)) })[0];
    const found = ask(4, ['extent-points', 'extent-footprint']) ?? ask(0, ['extent-fill', 'extent-trace']);
    return found ? { kind: 'extent', key: found.properties.extent } : null;
  },
};
