/** The incident that is worked on: named by the address, else by one's function, else the only one there is. */
import { thing, things, type Thing } from '../live/things.svelte';
import type { Mode } from '../live/types';
import { knownMode, page, view } from '../state.svelte';

export interface Legal {
  level: string;
  since: string;
  by: string;
  text?: string;
}

const OVER = ['CLOSED', 'ARCHIVED'];

/** All that you may see: those that go on first, the newest first among them. */
export function incidents(): Thing[] {
  const rank = (incident: Thing) => (OVER.includes(String(incident.body.state)) ? 1 : 0);
  return things('incident').sort((a, b) => rank(a) - rank(b) || (Number(b.body.number) || 0) - (Number(a.body.number) || 0));
}

export function currentIncident(): Thing | undefined {
  if (view.incident) return thing('incident', view.incident);
  const duty = page.session.duties.find(({ incident }) => thing('incident', incident));
  if (duty) return thing('incident', duty.incident);
  const going = incidents().filter(({ body }) => !OVER.includes(String(body.state)));
  return going.length === 1 ? going[0] : undefined;
}

/** What you do in this incident, or anywhere if you do nothing in it. */
export function functions(): string[] {
  const incident = currentIncident()?.id;
  const { duties } = page.session;
  const here = duties.filter((duty) => duty.incident === incident);
  return [...new Set((here.length ? here : duties).map(({ function: what }) => what))];
}

/** An incident may be an exercise on a node that works for real; never the other way round. */
export function shownMode(): Mode | null {
  const node = knownMode();
  if (node !== 'ACTUAL') return node;
  const own = currentIncident()?.body.mode;
  return own === 'EXERCISE' || own === 'TEST' ? own : node;
}

export function legalLevel(incident: Thing | undefined): Legal | undefined {
  const legal = incident?.body.legal;
  return Array.isArray(legal) ? (legal.at(-1) as Legal | undefined) : undefined;
}
