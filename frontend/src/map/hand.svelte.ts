/** The map itself for parts that draw on it, while there is one. */
import type { Map as MapLibre } from 'maplibre-gl';

export const hand = $state({
  map: null as MapLibre | null,
  /** While somebody draws, a click selects nothing. */
  drawing: false,
});
