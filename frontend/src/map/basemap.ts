/** An optional basemap below the picture: raster tiles, a foreign vector style, or one PMTiles file. */
import { addProtocol, type LayerSpecification, type Map, type StyleSpecification } from 'maplibre-gl';
import { PMTiles, Protocol } from 'pmtiles';
import { MAP_COLOURS, type Theme } from '../palette';
import type { Basemap } from '../state.svelte';
import { ABOVE_BASEMAP } from './style';

const PREFIX = 'basemap';
let protocol: Protocol | undefined;

/** The ids of the layers it added. Throws what the basemap's server did wrong; the picture works without. */
export async function addBasemap(map: Map, basemap: Basemap, theme: Theme): Promise<string[]> {
  const before = map.getLayer(ABOVE_BASEMAP) ? ABOVE_BASEMAP : undefined;
  const made = await describe(basemap, theme);
  for (const [id, source] of Object.entries(made.sources)) map.addSource(id, source);
  for (const layer of made.layers) map.addLayer(layer, before);
  return made.layers.map(({ id }) => id);
}

async function describe(basemap: Basemap, theme: Theme): Promise<Pick<StyleSpecification, 'sources' | 'layers'>> {
  const { attribution } = basemap;
  if (basemap.kind === 'raster') {
    return { sources: { [PREFIX]: { type: 'raster', tiles: [basemap.url], tileSize: 256, attribution } }, layers: [raster(theme)] };
  }
  if (basemap.kind === 'vector') return foreign(basemap.url);
  protocol ??= new Protocol();
  addProtocol('pmtiles', protocol.tile);
  const url = new URL(basemap.url, location.href).href;
  const file = new PMTiles(url);
  protocol.add(file);
  const isVector = (await file.getHeader()).tileType === 1;
  return isVector
    ? { sources: { [PREFIX]: { type: 'vector', url: `pmtiles://${url}`, attribution } }, layers: plain(theme) }
    : { sources: { [PREFIX]: { type: 'raster', url: `pmtiles://${url}`, tileSize: 256, attribution } }, layers: [raster(theme)] };
}

function raster(theme: Theme): LayerSpecification {
  const c = MAP_COLOURS[theme];
  return {
    id: PREFIX, type: 'raster', source: PREFIX,
    paint: { 'raster-saturation': c.basemapSaturation, 'raster-brightness-max': c.basemapBrightness },
  };
}

/** Another style's sources and layers under our names; its sprites are left out, its labels use our font. */
async function foreign(url: string): Promise<Pick<StyleSpecification, 'sources' | 'layers'>> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`basemap style: HTTP ${response.status}`);
  const style = (await response.json()) as StyleSpecification;
  const layers: LayerSpecification[] = [];
  for (const layer of style.layers) {
    if (layer.type === 'background' || !('source' in layer)) continue;
    const copy = structuredClone(layer) as LayerSpecification & { source: string; layout?: Record<string, unknown>; paint?: Record<string, unknown> };
    copy.id = `${PREFIX}-${layer.id}`;
    copy.source = `${PREFIX}-${layer.source}`;
    if (copy.paint) for (const name of Object.keys(copy.paint)) if (name.endsWith('-pattern')) delete copy.paint[name];
    if (copy.type === 'symbol') {
      const layout = (copy.layout ??= {});
      for (const name of Object.keys(layout)) if (name.startsWith('icon-')) delete layout[name];
      if (!('text-field' in layout)) continue;
      layout['text-font'] = ['Fira Sans'];
    }
    layers.push(copy);
  }
  return { sources: Object.fromEntries(Object.entries(style.sources).map(([id, source]) => [`${PREFIX}-${id}`, source])), layers };
}

/** Land, water and roads as the Protomaps and OpenMapTiles schemas call them. */
function plain(theme: Theme): LayerSpecification[] {
  const c = MAP_COLOURS[theme];
  const water = { light: '#bfd9ea', dark: '#1d3346', night: '#1d1512' }[theme];
  const green = { light: '#e6eede', dark: '#18221c', night: '#130e0a' }[theme];
  const fill = (layer: string, colour: string): LayerSpecification => ({
    id: `${PREFIX}-${layer}`, type: 'fill', source: PREFIX, 'source-layer': layer, paint: { 'fill-color': colour },
  });
  const line = (layer: string, colour: string, width: number): LayerSpecification => ({
    id: `${PREFIX}-${layer}-line`, type: 'line', source: PREFIX, 'source-layer': layer,
    paint: { 'line-color': colour, 'line-width': ['interpolate', ['exponential', 1.5], ['zoom'], 7, width * 0.4, 16, width * 6] },
  });
  return [
    fill('earth', c.land), fill('landcover', green), fill('landuse', green), fill('water', water),
    line('waterway', water, 1), line('roads', c.municipality, 0.8), line('transportation', c.municipality, 0.8),
  ];
}
