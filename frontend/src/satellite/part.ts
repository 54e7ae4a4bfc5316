/** What images from above show: extents of water, fire and damage in a list, in panels and on the map. */
import { openTab } from '../keyboard';
import type { Part } from '../parts';
import { store } from '../state.svelte';
import { orderView } from './draft.svelte';
import ExtentList from './ExtentList.svelte';
import ExtentPanel from './ExtentPanel.svelte';
import { extents, finished } from './extents';
import { credits } from './image.svelte';
import JobPanel from './JobPanel.svelte';
import { LAYER } from './layer';
import Legend from './Legend.svelte';
import MapImages from './MapImages.svelte';
import OrderPanel from './OrderPanel.svelte';

export const satellite: Part = {
  tabs: [{ id: 'satellite', label: (words) => words.satellite.tab, component: ExtentList, badge: () => (store.loaded ? extents().filter(finished).length : null) }],
  panels: { extent: ExtentPanel, imagery_job: JobPanel },
  fresh: { imagery_job: OrderPanel },
  layers: [LAYER],
  map: MapImages,
  attributions: credits,
  legend: Legend,
  keys: { 'g b': { run: () => openTab('satellite'), label: (words) => words.satellite.tab }, b: { run: orderView, label: (words) => words.satellite.jobs.orderView } },
};
