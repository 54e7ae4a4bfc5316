/** Who is on duty where and until when, and who could relieve whom. */
import type { Part } from '../parts';
import Shifts from './Shifts.svelte';

export const shifts: Part = {
  pages: [{ id: 'shifts', label: (words) => words.shifts.tab, component: Shifts, needs: ({ signed_in: signedIn }) => signedIn }],
};
