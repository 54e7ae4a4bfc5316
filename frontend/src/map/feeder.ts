/** Brings a GeoJSON source to what it should show: one `updateData` per animation frame with the differences only,
 *  `setData` as fall-back. */
import type { Feature } from 'geojson';
import type { GeoJSONSource } from 'maplibre-gl';
import { idOf } from './features';

export class Feeder {
  #shown = new Map<string, { feature: Feature; signature: string }>();
  #pending = new Map<string, Feature | null>();
  #frame = 0;

  constructor(readonly source: () => GeoJSONSource | undefined) {}

  get size(): number {
    return this.#shown.size;
  }

  /** Null takes the feature away. Nothing happens if the drawing would be the same. */
  put(key: string, made: { feature: Feature; signature: string } | null): void {
    const before = this.#shown.get(key);
    if (!made) {
      if (!before) return;
      this.#shown.delete(key);
      this.#pending.set(key, null);
    } else {
      if (before?.signature === made.signature) return;
      this.#shown.set(key, made);
      this.#pending.set(key, made.feature);
    }
    this.#frame ||= requestAnimationFrame(() => this.#flush());
  }

  keys(): IterableIterator<string> {
    return this.#shown.keys();
  }

  /** Draw everything anew, as after the map was rebuilt. */
  renew(): void {
    this.#pending.clear();
    this.#everything();
  }

  /** Hand over what waits now, not with the next frame. */
  flush(): void {
    cancelAnimationFrame(this.#frame);
    this.#flush();
  }

  #flush(): void {
    this.#frame = 0;
    const source = this.source();
    if (!source || this.#pending.size === 0) return;
    const add: Feature[] = [];
    const remove: number[] = [];
    for (const [key, feature] of this.#pending) {
      if (feature) add.push(feature);
      else remove.push(idOf(key));
    }
    this.#pending.clear();
    // `add` replaces a feature of the same id.
    source.updateData({ add, remove }).catch(() => this.#everything());
  }

  #everything(): void {
    void this.source()?.setData({ type: 'FeatureCollection', features: [...this.#shown.values()].map(({ feature }) => feature) });
  }
}
