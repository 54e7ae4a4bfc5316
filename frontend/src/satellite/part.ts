/** What images from above show: extents of water, fire and damage in a list, in panels and on the map. */
import { openTab } from '../keyboard';
import type { Part } from '../parts';
import { store } from '../state.svelte';
import ExtentList from './ExtentList.svelte';
import ExtentPanel from './ExtentPanel.svelte';
import { extents, finished } from './extents';
import { LAYER } from './layer';
import Legend from './Legend.svelte';

export const satellite: Part = {
  tabs: [{ id: 'satellite', label: (words) => words.satellite.tab, component: ExtentList, last: true, badge: () => (store.loaded ? extents().filter(finished).length : null) }],
  panels: { extent: ExtentPanel },
  layers: [LAYER],
  legend: Legend,
  keys: { 'g b': { run: () => openTab('satellite'), label: (words) => words.satellite.tab } },
};
