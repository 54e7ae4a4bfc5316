/** Any past moment of the picture, and what is new since one. */
import type { Part } from '../parts';
import Changes from './Changes.svelte';
import Foot from './Foot.svelte';
import { goTo, step } from './moments.svelte';
import Past from './Past.svelte';

export const history: Part = {
  tabs: [{ id: 'changes', label: (words) => words.history.tab, component: Changes, needs: ({ signed_in: signedIn }) => signedIn }],
  foot: Foot,
  strip: Past,
  keys: {
    '[': { run: () => step(-1), label: (words) => words.history.keys.earlier },
    ']': { run: () => step(1), label: (words) => words.history.keys.later },
    ',': () => step(-1),
    '.': () => step(1),
    j: { run: () => goTo(null), label: (words) => words.history.keys.now },
  },
};
