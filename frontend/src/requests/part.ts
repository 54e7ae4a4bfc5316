/** Requests across borders: ours and those put to us, with their panels, the form and what rings in the strip. */
import { openTab } from '../keyboard';
import type { Part } from '../parts';
import { store } from '../state.svelte';
import { newRequest, ringing, waiting } from './here.svelte';
import InquiryPanel from './InquiryPanel.svelte';
import NewRequest from './NewRequest.svelte';
import RequestPanel from './RequestPanel.svelte';
import RequestsAbout from './RequestsAbout.svelte';
import RequestsTab from './RequestsTab.svelte';
import Ringing from './Ringing.svelte';

export const requests: Part = {
  tabs: [{
    id: 'requests',
    label: (words) => words.requests.tab,
    component: RequestsTab,
    badge: () => {
      if (!store.loaded) return null;
      const calls = ringing().length;
      return calls ? `${waiting().length} ⚠ ${calls}` : waiting().length;
    },
    calls: () => ringing().length,
    needs: ({ signed_in: signedIn }) => signedIn,
  }],
  panels: { request: RequestPanel, inquiry: InquiryPanel },
  fresh: { request: NewRequest },
  about: RequestsAbout,
  strip: Ringing,
  keys: {
    f: { run: () => newRequest(), label: (words) => words.requests.key },
    'g f': { run: () => openTab('requests'), label: (words) => words.requests.tab },
  },
};
