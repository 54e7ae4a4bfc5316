/** The proposals of the incident that is worked on, which line is looked at, and what can be done with them. */
import { send } from '../api/request';
import { thing, things, type Thing } from '../live/things.svelte';
import { currentIncident } from '../session/incident.svelte';
import { can, page } from '../state.svelte';
import { text } from '../text/index.svelte';
import type { Line, Need, Offer, Proposal, Stale } from './types';

export interface Held extends Thing {
  readonly body: Thing['body'] & Proposal;
}

interface Answer {
  id: string;
  body: Proposal;
  offer?: Offer;
}

export interface Wanted {
  site?: string;
  request?: string;
  capability?: string;
  quantity?: number;
}

export const OPEN_SITES = ['REPORTED', 'VERIFIED', 'QUEUED', 'ASSIGNED', 'IN_WORK'];

/** Newest first. */
export function proposals(): Held[] {
  const incident = currentIncident()?.id;
  return (things('allocation') as Held[]).filter(({ body }) => body.incident === incident).sort((a, b) => b.body.number - a.body.number);
}

/** Which proposal and which of its lines is looked at. */
export const looked = $state({ proposal: null as string | null, line: null as number | null });

/** The one that was chosen, else the newest. */
export function shown(): Held | undefined {
  const all = proposals();
  return all.find(({ id }) => id === looked.proposal) ?? all[0];
}

/** The number of the line that is open. */
export function openLine(): number | null {
  return looked.line;
}

export function open(proposal: string | null, line: number | null): void {
  Object.assign(looked, { proposal, line });
}

export function mayDecide(): boolean {
  return can('ORDER');
}

export function me(): string {
  return String(page.session.person ?? '');
}

/** The call sign, or that it is not yours to see. */
export function nameOf(resource: string | undefined): string {
  if (!resource) return text().priority.nobody;
  return String(thing('resource', resource)?.body.callsign ?? text().priority.unseen(resource.slice(-4)));
}

export function needOf(proposal: Proposal, id: string | undefined): Need | undefined {
  return proposal.needs?.find((need) => need.id === id);
}

export function titleOf(proposal: Proposal, id: string | undefined): string {
  return needOf(proposal, id)?.title ?? '–';
}

/** Who goes as things stand: decided, else proposed. */
export function goes(line: Line): string | undefined {
  const { decision } = line;
  return decision && (decision.kind === 'ACCEPTED' || decision.kind === 'OVERRIDDEN') ? decision.resource : line.resource;
}

/** Where a resource was last seen, else its home. */
export function placeOf(resource: string | undefined): [number, number] | null {
  const position = thing('position', resource)?.body;
  if (position) return [Number(position.longitude), Number(position.latitude)];
  return (thing('resource', resource)?.body.home as [number, number] | undefined) ?? null;
}

export function ask(given: { needs?: Wanted[]; previous?: string }): Promise<Answer> {
  return send('POST', `/api/incidents/${encodeURIComponent(String(currentIncident()?.id))}/allocations`, given);
}

export function cancel(id: string): Promise<Answer> {
  return send('POST', `/api/allocations/${encodeURIComponent(id)}/cancel`);
}

export function decide(id: string, line: number, action: string, resource?: string, reason?: string): Promise<Answer> {
  return send('POST', `/api/allocations/${encodeURIComponent(id)}/lines/${line}`, { action, ...(resource && { resource }), ...(reason && { reason }) });
}

export function lock(id: string, word: 'FIX' | 'FORBID' | 'FREE', resource: string, need?: string): Promise<Answer> {
  return send('POST', `/api/allocations/${encodeURIComponent(id)}/locks`, { word, resource, ...(need && { need }) });
}

export function stale(id: string): Promise<Stale> {
  return send('GET', `/api/allocations/${encodeURIComponent(id)}/stale`);
}

/** A human sends it: the route that every deployment takes. */
export function alert(offer: Offer): Promise<unknown> {
  return send('POST', `/api/resources/${encodeURIComponent(offer.resource)}/deployment`, offer.deployment);
}

/** As the server offers it, for a line decided on earlier. */
export function offerOf(proposal: Proposal, line: Line): Offer | null {
  const { decision } = line;
  if (!decision?.resource || (decision.kind !== 'ACCEPTED' && decision.kind !== 'OVERRIDDEN')) return null;
  const need = needOf(proposal, line.need);
  const body = thing('resource', decision.resource)?.body;
  if (!need || !body || body.incident === proposal.incident) return null;
  const fields = { incident: proposal.incident, target: need.place, ...(need.site && { site: need.site }) };
  return { resource: decision.resource, deployment: { state: 'ALERTED', fields, ...(decision.cover?.length && { override: { reason: String(decision.reason) } }) } };
}
