/** The requests and inquiries that this page knows, which side we stand on, and what we ask of the server. */
import { Failed, newKey, request as ask, send } from '../api/request';
import { boxOf } from '../features/shown';
import type { Geometry } from 'geojson';
import { thing, things, type Thing } from '../live/things.svelte';
import { currentIncident } from '../session/incident.svelte';
import { sharesIn, writesIn } from '../session/rooms.svelte';
import { page, select, store, view } from '../state.svelte';
import { ordersFor } from '../tasks/state';
import { text } from '../text/index.svelte';
import { called } from './catalogue.svelte';
import { byNeed, byWaiting, rings, waitsForLender, whatOf, type Side } from './rules';
import type { Candidates, Inquiry, Need, Party, Priority, Request, RequestBody, Similar, What } from './types';

/** Which face of the tab is open; null until somebody chose. */
export const face = $state({ chosen: null as 'ours' | 'theirs' | null });
/** What the server thought similar when a request was made, until somebody said what it is. */
export const doubts = $state({ similar: {} as Record<string, Similar[]> });

/** Of the incident that is worked on, the most urgent first. */
export function requests(): Request[] {
  const incident = currentIncident()?.id;
  return (things('request') as Request[]).filter(({ body }) => !incident || body.incident === incident).sort((a, b) => byNeed(a.body, b.body));
}

export function inquiriesOf(request: string): Inquiry[] {
  return (things('inquiry') as Inquiry[]).filter(({ body }) => body.request === request).sort((a, b) => Date.parse(a.body.history?.[0]?.at ?? '') - Date.parse(b.body.history?.[0]?.at ?? '') || a.body.addressee.name.localeCompare(b.body.addressee.name));
}

/** Organisations that are ours: we belong to them, or keep their stock. */
export function ours(): string[] {
  return [...page.session.organisations.map(({ id }) => id), ...things('fleet').filter(({ body }) => writes(String(body.room))).map(({ id }) => id)];
}

export function writes(room: string | undefined): boolean {
  return writesIn(room);
}

function shares(room: string | undefined): boolean {
  return sharesIn(room);
}

/** What others ask of us, what waits first. */
export function askedOfUs(): Inquiry[] {
  const inquiries = things('inquiry') as Inquiry[];
  if (!inquiries.length) return [];
  const mine = new Set(ours());
  const order = byWaiting(store.clock.now);
  return inquiries.filter(({ body }) => mine.has(body.addressee.organisation)).sort((a, b) => order(a.body, b.body));
}

export function waiting(): Inquiry[] {
  return askedOfUs().filter(({ body }) => waitsForLender(body));
}

export function ringing(): Inquiry[] {
  return waiting().filter(({ body }) => rings(body, store.clock.now));
}

/** Which face shows: what was chosen, else where there is something to do. */
export function shownFace(): 'ours' | 'theirs' {
  if (face.chosen) return face.chosen;
  return requests().length || !askedOfUs().length ? 'ours' : 'theirs';
}

export function mayRequest(incident: string | undefined = currentIncident()?.id): boolean {
  return store.past === null && view.at === null && page.session.signed_in && ordersFor(page.session, incident).length > 0;
}

/** Where we stand in an inquiry. Whoever is both sees it as the one who lends where it was put to him. */
export function sidesOf({ body }: Inquiry): Side[] {
  if (store.past !== null || view.at !== null) return [];
  const lender = writes(fleetRoom(body.addressee)) ? (['lender'] as const) : [];
  const requester = mayRequest(body.incident) ? (['requester'] as const) : [];
  return [...lender, ...requester];
}

export function mayLend({ body }: Inquiry): boolean {
  return shares(fleetRoom(body.addressee));
}

function fleetRoom({ organisation }: Party): string | undefined {
  return thing('fleet', organisation)?.body.room as string | undefined;
}

/** The fleets for which we may ask: those that we may write in, ours first. */
export function askingFor(): { id: string; name: string }[] {
  return things('fleet').filter(({ body }) => writes(String(body.room))).map(({ id, body }) => ({ id, name: String(body.name) })).sort((a, b) => a.name.localeCompare(b.name));
}

export function needed(need: Need): string {
  const what = whatOf(need);
  const amount = `${need.quantity.toLocaleString(text().locale)}${need.unit ? ` ${need.unit}` : need.article ? ` ${text().requests.pieces}` : ' ×'}`;
  return what ? `${amount} ${called(...what)}` : amount;
}

export interface Draft {
  incident: string;
  organisation: string;
  staff: string;
  what: What;
  code: string;
  title: string;
  quantity: number;
  unit: string;
  priority: Priority;
  place: [number, number] | null;
  place_name: string;
  needed_from: string;
  needed_until: string;
  people_at_risk: number | null;
  reason: string;
  text: string;
  links: { site?: string; sector?: string };
  key: string;
}

/** Stays when the panel is closed, until it is sent or given up. */
export const writing = $state({ draft: null as Draft | null });

function placeOf(about: Thing | undefined): [number, number] | null {
  const box = boxOf(about?.body.geometry as Geometry | undefined);
  if (box) return [round((box[0] + box[2]) / 2), round((box[1] + box[3]) / 2)];
  return (about?.body.place as [number, number] | undefined) ?? null;
}

const round = (value: number) => Math.round(value * 1e6) / 1e6;

