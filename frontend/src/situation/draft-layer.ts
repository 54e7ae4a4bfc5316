/** What is being edited and not saved, on the map: dashed, above everything, while nobody holds the pen. */
import type { Geometry } from 'geojson';
import type { GeoJSONSource, Map as MapLibre } from 'maplibre-gl';
import { MAP_COLOURS, type Theme } from '../palette';

const SOURCE = 'draft';

/** Shows the geometry, or nothing. Returns how to take it away. */
export function showDraft(map: MapLibre, geometry: Geometry | null, theme: Theme): () => void {
  let over = false;
  const show = (shown: Geometry | null) => {
    if (over) return;
    if (!map.getSource(SOURCE)) {
      if (!shown) return;
      // With a tolerance an area that crosses itself, and so measures nothing, would not be drawn at all.
      map.addSource(SOURCE, { type: 'geojson', tolerance: 0, data: { type: 'FeatureCollection', features: [] } });
      const paint = { 'line-color': MAP_COLOURS[theme].selected, 'line-width': 3.5, 'line-dasharray': [2, 1.2] };
      map.addLayer({ id: 'draft-fill', type: 'fill', source: SOURCE, filter: ['==', ['geometry-type'], 'Polygon'], paint: { 'fill-color': MAP_COLOURS[theme].selected, 'fill-opacity': 0.15 } });
      map.addLayer({ id: 'draft-line', type: 'line', source: SOURCE, filter: ['!=', ['geometry-type'], 'Point'], paint });
      map.addLayer({ id: 'draft-point', type: 'circle', source: SOURCE, filter: ['==', ['geometry-type'], 'Point'], paint: { 'circle-radius': 9, 'circle-color': MAP_COLOURS[theme].selected, 'circle-stroke-color': '#ffffff', 'circle-stroke-width': 3 } });
    }
    void map.getSource<GeoJSONSource>(SOURCE)?.setData({ type: 'FeatureCollection', features: shown ? [{ type: 'Feature', geometry: shown, properties: {} }] : [] });
  };
  // Before the style has loaded nothing can be added.
  if (map.isStyleLoaded() || map.getSource('gauges')) show(geometry);
  else void map.once('style.load', () => show(geometry));
  return () => {
    try {
      show(null);
    } catch {
      // The map has gone.
    }
    over = true;
  };
}
