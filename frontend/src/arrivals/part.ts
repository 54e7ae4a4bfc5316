/** The Meldekopf: a page of its own for a tablet, the panel of an entry, and ways there from the map. */
import type { Part } from '../parts';
import About from './About.svelte';
import ArrivalPanel from './ArrivalPanel.svelte';
import { desk } from './desk.svelte';
import { view } from '../state.svelte';
import Meldekopf from './Meldekopf.svelte';

export const arrivals: Part = {
  panels: { arrival: ArrivalPanel },
  about: About,
  // A tablet without a line knows of no session; what it kept it still shows.
  pages: [{ id: 'meldekopf', label: (words) => words.arrivals.page, component: Meldekopf, bare: true, needs: (session) => session.signed_in || desk.used || view.page === 'meldekopf' }],
};
