/** The alarms and plans that this page knows, what is being begun, and what is asked of the server. */
import { boxOf } from '../features/shown';
import { Failed, newKey, request, send } from '../api/request';
import { thing, things, type Thing } from '../live/things.svelte';
import { currentIncident } from '../session/incident.svelte';
import { writesIn } from '../session/rooms.svelte';
import { neighbours } from '../sharing/neighbours.svelte';
import { can, page, select, store, view } from '../state.svelte';
import { language, text } from '../text/index.svelte';
import { byNeed, isOver } from './rules';
import type { Alarm, Drill, Mode, Plan, PlanBody, Purpose, Recipient, Rehearsed, Step, Target } from './types';

/** Which face of the tab is open. */
export const face = $state({ chosen: 'alarms' as 'alarms' | 'plans' });

/** Of the incident that is worked on and of no incident, what needs somebody first. */
export function alarms(): Alarm[] {
  const incident = currentIncident()?.id;
  return (things('alarm') as Alarm[]).filter(({ body }) => !incident || !body.incident || body.incident === incident).sort((a, b) => byNeed(a.body, b.body));
}

export function running(): Alarm[] {
  return alarms().filter(({ body }) => !isOver(body));
}

export function plans(): Plan[] {
  const rank = { ACTIVE: 0, DRAFT: 1, RETIRED: 2 };
  return (things('alarm_plan') as Plan[]).sort((a, b) => rank[a.body.state] - rank[b.body.state] || a.body.name.localeCompare(b.body.name));
}

/** Whose people we may call: rosters in whose room we write. */
export function rosters(): { id: string; name: string }[] {
  return things('roster').filter(({ body }) => writesIn(String(body.room))).map(({ id, body }) => ({ id, name: String(body.name) })).sort((a, b) => a.name.localeCompare(b.name));
}

export function organisationName(id: string | undefined): string {
  return String(thing('roster', id)?.body.name ?? thing('fleet', id)?.body.name ?? neighbours.of(id)?.name ?? (id ?? '').slice(0, 12));
}

export function mayAlarm(): boolean {
  return page.session.signed_in && can('ALARM');
}

/** Whoever keeps the roster writes its plans; who changes one in force also needs to be allowed to alarm. */
export function mayEdit(plan: Plan): boolean {
  return store.past === null && view.at === null && writesIn(plan.room) && (plan.body.state !== 'ACTIVE' || mayAlarm());
}

export interface Draft {
  plan: string;
  organisation: string;
  incident: string;
  site: string;
  purpose: Purpose;
  title: string;
  text: string;
  meeting: string;
  geometry: GeoJSON.Geometry | null;
  bring: string;
  report_to: string;
  total: number;
  skills: string;
  target: Target;
  fall_back: number;
  wait: number;
  key: string;
}

/** Stays when the panel is closed, until it is sent or given up. */
export const writing = $state({ draft: null as Draft | null });

const PLACED = ['site', 'sector', 'facility', 'zone', 'meeting_point', 'arrival'];

/** A new alarm, for what is selected: its place is the meeting point, its name the title. */
export function newAlarm(about: Thing | undefined = view.selection ? thing(view.selection.kind, view.selection.key) : undefined, more: Partial<Draft> = {}): void {
  const own = about?.kind === 'alarm_plan' ? (about as Plan) : undefined;
  const placed = about && PLACED.includes(about.kind) ? about : undefined;
  const named = String(placed?.body.title ?? placed?.body.name ?? (about?.kind === 'station' || about?.kind === 'warning' ? (about.body.name ?? about.body.headline ?? '') : ''));
  const box = boxOf(placed?.body.geometry as GeoJSON.Geometry | undefined);
  const draft: Draft = {
    plan: own?.id ?? '', organisation: String(own?.body.organisation ?? rosters()[0]?.id ?? ''), incident: String(placed?.body.incident ?? currentIncident()?.id ?? ''), site: placed?.kind === 'site' ? placed.id : '',
    purpose: own?.body.purpose ?? 'ALARM', title: named.slice(0, 150), text: '', meeting: String(placed?.body.address ?? named).slice(0, 200), geometry: box ? { type: 'Point', coordinates: [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2] } : null, bring: '', report_to: '',
    total: 1, skills: '', target: { kind: 'ORGANISATION', organisation: String(rosters()[0]?.id ?? '') }, fall_back: 120, wait: 10, key: newKey(), ...more,
  };
  const begun = writing.draft;
  if (!begun || begun.plan !== draft.plan || begun.purpose !== draft.purpose || begun.site !== draft.site || (named && begun.title !== draft.title)) writing.draft = draft;
  view.aside = null;
  select({ kind: 'alarm', key: 'new' });
}

export interface Asked {
  plan?: string;
  organisation?: string;
  fields: Record<string, unknown>;
  incident?: string;
  site?: string;
  mode?: Mode;
}

