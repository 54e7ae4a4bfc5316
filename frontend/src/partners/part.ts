/** Neighbouring nodes: who they are, what we let them see, and what both staffs do together. */
import { openTab } from '../keyboard';
import type { Part } from '../parts';
import { proposed, unread } from '../exchange/here.svelte';
import { silent, waits } from './here.svelte';
import PartnersTab from './PartnersTab.svelte';
import Waits from './Waits.svelte';

function calling(): number {
  return waits().length + silent().length + unread().length + proposed().length;
}

export const partners: Part = {
  tabs: [{
    id: 'partners',
    label: (words) => words.partners.tab,
    component: PartnersTab,
    badge: () => calling() || null,
    calls: calling,
    needs: ({ signed_in: signedIn }) => signedIn,
  }],
  strip: Waits,
  keys: { 'g n': { run: () => openTab('partners'), label: (words) => words.partners.tab } },
};
