/** Staffs and who sits in them; incidents, their state and legal level. */
import type { Part } from '../parts';
import { openTab } from '../keyboard';
import { incidents } from '../session/incident.svelte';
import { store } from '../state.svelte';
import IncidentMenu from './IncidentMenu.svelte';
import IncidentPanel from './IncidentPanel.svelte';
import NewIncident from './NewIncident.svelte';
import PostPanel from './PostPanel.svelte';
import { missing } from './seats.svelte';
import StaffTab from './StaffTab.svelte';

/** A number only where it warns: required seats that nobody holds. */
function warned(): string | null {
  const lacking = store.loaded ? missing() : null;
  return lacking ? `${lacking} ⚠` : null;
}

export const staff: Part = {
  tabs: [
    { id: 'incidents', label: (words) => words.staff.incidentsTab, component: IncidentMenu, badge: () => (store.loaded ? incidents().length : null), needs: ({ signed_in: signedIn }) => signedIn },
    { id: 'staff', label: (words) => words.staff.tab, component: StaffTab, badge: warned, calls: () => missing() ?? 0, needs: ({ signed_in: signedIn }) => signedIn },
  ],
  panels: { post: PostPanel, incident: IncidentPanel },
  fresh: { incident: NewIncident },
  keys: { 'g s': { run: () => openTab('staff'), label: (words) => words.staff.tab } },
};
