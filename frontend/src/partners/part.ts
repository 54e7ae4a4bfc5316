/** Neighbouring nodes: who they are, what we let them see, and what both staffs do together. */
import { openTab } from '../keyboard';
import type { Part } from '../parts';
import PartnersTab from './PartnersTab.svelte';

export const partners: Part = {
  tabs: [{
    id: 'partners',
    label: (words) => words.partners.tab,
    component: PartnersTab,
    needs: ({ signed_in: signedIn }) => signedIn,
  }],
  keys: { 'g n': { run: () => openTab('partners'), label: (words) => words.partners.tab } },
};
