/** Custody of warnings, rules and risk alerts. */
import { openTab } from '../keyboard';
import type { Part } from '../parts';
import { store } from '../state.svelte';
import AlertPanel from './AlertPanel.svelte';
import CustodyPanel from './CustodyPanel.svelte';
import CustodyTab from './CustodyTab.svelte';
import { custodies, isOpen, isOver, waiting } from './here.svelte';
import NewRule from './NewRule.svelte';
import Ringing from './Ringing.svelte';
import RulePanel from './RulePanel.svelte';

export const custody: Part = {
  tabs: [{
    id: 'custody',
    label: (words) => words.custody.tab,
    component: CustodyTab,
    badge: () => {
      if (!store.loaded) return null;
      const all = custodies();
      const open = all.filter((one) => !isOver(one)).length;
      const calls = all.filter(isOpen).length;
      return waiting().length ? `${open} ⚠ ${calls}` : open;
    },
    calls: () => (waiting().length ? custodies().filter(isOpen).length : 0),
    needs: ({ signed_in: signedIn }) => signedIn,
  }],
  panels: { custody: CustodyPanel, risk_alert: AlertPanel, alarm_rule: RulePanel },
  fresh: { alarm_rule: NewRule },
  strip: Ringing,
  keys: { 'g w': { run: () => openTab('custody'), label: (words) => words.custody.key } },
};
