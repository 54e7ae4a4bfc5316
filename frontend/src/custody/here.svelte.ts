/** The custodies, alerts and rules that this page knows, what waits for us, and what we ask of the server. */
import { request, send } from '../api/request';
import { things } from '../live/things.svelte';
import { name } from '../people.svelte';
import { writesIn } from '../session/rooms.svelte';
import { currentIncident } from '../session/incident.svelte';
import { page, store, view } from '../state.svelte';
import { text } from '../text/index.svelte';
import type { Custody, DryRun, Rule, RuleBody, Subject } from './types';

export const face = $state({ chosen: 'custody' as 'custody' | 'rules' });
export const draft = $state({ rule: null as Partial<RuleBody> | null });

export const isOpen = ({ body }: Custody) => body.state === 'RAISED' || body.state === 'NOTIFIED';
export const isOver = ({ body }: Custody) => body.state === 'CLEARED';
const rank = (one: Custody) => (isOpen(one) ? 0 : one.body.state === 'ACKNOWLEDGED' ? 1 : isOver(one) ? 3 : 2);
const due = ({ body }: Custody) => (body.due_at ? Date.parse(body.due_at) : Infinity);

/** What waits comes first, the nearest deadline on top; what nobody acknowledged in any tier before all. */
export function custodies(): Custody[] {
  return (things('custody') as Custody[]).sort((a, b) => rank(a) - rank(b) || (isOpen(a) ? Number(Boolean(a.body.due_at)) - Number(Boolean(b.body.due_at)) || due(a) - due(b) : Date.parse(b.body.raised_at) - Date.parse(a.body.raised_at)) || b.id.localeCompare(a.id));
}

export const keeps = (one: { room: string }) => store.past === null && view.at === null && page.session.signed_in && writesIn(one.room);

/** What rings: it waits, and we may acknowledge it. */
export function waiting(): Custody[] {
  return custodies().filter((one) => isOpen(one) && keeps(one));
}

export function rules(): Rule[] {
  return (things('alarm_rule') as Rule[]).sort((a, b) => a.body.name.localeCompare(b.body.name));
}

/** Organisations whose roster we keep: for them we may write rules. */
export function organisations(): { id: string; name: string }[] {
  return things('roster').filter(({ body }) => writesIn(String(body.room))).map(({ id, body }) => ({ id, name: String(body.name) }));
}

export const incidentHere = () => currentIncident()?.id;

export function onCustody(id: string, step: string, body?: Record<string, unknown>): Promise<unknown> {
  return send('POST', `/api/custody/${encodeURIComponent(id)}/${step}`, body ?? {});
}

export function statesOf(id: string, signal?: AbortSignal): Promise<{ subjects: Subject[] }> {
  return request(`/api/alarm-rules/${encodeURIComponent(id)}/states`, undefined, signal);
}

export function dryRun(organisation: string, fields: Partial<RuleBody>): Promise<DryRun> {
  return send('POST', '/api/alarm-rules/dry-run', { organisation, fields });
}

export function saveRule(id: string | null, organisation: string, fields: Record<string, unknown>, base = 1): Promise<{ id: string }> {
  return id ? send('PATCH', `/api/alarm-rules/${encodeURIComponent(id)}`, { base, fields }) : send('POST', '/api/alarm-rules', { organisation, fields });
}

export function dropRule(id: string): Promise<unknown> {
  return send('DELETE', `/api/alarm-rules/${encodeURIComponent(id)}`);
}

export function stationName(key: string | undefined): string {
  void store.revision;
  return key ? (store.gauges.get(key)?.station.name ?? key) : '';
}

/** Who an actor of the log is. */
export function actor(by: string): string {
  return by.startsWith('person:') ? name(by.slice(7)) : by === 'watch' ? text().custody.system : by;
}

export const why = (error: unknown) => (error instanceof Error ? error.message : String(error)).replace(/\.?$/, '.');

/** A rule as people say it. */
export function sentence(rule: Partial<RuleBody>, unit = ''): string {
  const words = text().custody;
  const stations = rule.kind === 'SILENT' ? (rule.stations ?? []).map(stationName).join(', ') : rule.kind === 'FEED_DEAD' ? (rule.feeds ?? []).join(', ') : stationName(rule.station);
  const value = rule.kind === 'WARNING' ? (words.levels[rule.at_least ?? 3] ?? '') : rule.value === undefined ? '…' : `${rule.value.toLocaleString(text().locale)}${unit ? ` ${unit}` : ''}`;
  const { sentence: said } = words;
  const kind = rule.kind ?? 'THRESHOLD';
  const when =
    kind === 'THRESHOLD' || kind === 'RISE' ? said[kind](stations || '…', value)
    : kind === 'WARNING' ? said.WARNING(value)
    : kind === 'SILENT' ? said.SILENT(stations || '…')
    : kind === 'FEED_DEAD' ? said.FEED_DEAD(stations)
    : said[kind];
  return `${when}${rule.minutes ? words.lasting(String(rule.minutes)) : ''}`;
}
