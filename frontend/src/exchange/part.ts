/** What staffs of different nodes say to each other; it is shown in the partners' tab. */
import { openTab } from '../keyboard';
import { face } from '../partners/face.svelte';
import type { Part } from '../parts';
import AskPanel from './AskPanel.svelte';
import Bell from './Bell.svelte';
import { LAYER } from './layer';
import MessagePanel from './MessagePanel.svelte';
import NodePanel from './NodePanel.svelte';
import ReportKey from './ReportKey.svelte';
import ReportLegend from './ReportLegend.svelte';
import ReportPanel from './ReportPanel.svelte';

function look(): void {
  face.shown = 'exchange';
  openTab('partners');
}

export const exchange: Part = {
  panels: { partner_message: MessagePanel, alarm_request: AskPanel, situation_report: ReportPanel },
  loose: { report_node: NodePanel },
  layers: [LAYER],
  map: ReportKey,
  legend: ReportLegend,
  strip: Bell,
  keys: { 'g x': { run: look, label: (words) => words.exchange.key } },
};
