/** A layer of the map that draws each thing twice: a mark where it is, and beneath it its line or area. */
import type { Feature } from 'geojson';
import type { GeoJSONSource, LayerSpecification, Map as MapLibre } from 'maplibre-gl';
import type { Theme } from '../palette';
import { Feeder } from './feeder';

const EMPTY = { type: 'FeatureCollection' as const, features: [] };
/** Pixels of an image for each of the screen's. */
export const RATIO = 2;

type Drawn = { feature: Feature; signature: string } | null;

/** Sources `<name>-points` and `<name>-shapes`; `<name>-ring` of the layers rings what is selected. */
export class MarksAndShapes {
  #map: MapLibre | undefined;
  readonly #points: Feeder;
  readonly #shapes: Feeder;

  constructor(
    readonly name: string,
    readonly images: (theme: Theme) => [string, ImageData][],
    readonly layers: (theme: Theme) => LayerSpecification[],
    /** Below which layer ours stand, if it is there. */
    readonly below?: string,
  ) {
    this.#points = new Feeder(() => this.#map?.getSource<GeoJSONSource>(`${name}-points`));
    this.#shapes = new Feeder(() => this.#map?.getSource<GeoJSONSource>(`${name}-shapes`));
  }

  /** Adds or repaints everything. */
  add(map: MapLibre, theme: Theme): void {
    const fresh = this.#map !== map || !map.getSource(`${this.name}-points`);
    this.#map = map;
    for (const name of [`${this.name}-shapes`, `${this.name}-points`]) if (!map.getSource(name)) map.addSource(name, { type: 'geojson', data: EMPTY, tolerance: 0.2 });
    for (const [name, image] of this.images(theme)) if (map.hasImage(name)) map.updateImage(name, image); else map.addImage(name, image, { pixelRatio: RATIO });
    for (const layer of this.layers(theme)) {
      if (!map.getLayer(layer.id)) map.addLayer(layer, this.below && map.getLayer(this.below) ? this.below : undefined);
      else for (const [name, value] of Object.entries(layer.paint ?? {})) map.setPaintProperty(layer.id, name as never, value as never);
    }
    if (fresh) for (const feeder of [this.#points, this.#shapes]) feeder.renew();
  }

  /** Exactly these things stand on the map from now on, the selected one within a ring. */
  show(map: MapLibre, things: Iterable<{ key: string; point: Drawn; shape: Drawn }>, selected: string): void {
    const shown = new Set<string>();
    for (const { key, point, shape } of things) {
      shown.add(key);
      this.#points.put(key, point);
      this.#shapes.put(key, shape);
    }
    for (const feeder of [this.#points, this.#shapes]) for (const key of [...feeder.keys()]) if (!shown.has(key)) feeder.put(key, null);
    const [ring, filter] = [`${this.name}-ring`, ['==', ['get', 'key'], selected]];
    if (map.getLayer(ring) && JSON.stringify(map.getFilter(ring)) !== JSON.stringify(filter)) map.setFilter(ring, filter as never);
  }
}

/** What of these layers lies within five pixels of a point of the canvas, the uppermost first. */
export function near(map: MapLibre, x: number, y: number, ids: string[]): ReturnType<MapLibre['queryRenderedFeatures']> {
  return map.queryRenderedFeatures([[x - 5, y - 5], [x + 5, y + 5]], { layers: ids.filter((id) => map.getLayer(id)) });
}
