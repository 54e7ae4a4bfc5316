/** The situation: sites, sectors, facilities and zones on the map, in lists and in panels. */
import type { Part } from '../parts';
import { things } from '../live/things.svelte';
import { store, view } from '../state.svelte';
import type { Tab } from '../view';
import { newHere } from './here.svelte';
import { KINDS, PATHS } from './kinds';
import { LAYERS } from './layers';
import NewPanel from './NewPanel.svelte';
import { passes } from './shown';
import ThingList from './ThingList.svelte';
import ThingPanel from './ThingPanel.svelte';

export const situation: Part = {
  tabs: KINDS.map((kind) => ({
    id: PATHS[kind] as Tab,
    label: (words) => words.situation.plural[kind],
    component: ThingList,
    badge: () => (store.loaded ? things(kind).filter((thing) => passes(kind, thing, view, store.clock.now)).length : null),
    needs: ({ signed_in: signedIn }) => signedIn,
  })),
  panels: Object.fromEntries(KINDS.map((kind) => [kind, ThingPanel])),
  fresh: Object.fromEntries(KINDS.map((kind) => [kind, NewPanel])),
  keys: { n: { run: newHere, label: (words) => words.situation.keys.fresh } },
  layers: LAYERS,
};
