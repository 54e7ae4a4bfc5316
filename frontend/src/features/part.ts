/** What any further source tells: closures, outages, fires, radiation. */
import type { Part } from '../parts';
import { store, view } from '../state.svelte';
import FeatureList from './FeatureList.svelte';
import FeaturePanel from './FeaturePanel.svelte';
import { LAYER } from './layer';
import { shownFeatures } from './shown';

/** A node without such a source gets no empty tab; an address that names it does. */
function any(): boolean {
  void store.turn('feature');
  return (store.things.get('feature')?.size ?? 0) > 0 || view.tab === 'features';
}

export const features: Part = {
  tabs: [{
    id: 'features', label: (words) => words.features.tab, component: FeatureList,
    badge: () => (store.loaded ? shownFeatures(store.clock.now).length : null),
    needs: any,
  }],
  panels: { feature: FeaturePanel },
  layers: [LAYER],
};
