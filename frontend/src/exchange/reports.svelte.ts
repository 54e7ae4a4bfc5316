/** Situation reports of the live picture: what nodes below have told, what is silent, what we have sent. */
import { newKey, send } from '../api/request';
import { things } from '../live/things.svelte';
import { LEVELS, type Standing } from '../partners/types';
import { neighbours } from '../sharing/neighbours.svelte';
import { store } from '../state.svelte';
import { due, newest, partsOf } from './figures';
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
  report?: Report;
  part?: Part;
  due: number | null;
  silent: boolean;
}

export function lines(): Line[] {
  const direct = below();
  const told = reports().filter(({ origin }) => origin && direct.some((one) => one.origin === origin));
  const last = new Map<string, Report>();
  for (const one of told) if (!last.has(one.origin!)) last.set(one.origin!, one);
  const parts = newest([...last.values()].flatMap((one) => partsOf(one.body, one.origin!)), store.origin);
  const rows = direct.map((one): Line => {
    const report = last.get(one.origin);
    const late = due(askedOf(one), report?.body.at);
    return { origin: one.origin, name: one.name, report, part: parts.find(({ origin }) => origin === one.origin), due: late, silent: late !== null && late <= store.clock.now };
  });
  const others = parts.filter(({ origin }) => !direct.some((one) => one.origin === origin)).map((part): Line => ({ origin: part.origin, name: part.name, part, due: null, silent: false }));
  return [...rows, ...others].sort((a, b) => Number(b.silent) - Number(a.silent) || a.name.localeCompare(b.name));
}

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
