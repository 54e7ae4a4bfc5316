/** Spontaneous helpers, their jobs and slots, and the desk of a meeting point. */
import { openTab } from '../keyboard';
import { things } from '../live/things.svelte';
import type { Part } from '../parts';
import { store, view } from '../state.svelte';
import Anlaufstelle from './Anlaufstelle.svelte';
import { jobs } from './here.svelte';
import JobForm from './JobForm.svelte';
import JobPanel from './JobPanel.svelte';
import { wasUsed } from './kept';
import { LAYER } from './layer';
import PointForm from './PointForm.svelte';
import PointPanel from './PointPanel.svelte';
import VolunteersTab from './VolunteersTab.svelte';

/** A node without jobs and without a roster that takes in volunteers gets no empty tab; an address that names it does. */
function any(): boolean {
  return view.tab === 'volunteers' || things('job').length > 0 || things('meeting_point').length > 0 || things('roster').some(({ body }) => body.volunteers);
}

export const volunteers: Part = {
  tabs: [{ id: 'volunteers', label: (words) => words.volunteers.tab, component: VolunteersTab, badge: () => (store.loaded ? jobs().filter(({ body }) => body.state === 'OPEN').length : null), needs: ({ signed_in: signedIn }) => signedIn && any() }],
  panels: { job: JobPanel, meeting_point: PointPanel },
  fresh: { job: JobForm, meeting_point: PointForm },
  layers: [LAYER],
  keys: { 'g u': { run: () => openTab('volunteers'), label: (words) => words.volunteers.tab } },
  pages: [{ id: 'anlaufstelle', label: (words) => words.volunteers.desk, component: Anlaufstelle, bare: true, needs: (session) => (session.signed_in && any()) || wasUsed() || view.page === 'anlaufstelle' }],
};