/** As the server takes it: what is empty is left out, so that the plan's own words stand. */
export function askedOf(draft: Draft, skills: Record<string, number>): Asked {
  const words = { title: draft.title.trim(), text: draft.text.trim(), meeting: draft.meeting.trim(), bring: draft.bring.trim(), report_to: draft.report_to.trim() };
  const said = { ...Object.fromEntries(Object.entries(words).filter(([, value]) => value)), ...(draft.geometry && { geometry: draft.geometry }) };
  const belongs = { ...(draft.incident && { incident: draft.incident }), ...(draft.site && draft.incident && { site: draft.site }) };
  if (draft.plan) return { plan: draft.plan, fields: { ...said, purpose: draft.purpose }, ...belongs };
  const step: Step = { targets: [draft.target], fall_back: draft.fall_back, wait: draft.wait * 60 };
  const quota = draft.purpose === 'ALARM' ? { quota: { total: draft.total, ...(Object.keys(skills).length && { skills }) } } : {};
  return { organisation: draft.organisation, fields: { ...said, ...quota, purpose: draft.purpose, steps: [step] }, ...belongs };
}

export function preview(asked: Asked): Promise<Rehearsed> {
  return request<Rehearsed>('/api/alarms/preview', asked);
}

export async function launch(asked: Asked, key: string): Promise<{ id: string; state: string }> {
  const made = await send<{ id: string; state: string }>('POST', '/api/alarms', asked, { key });
  writing.draft = null;
  await brought('alarm', made.id);
  return made;
}

/** A panel must not say that it is gone before the live picture has brought it. */
async function brought(kind: string, id: string): Promise<void> {
  for (let tries = 0; tries < 40 && !store.things.get(kind)?.has(id); tries += 1) await new Promise((resolve) => setTimeout(resolve, 50));
}

export function act(id: string, what: string, given: Record<string, unknown> = {}): Promise<unknown> {
  return send('POST', `/api/alarms/${encodeURIComponent(id)}/${what}`, given);
}

export function recipientsOf(id: string, signal?: AbortSignal): Promise<{ recipients: Recipient[]; hidden: number }> {
  return request(`/api/alarms/${encodeURIComponent(id)}/recipients`, undefined, signal);
}

export function said(id: string, helper: string, answer: string, minutes: number | null): Promise<unknown> {
  return act(id, `recipients/${encodeURIComponent(helper)}/answer`, { answer, ...(minutes !== null && { minutes }) });
}

export function there(id: string, helper: string, left: boolean): Promise<unknown> {
  return act(id, `recipients/${encodeURIComponent(helper)}/arrival`, { left });
}

interface PlanAnswer {
  id: string;
  body: PlanBody;
  large?: boolean;
}

export async function makePlan(organisation: string, fields: Record<string, unknown>): Promise<PlanAnswer> {
  const made = await send<PlanAnswer>('POST', '/api/alarm-plans', { organisation, fields });
  await brought('alarm_plan', made.id);
  return made;
}

export function changePlan(id: string, base: number, fields: Record<string, unknown>): Promise<PlanAnswer> {
  return send('PATCH', `/api/alarm-plans/${encodeURIComponent(id)}`, { base, fields });
}

export function onPlan<T = PlanAnswer>(id: string, step: string, given: Record<string, unknown> = {}): Promise<T> {
  return send<T>('POST', `/api/alarm-plans/${encodeURIComponent(id)}/${step}`, given);
}

export async function deletePlan(id: string): Promise<void> {
  await send('DELETE', `/api/alarm-plans/${encodeURIComponent(id)}`);
}

export function drillsOf(id: string, signal?: AbortSignal): Promise<{ drills: Drill[] }> {
  return request(`/api/alarm-plans/${encodeURIComponent(id)}/drills`, undefined, signal);
}

/** What happened, what was kept. */
export function told(error: unknown): string {
  const words = text().alarms;
  const why = (error instanceof Error ? error.message : String(error)).replace(/\.?$/, '.');
  const field = error instanceof Failed && error.field ? ` (${error.field})` : '';
  return `${words.failed(why)}${field} ${words.kept}`;
}

const catalogue = $state({ names: {} as Record<string, { name: string; name_en?: string | null }> });
let asked = false;

/** Names of skills, asked for once; until they are there, codes stand for themselves. */
export function skillName(code: string): string {
  if (!asked && page.session.signed_in) {
    asked = true;
    void request<{ qualifications?: { code: string; name: string; name_en?: string | null }[] }>('/api/catalogue').then(
      (found) => (catalogue.names = Object.fromEntries((found.qualifications ?? []).map((each) => [each.code, each]))),
      () => setTimeout(() => (asked = false), 10_000),
    );
  }
  const found = catalogue.names[code];
  return found ? `${(language() === 'en' && found.name_en) || found.name} (${code})` : code;
}

export function skillCodes(): { code: string; name: string }[] {
  return Object.entries(catalogue.names).map(([code, each]) => ({ code, name: (language() === 'en' && each.name_en) || each.name }));
}
