/** Situation reports of the live picture: what nodes below have told, what is silent, what we have sent. */
import { newKey, send } from '../api/request';
import { things } from '../live/things.svelte';
import { LEVELS, type Standing } from '../partners/types';
import { neighbours } from '../sharing/neighbours.svelte';
import { store } from '../state.svelte';
import { due, newest, partsOf } from './figures';
import { LOOKS, lookOf, type Look } from './looks';
import { reached } from './here.svelte';
import { byTime } from './rules';
import type { Figures, Part, Report, ReportBody, Rhythm } from './types';

const rank = (level: string | undefined) => LEVELS.indexOf(level as (typeof LEVELS)[number]);
const ownLevel = () => (neighbours.own as { level?: string }).level;

export function above(): Standing[] {
  return reached().filter(({ level }) => rank(level) > rank(ownLevel()));
}

export function below(): Standing[] {
  return reached().filter(({ level }) => rank(level) < rank(ownLevel()));
}

export const reports = () => (things('situation_report') as Report[]).sort(byTime);

/** What we have sent, the newest first: one for each partner. */
export function sent(): Report[] {
  return reports().filter(({ origin }) => !origin);
}

function rhythmIn(room: string | null, origin: string | undefined): Rhythm | undefined {
  return things('report_rhythm').find((one) => one.room === room && one.origin === origin)?.body as unknown as Rhythm | undefined;
}

/** What this partner above asks of us. */
export const asksUs = (one: Standing) => rhythmIn(one.room, one.origin);

/** What we ask of this partner below. */
export const askedOf = (one: Standing) => rhythmIn(one.room, undefined);

/** One line of the table: a node, its last report, and when the next one is late (ms). */
export interface Line {
  origin: string;
  name: string;
  ars?: string | null;
  report?: Report;
  part?: Part;
  due: number | null;
  overdue: boolean;
  look: Exclude<Look, 'stranger'>;
}

/** What was passed on is older by the rhythm of whoever reports to the one who passes it on. */
const PASSED_ON = 2;
const RANK = Object.fromEntries(LOOKS.map((look, rank) => [look, rank])) as Record<Look, number>;

const rows = $derived.by(() => {
  const now = store.clock.now;
  const direct = below();
  const known = new Set(direct.map(({ origin }) => origin));
  const last = new Map<string, Report>();
  for (const one of reports()) if (one.origin && known.has(one.origin) && !last.has(one.origin)) last.set(one.origin, one);
  const parts = new Map(newest([...last.values()].flatMap((one) => partsOf(one.body, one.origin!)), store.origin).map((part) => [part.origin, part]));
  const asked = new Map(things('report_rhythm').filter(({ origin }) => !origin).map(({ room, body }) => [room, body as unknown as Rhythm]));
  const rhythms = new Map(direct.map(({ origin, room }) => [origin, room ? asked.get(room) : undefined]));
  const line = (named: Pick<Line, 'origin' | 'name' | 'ars' | 'report' | 'part'>, late: number | null, hours: number | undefined): Line => ({
    ...named, due: late, overdue: late !== null && late <= now,
    look: lookOf(named.part ? Date.parse(named.part.at) : null, late, hours ?? null, now),
  });
  const own = direct.map(({ origin, name, ars }) => {
    const rhythm = rhythms.get(origin);
    const report = last.get(origin);
    return line({ origin, name, ars: ars ?? report?.body.ars, report, part: parts.get(origin) }, due(rhythm, report?.body.at), rhythm?.hours);
  });
  const others = [...parts.values()].filter(({ origin }) => !known.has(origin)).map((part) => {
    const rhythm = rhythms.get(part.via ?? '');
    const hours = rhythm && rhythm.hours * PASSED_ON;
    return line({ origin: part.origin, name: part.name, ars: part.ars, part }, due(rhythm && { ...rhythm, since: part.at, hours: hours! }, part.at), hours);
  });
  return [...own, ...others].sort((a, b) => RANK[a.look] - RANK[b.look] || a.name.localeCompare(b.name));
});

export const lines = () => rows;

export interface Given {
  to: string[];
  text?: string;
  aggregate: boolean;
}

export function previewOf(given: Given): Promise<{ body: ReportBody; sum: Figures }> {
  return send('POST', '/api/situation-reports/preview', given);
}

let tried = { said: '', key: '' };

/** The same again, after an error, is the same report. */
export async function sendReport(given: Given): Promise<{ body: ReportBody }> {
  const said = JSON.stringify(given);
  if (tried.said !== said) tried = { said, key: newKey() };
  const made = await send<{ body: ReportBody }>('POST', '/api/situation-reports', given, { key: tried.key });
  tried = { said: '', key: '' };
  void neighbours.ask();
  return made;
}

export function askEach(hours: number | null): Promise<unknown> {
  return send('PUT', '/api/situation-reports/rhythm', { hours });
}

/** What is being written stays until it is sent. */
export const reporting = $state({ text: '', to: null as string[] | null, aggregate: true });
