/** The liaison officer's page: everything between us and one partner. */
import { reached } from '../exchange/here.svelte';
import type { Part } from '../parts';
import { view } from '../state.svelte';
import Liaison from './Liaison.svelte';
import PartnerPanel from './PartnerPanel.svelte';

export const liaison: Part = {
  pages: [{ id: 'liaison', label: (words) => words.liaison.page, component: Liaison, needs: ({ signed_in: signedIn }) => signedIn && (reached().length > 0 || view.page === 'liaison') }],
  loose: { partner: PartnerPanel },
  keys: { 'g o': { run: () => (view.page = 'liaison'), label: (words) => words.liaison.page } },
};
