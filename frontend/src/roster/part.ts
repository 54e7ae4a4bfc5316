/** People who can be called: a page of their own, and where they live, coarsely, on the map. */
import type { Part } from '../parts';
import { cells } from './layer';
import Legend from './Legend.svelte';
import Roster from './Roster.svelte';

export const roster: Part = {
  layers: [cells],
  legend: Legend,
  pages: [{ id: 'roster', label: (words) => words.roster.tab, component: Roster, needs: ({ signed_in: signedIn }) => signedIn }],
};
