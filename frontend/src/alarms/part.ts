/** Alarms, their plans and the board. */
import { openTab } from '../keyboard';
import type { Part } from '../parts';
import { store } from '../state.svelte';
import AlarmPanel from './AlarmPanel.svelte';
import AlarmsAbout from './AlarmsAbout.svelte';
import AlarmTab from './AlarmTab.svelte';
import Banner from './Banner.svelte';
import { newAlarm, running } from './here.svelte';
import { meetingPoints } from './layer';
import NewAlarm from './NewAlarm.svelte';
import NewPlan from './NewPlan.svelte';
import PlanPanel from './PlanPanel.svelte';

function calling(): number {
  return running().filter(({ body }) => body.state === 'EXHAUSTED' || body.state === 'PROPOSED' || body.problems?.length).length;
}

export const alarms: Part = {
  tabs: [{
    id: 'alarms',
    label: (words) => words.alarms.tab,
    component: AlarmTab,
    badge: () => {
      if (!store.loaded) return null;
      const calls = calling();
      return calls ? `${running().length} ⚠ ${calls}` : running().length;
    },
    calls: calling,
    needs: ({ signed_in: signedIn }) => signedIn,
  }],
  panels: { alarm: AlarmPanel, alarm_plan: PlanPanel },
  fresh: { alarm: NewAlarm, alarm_plan: NewPlan },
  about: AlarmsAbout,
  strip: Banner,
  layers: [meetingPoints],
  keys: {
    '!': { run: () => newAlarm(), label: (words) => words.alarms.key },
    'g a': { run: () => openTab('alarms'), label: (words) => words.alarms.tab },
  },
};
