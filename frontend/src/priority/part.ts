/** Ressourcenpriorisierung: needs, proposal with its reasons, decisions. */
import { done } from '../offers.svelte';
import { openTab } from '../keyboard';
import type { Part } from '../parts';
import { store } from '../state.svelte';
import { text } from '../text/index.svelte';
import { lock, mayDecide, openLine, proposals, shown } from './here.svelte';
import { planLine } from './layer';
import PriorityTab from './PriorityTab.svelte';

function byKey(word: 'FIX' | 'FORBID'): void {
  const held = shown();
  const line = held?.body.lines?.find((each) => each.number === openLine());
  if (!held || !line?.resource || !mayDecide()) return;
  const words = text().priority;
  lock(held.id, word, line.resource, line.need).then(() => done(words.said), (error: unknown) => done(words.failed(error instanceof Error ? error.message : String(error))));
}

/** Decisions that a second person has to agree to. */
function awaiting(): number {
  return proposals()[0]?.body.lines?.filter((line) => line.decision?.kind === 'AWAITS_SECOND').length ?? 0;
}

export const priority: Part = {
  tabs: [{
    id: 'priority',
    label: (words) => words.priority.tab,
    component: PriorityTab,
    badge: () => {
      if (!store.loaded) return null;
      const waiting = awaiting();
      return waiting ? `⚠ ${waiting}` : null;
    },
    calls: awaiting,
    needs: ({ signed_in: signedIn }) => signedIn,
  }],
  layers: [planLine],
  keys: {
    y: { run: () => byKey('FIX'), label: (words) => words.priority.key },
    x: { run: () => byKey('FORBID'), label: (words) => words.priority.keyForbid },
    'g p': { run: () => openTab('priority'), label: (words) => words.priority.tab },
  },
};