/** A new request, for what is selected. What was begun goes on, unless it is for something else. */
export function newRequest(about: Thing | undefined = view.selection ? thing(view.selection.kind, view.selection.key) : undefined): void {
  const incident = String((['site', 'sector', 'facility', 'zone', 'request'].includes(about?.kind ?? '') ? about?.body.incident : undefined) ?? currentIncident()?.id ?? '');
  const links = about?.kind === 'site' ? { site: about.id } : about?.kind === 'sector' ? { sector: about.id } : {};
  const [what, code]: [What, string] = about?.kind === 'resource' ? ['type', String(about.body.type)] : about?.kind === 'stock' ? ['article', String(about.body.article)] : ((about?.kind === 'request' && whatOf(about.body as unknown as Need)) || ['capability', '']);
  const draft = writing.draft;
  const same = draft && draft.incident === incident && JSON.stringify(draft.links) === JSON.stringify(links) && (!code || draft.code === code);
  if (!same) {
    const grave = about?.kind === 'site' && (about.body.priority === 'P1' || about.body.lives_at_risk === true);
    const named = about && ['site', 'sector', 'facility', 'zone'].includes(about.kind) ? String(about.body.title ?? about.body.name ?? '') : '';
    writing.draft = {
      incident, organisation: askingFor()[0]?.id ?? '', staff: ordersFor(page.session, incident)[0]?.staff ?? '', what, code, title: '', quantity: 1, unit: String((about?.kind === 'stock' && about.body.unit) || ''),
      priority: grave ? 'LIFE_SAVING' : 'URGENT', place: placeOf(about), place_name: String(about?.body.address ?? named), needed_from: '', needed_until: '',
      people_at_risk: about?.kind === 'site' && typeof about.body.affected === 'number' ? about.body.affected : null, reason: '', text: '', links, key: newKey(),
    };
  }
  view.aside = null;
  select({ kind: 'request', key: 'new' });
}

interface Answer {
  id: string;
  body: RequestBody;
  similar?: Similar[];
}

const at = (local: string) => new Date(local).toISOString();

/** The fields as the server takes them; what is empty is left out. */
export function fieldsOf(draft: Draft): Record<string, unknown> {
  const { what, code, title, quantity, unit, priority, place, people_at_risk: risk } = draft;
  const words = { place_name: draft.place_name.trim(), reason: draft.reason.trim(), text: draft.text.trim() };
  return {
    title: title.trim() || called(what, code), [what]: code, quantity, priority, ...draft.links,
    ...(what === 'article' && unit.trim() && { unit: unit.trim() }), ...(place && { place }), ...Object.fromEntries(Object.entries(words).filter(([, value]) => value)),
    ...(draft.needed_from && { needed_from: at(draft.needed_from) }), ...(draft.needed_until && { needed_until: at(draft.needed_until) }), ...(risk !== null && Number.isFinite(risk) && { people_at_risk: risk }),
  };
}

export async function submit(draft: Draft, now: boolean): Promise<Answer> {
  const sent = { fields: fieldsOf(draft), submit: now, ...(draft.organisation && { organisation: draft.organisation }), ...(draft.staff && { staff: draft.staff }) };
  const answer = await send<Answer>('POST', `/api/incidents/${encodeURIComponent(draft.incident)}/requests`, sent, { key: draft.key });
  writing.draft = null;
  if (answer.similar?.length) doubts.similar[answer.id] = answer.similar;
  // A panel must not say that it is gone before the live picture has brought it.
  for (let tries = 0; tries < 40 && !store.things.get('request')?.has(answer.id); tries += 1) await new Promise((resolve) => setTimeout(resolve, 50));
  return answer;
}

export function onRequest<T = Answer>(id: string, step: string, body: Record<string, unknown> = {}): Promise<T> {
  return send<T>('POST', `/api/requests/${encodeURIComponent(id)}/${step}`, body);
}

export function onInquiry<T = Answer>(id: string, step: string, body: Record<string, unknown> = {}): Promise<T> {
  return send<T>('POST', `/api/inquiries/${encodeURIComponent(id)}/${step}`, body);
}

/** What we could give, and what we would give up if these went together. */
export function candidatesOf(inquiry: string, chosen: string[], signal?: AbortSignal): Promise<Candidates> {
  return ask<Candidates>(`/api/inquiries/${encodeURIComponent(inquiry)}/candidates${chosen.length ? `?chosen=${chosen.map(encodeURIComponent).join(',')}` : ''}`, undefined, signal);
}

export function change(request: Request, base: number, fields: Record<string, unknown>): Promise<Answer> {
  return send<Answer>('PATCH', `/api/requests/${encodeURIComponent(request.id)}`, { base, fields });
}

export function settle(request: Request, index: number, field: string, take: boolean): Promise<Answer> {
  return onRequest(request.id, `conflicts/${index}`, { take, field });
}

/** Something could not be asked for: nothing was changed by it. */
export function unread(error: unknown): string {
  const words = text().requests;
  return `${words.notLoaded((error instanceof Error ? error.message : String(error)).replace(/\.?$/, '.'))} ${words.again2}`;
}

/** What happened, what was kept, what to do. */
export function told(error: unknown): string {
  const words = text().requests;
  const why = error instanceof Error ? error.message.replace(/\.?$/, '.') : String(error);
  const status = error instanceof Failed ? error.status : 0;
  const todo = status === 409 ? words.taken : status === 0 || status >= 500 ? `${words.kept} ${words.again2}` : words.kept;
  return `${words.failed(why)} ${todo}`;
}
