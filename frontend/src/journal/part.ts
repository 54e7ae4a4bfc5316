/** The operations log: the line at the foot, the tab, the panel of an entry. */
import { openTab } from '../keyboard';
import type { Part } from '../parts';
import { view } from '../state.svelte';
import { refOf } from './cited';
import About from './About.svelte';
import EntryPanel from './EntryPanel.svelte';
import Foot from './Foot.svelte';
import JournalTab from './JournalTab.svelte';
import { cite, focusLine } from './line.svelte';

/** What has the focus may name itself what it stands for: `data-cite="ref"` or `ref@seq` for one change. */
function about(): void {
  const named = document.activeElement?.closest<HTMLElement>('[data-cite]')?.dataset.cite;
  const [ref, seq] = (named ?? '').split('@');
  cite(ref || refOf(view.selection), seq ? Number(seq) : undefined);
}

export const journal: Part = {
  tabs: [{ id: 'journal', label: (words) => words.journal.tab, component: JournalTab, needs: ({ signed_in: signedIn }) => signedIn }],
  panels: { entry: EntryPanel },
  about: About,
  keys: {
    l: { run: focusLine, label: (words) => words.journal.keys.line },
    e: { run: about, label: (words) => words.journal.keys.about },
    'g e': { run: () => openTab('journal'), label: (words) => words.journal.keys.tab },
  },
  foot: Foot,
};
