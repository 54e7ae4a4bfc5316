/** The map with the picture on it: keeps MapLibre's sources and layers at what store, filter and theme say. */
import { Map as MapLibre, setWorkerUrl, type GeoJSONSource } from 'maplibre-gl';
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url';
import { passes, warningPasses } from '../list/select';
import type { Store, Touched } from '../live/store.svelte';
import type { Theme } from '../palette';
import type { MapPart } from '../parts';
import type { Basemap } from '../state.svelte';
import type { Layer, Selection, View } from '../view';
import { addBasemap } from './basemap';
import { gaugeFeature, namedMunicipalities, warningFeature } from './features';
import { Feeder } from './feeder';
import { layers, style, SWITCHED } from './style';
import { patterns, PIXEL_RATIO, symbols } from './symbols';

setWorkerUrl(workerUrl);

export interface Looks {
  filter: Pick<View, 'level' | 'quantity' | 'water' | 'stale'>;
  layers: readonly Layer[];
  selection: Selection | null;
  theme: Theme;
  staleWord: string;
}

export class PictureMap {
  readonly map: MapLibre;
  #gauges = new Feeder(() => this.map.getSource<GeoJSONSource>('gauges'));
  #warnings = new Feeder(() => this.map.getSource<GeoJSONSource>('warnings'));
  #looks: Looks;
  #ready = false;
  #named = new Map<string, number>();
  #basemap: Basemap | null = null;
  #basemapLayers: string[] = [];
  /** Map layers that each part has added. */
  #added = new Map<MapPart, string[]>();

