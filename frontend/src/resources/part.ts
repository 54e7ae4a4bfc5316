/** Resources across borders: list, map, panels, board and import. */
import { openTab } from '../keyboard';
import type { Part } from '../parts';
import { store } from '../state.svelte';
import { forces } from './forces.svelte';
import AboutResource from './AboutResource.svelte';
import Board from './Board.svelte';
import FleetPanel from './FleetPanel.svelte';
import Import from './Import.svelte';
import { LAYER } from './layer';
import Legend from './Legend.svelte';
import NewOwned from './NewOwned.svelte';
import ResourcePanel from './ResourcePanel.svelte';
import ResourceTab from './ResourceTab.svelte';
import StockPanel from './StockPanel.svelte';

export const resources: Part = {
  tabs: [{
    id: 'resources',
    label: (words) => words.resources.tab,
    component: ResourceTab,
    badge: () => (store.loaded ? (void forces.revision, forces.shown.size) : null),
    needs: ({ signed_in: signedIn }) => signedIn,
  }],
  panels: { resource: ResourcePanel, stock: StockPanel, fleet: FleetPanel },
  fresh: { resource: NewOwned, stock: NewOwned },
  pages: [
    { id: 'board', label: (words) => words.resources.board, component: Board, needs: ({ signed_in: signedIn }) => signedIn },
    { id: 'import', label: (words) => words.resources.imports.title, component: Import, needs: ({ signed_in: signedIn }) => signedIn },
  ],
  about: AboutResource,
  layers: [LAYER],
  legend: Legend,
  keys: { 'g r': { run: () => openTab('resources'), label: (words) => words.resources.key } },
};
