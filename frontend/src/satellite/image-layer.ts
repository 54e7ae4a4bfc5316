/** Satellite images on the map, below what was found in them. To the left and right of the divider another image: all
 *  else on the map stays as it is, also below the divider, and there is only one map. */
import type { CustomLayerInterface, Map as MapLibre } from 'maplibre-gl';
import type { Theme } from '../palette';
import type { Raster } from './job';

const SIDES = ['left', 'right'] as const;
type Side = (typeof SIDES)[number];
const FIRST = 'extent-fill';
const TILE = 256;
/** A pixel of 10 m is as large as one of the screen at zoom 13; beyond that tiles would bring nothing new. */
const DEEPEST = 15;

const DIM: Record<Theme, { 'raster-brightness-max': number; 'raster-saturation': number }> = {
  light: { 'raster-brightness-max': 1, 'raster-saturation': 0 },
  dark: { 'raster-brightness-max': 0.85, 'raster-saturation': -0.1 },
  night: { 'raster-brightness-max': 0.42, 'raster-saturation': -0.65 },
};

const layerOf = (side: Side): string => `image-${side}`;

/** Puts the image on the map, or two of them with a divider at `at()` (0 to 1). Returns how to take them away. */
export function showImages(map: MapLibre, right: Raster, left: Raster | null, at: () => number): () => void {
  let there = false;
  const add = (): void => {
    there = true;
    const below = map.getLayer(FIRST) ? FIRST : undefined;
    const put = (side: Side, raster: Raster) => {
      map.addSource(layerOf(side), { type: 'raster', tiles: [`${location.origin}${raster.tiles}`], tileSize: TILE, bounds: raster.bounds, maxzoom: DEEPEST });
      map.addLayer({ id: layerOf(side), type: 'raster', source: layerOf(side), paint: { 'raster-fade-duration': 0, 'raster-resampling': raster.role === 'MASK' ? 'nearest' : 'linear' } }, below);
    };
    if (left) {
      map.addLayer(cut('image-cut-left', (width) => [0, Math.round(width * at())]), below);
      put('left', left);
      map.addLayer(cut('image-cut-right', (width) => [Math.round(width * at()), width]), below);
    }
    put('right', right);
    if (left) map.addLayer(cut('image-cut-end', () => null), below);
  };
  if (map.getLayer(FIRST)) add();
  else map.once('style.load', add);
  return () => {
    map.off('style.load', add);
    if (!there || !map.style) return;
    for (const id of ['image-cut-left', 'image-cut-right', ...SIDES.map(layerOf), 'image-cut-end']) if (map.getLayer(id)) map.removeLayer(id);
    for (const side of SIDES) if (map.getSource(layerOf(side))) map.removeSource(layerOf(side));
  };
}

/** Opacity and the dimming of the theme. */
export function paintImages(map: MapLibre, opacity: number, theme: Theme): void {
  for (const side of SIDES) {
    if (!map.getLayer(layerOf(side))) continue;
    for (const [name, value] of Object.entries({ ...DIM[theme], 'raster-opacity': opacity })) map.setPaintProperty(layerOf(side), name as never, value as never);
  }
}

/** What is drawn after this layer appears only between two columns of the canvas, given in its own pixels; null ends it.
 *  MapLibre itself never cuts, so nothing of it is disturbed. */
function cut(id: string, columns: (width: number) => [number, number] | null): CustomLayerInterface {
  return {
    id,
    type: 'custom',
    render(gl) {
      const { drawingBufferWidth: width, drawingBufferHeight: height } = gl;
      const between = columns(width);
      if (!between) return gl.disable(gl.SCISSOR_TEST);
      gl.enable(gl.SCISSOR_TEST);
      gl.scissor(between[0], 0, Math.max(0, between[1] - between[0]), height);
    },
    onRemove(_, gl) {
      gl.disable(gl.SCISSOR_TEST);
    },
  };
}