  constructor(container: HTMLElement, readonly store: Store, looks: Looks, view: View, title: string, readonly parts: readonly MapPart[] = []) {
    this.#looks = looks;
    this.map = new MapLibre({
      container,
      style: style(looks.theme, location.origin),
      center: [view.longitude, view.latitude],
      zoom: view.zoom,
      minZoom: 4,
      maxZoom: 19,
      maxPitch: 0,
      dragRotate: false,
      pitchWithRotate: false,
      attributionControl: false,
      fadeDuration: 0,
      locale: { 'Map.Title': title },
    });
    this.map.touchZoomRotate.disableRotation();
    this.map.keyboard.disableRotation();
    this.map.on('style.load', () => {
      this.#ready = true;
      this.#images();
      this.#gauges.renew();
      this.#warnings.renew();
      this.#added.clear();
      this.#paintParts();
      this.all();
      this.#switch();
      this.#select();
      if (this.#basemap) void this.basemap(this.#basemap);
    });
  }

  destroy(): void {
    this.map.remove();
  }

  /** What changed in the store since the last frame. */
  touched(touched: Touched): void {
    if (touched.all) return this.all();
    for (const key of touched.gauges) this.#gauge(key);
    for (const key of touched.warnings) this.#warning(key);
    if (touched.warnings.size) this.#name();
    if (touched.kinds.size) this.#tell();
  }

  /** Looks at everything: after a filter changed, and once a second because things grow stale by themselves. */
  all(): void {
    for (const key of [...this.#gauges.keys()]) if (!this.store.gauges.has(key)) this.#gauges.put(key, null);
    for (const key of [...this.#warnings.keys()]) if (!this.store.warnings.has(key)) this.#warnings.put(key, null);
    for (const key of this.store.gauges.keys()) this.#gauge(key);
    for (const key of this.store.warnings.keys()) this.#warning(key);
    this.#name();
    this.#tell();
  }

  show(looks: Looks): void {
    const before = this.#looks;
    this.#looks = looks;
    if (looks.theme !== before.theme) {
      this.#paint();
      this.#paintParts();
    }
    if (looks.layers !== before.layers) this.#switch();
    if (looks.selection !== before.selection) this.#select();
    this.all();
  }

  #paintParts(): void {
    if (!this.#ready) return;
    for (const part of this.parts) {
      const before = new Set(this.map.getLayersOrder());
      part.add(this.map, this.#looks.theme);
      const fresh = this.map.getLayersOrder().filter((id) => !before.has(id));
      this.#added.set(part, [...(this.#added.get(part) ?? []), ...fresh]);
    }
    this.#switch();
  }

  #tell(): void {
    if (!this.#ready) return;
    const { theme, selection } = this.#looks;
    for (const part of this.parts) part.update(this.map, { theme, selection, clock: this.store.clock.read() });
  }

  async basemap(basemap: Basemap): Promise<void> {
    this.#basemap = basemap;
    if (!this.#ready || this.#basemapLayers.length) return;
    this.#basemapLayers = await addBasemap(this.map, basemap, this.#looks.theme);
    this.#paint();
    this.#switch();
  }

  #gauge(key: string): void {
    const { filter, staleWord } = this.#looks;
    const gauge = this.store.gauges.get(key);
    const now = this.store.clock.read();
    const shown = gauge && passes(gauge, filter, now) ? gaugeFeature(gauge, filter.quantity, now, staleWord) : null;
    this.#gauges.put(key, shown);
    if (this.#looks.selection?.key === key) this.#select();
  }

  #warning(key: string): void {
    const warning = this.store.warnings.get(key);
    const now = this.store.clock.read();
    this.#warnings.put(key, warning && warningPasses(warning, this.#looks.filter, now) ? warningFeature(warning, now) : null);
  }

  #name(): void {
    const named = namedMunicipalities(this.store.warnings.values(), this.store.clock.read());
    if (named.size === this.#named.size && [...named].every(([ars, level]) => this.#named.get(ars) === level)) return;
    this.#named = named;
    this.#paint();
  }

  /** Paint, layout and filters of the current theme, property by property: the sources stay as they are. */
  #paint(): void {
    if (!this.#ready) return;
    this.#images();
    const shown = this.#basemapLayers.length > 0 && this.#looks.layers.includes('basemap');
    for (const layer of layers(this.#looks.theme, shown, this.#named)) {
      for (const [name, value] of Object.entries(layer.paint ?? {})) this.map.setPaintProperty(layer.id, name as never, value as never);
      if (layer.id === 'land-named' && 'filter' in layer) this.map.setFilter(layer.id, layer.filter);
    }
  }

  #images(): void {
    const put = (name: string, image: ImageData, pixelRatio: number) =>
      this.map.hasImage(name) ? this.map.updateImage(name, image) : this.map.addImage(name, image, { pixelRatio });
    for (const [name, image] of symbols(this.#looks.theme)) put(name, image, PIXEL_RATIO);
    for (const [name, image] of patterns(this.#looks.theme)) put(name, image, 1);
  }

  #switch(): void {
    if (!this.#ready) return;
    const on = this.#looks.layers;
    for (const [layer, ids] of Object.entries({ ...SWITCHED, basemap: this.#basemapLayers })) {
      const visibility = on.includes(layer as Layer) ? 'visible' : 'none';
      for (const id of ids) this.map.setLayoutProperty(id, 'visibility', visibility);
    }
    for (const [part, ids] of this.#added) {
      const visibility = on.includes(part.layer) ? 'visible' : 'none';
      for (const id of ids) if (this.map.getLayer(id)) this.map.setLayoutProperty(id, 'visibility', visibility);
    }
    this.map.setPaintProperty('land', 'fill-opacity', this.#basemapLayers.length && on.includes('basemap') ? 0 : 1);
  }

  #select(): void {
    if (!this.#ready) return;
    const { selection } = this.#looks;
    const station = selection?.kind === 'station' ? this.store.gauges.get(selection.key)?.station : undefined;
    const at = station?.longitude !== undefined && station.latitude !== undefined ? [station.longitude, station.latitude] : null;
    void this.map.getSource<GeoJSONSource>('selected')?.setData({
      type: 'FeatureCollection',
      features: at ? [{ type: 'Feature', geometry: { type: 'Point', coordinates: at }, properties: {} }] : [],
    });
    this.map.setFilter('warning-selected', ['==', ['get', 'key'], selection?.kind === 'warning' ? selection.key : '']);
  }

  /** What lies under a click: what people drew before gauges, further sources and warnings, the gravest first. */
  at(x: number, y: number): Selection | null {
    const within = (under: boolean) => this.#within(this.parts.filter((part) => Boolean(part.underGauges) === under), x, y);
    return within(false) ?? this.#gaugeAt(x, y) ?? within(true) ?? this.#warningAt(x, y);
  }

  #within(parts: MapPart[], x: number, y: number): Selection | null {
    for (const part of parts.reverse()) {
      const found = this.#ready && this.#looks.layers.includes(part.layer) ? part.at?.(this.map, x, y) : null;
      if (found) return found;
    }
    return null;
  }

  #gaugeAt(x: number, y: number): Selection | null {
    const box: [[number, number], [number, number]] = [[x - 9, y - 9], [x + 9, y + 9]];
    const gauge = this.map.queryRenderedFeatures(box, { layers: ['gauges'] }).sort((a, b) => b.properties.rank - a.properties.rank)[0];
    return gauge ? { kind: 'station', key: gauge.properties.key } : null;
  }

  #warningAt(x: number, y: number): Selection | null {
    const fills = ['warning-fill', 'warning-hatch'].filter((id) => this.map.getLayer(id));
    const warning = this.map.queryRenderedFeatures([x, y], { layers: fills }).sort((a, b) => b.properties.level - a.properties.level)[0];
    return warning ? { kind: 'warning', key: warning.properties.key } : null;
  }
}
