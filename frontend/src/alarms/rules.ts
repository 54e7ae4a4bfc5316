/** How alarms are ordered and read: pure, so that tests can hold it. */
import type { AlarmBody, AlarmState, Counts, Quota, Step, Target } from './types';

export const OVER: readonly AlarmState[] = ['CANCELLED', 'CLOSED'];
const RANK: Record<AlarmState, number> = { EXHAUSTED: 0, PROPOSED: 1, RUNNING: 2, QUOTA_REACHED: 3, STOPPED: 4, CANCELLED: 5, CLOSED: 6 };

export function isOver({ state }: Pick<AlarmBody, 'state'>): boolean {
  return OVER.includes(state);
}

/** What needs somebody first, then what runs, the newest first among equals. */
export function byNeed(a: AlarmBody, b: AlarmBody): number {
  const rank = (body: AlarmBody) => (body.problems?.length && !isOver(body) ? -0.5 : 0) + (RANK[body.state] ?? 9);
  return rank(a) - rank(b) || Date.parse(b.started_at ?? '') - Date.parse(a.started_at ?? '') || a.title.localeCompare(b.title);
}

export function counted(body: Pick<AlarmBody, 'counts'>, name: keyof Counts): number {
  return body.counts?.[name] ?? 0;
}

/** Who is asked and says nothing, while it runs and when it is over. They are never counted with those who said no. */
export function withoutAnswer(body: Pick<AlarmBody, 'counts'>): number {
  return counted(body, 'waiting') + counted(body, 'silent');
}

export interface Need {
  /** Empty is the total. */
  skill: string;
  wanted: number;
  coming: number;
  lacks: number;
  /** Of those who come, by partner. */
  theirs: { name: string; coming: number }[];
}

/** Who comes of partners, those who come later too; a partner that is asked twice stands once. */
export function comingOf(body: Pick<AlarmBody, 'partners'>): { name: string; coming: number }[] {
  const found = new Map<string, { name: string; coming: number }>();
  for (const { partner, name, count } of body.partners ?? []) {
    const coming = (count?.coming ?? 0) + (count?.later ?? 0);
    if (coming) found.set(partner, { name, coming: (found.get(partner)?.coming ?? 0) + coming });
  }
  return [...found.values()];
}

/** The quota line by line: the total first. Those who come later fill it too, and those of partners; the server has
 *  added these to `skills` already, and never to `counts`. */
export function needs(body: Pick<AlarmBody, 'quota' | 'counts' | 'skills' | 'partners'>): Need[] {
  const lines: Need[] = [];
  const line = (skill: string, wanted: number, coming: number, theirs: Need['theirs'] = []) => lines.push({ skill, wanted, coming, lacks: Math.max(0, wanted - coming), theirs });
  const theirs = comingOf(body);
  if (body.quota?.total) line('', body.quota.total, counted(body, 'coming') + counted(body, 'later') + theirs.reduce((sum, each) => sum + each.coming, 0), theirs);
  for (const [skill, wanted] of Object.entries(body.quota?.skills ?? {})) line(skill, wanted, (body.skills?.[skill]?.coming ?? 0) + (body.skills?.[skill]?.later ?? 0));
  return lines;
}

/** What can be done with it now, in order of likelihood. */
export function actions(body: Pick<AlarmBody, 'state' | 'step' | 'steps' | 'purpose'>): string[] {
  const last = (body.step ?? 0) + 1 >= (body.steps?.length ?? 1);
  const more = last ? [] : ['escalate'];
  switch (body.state) {
    case 'PROPOSED': return ['approve', 'cancel'];
    case 'RUNNING': return [...more, 'again', 'add', 'inform', 'stop', 'cancel'];
    case 'EXHAUSTED': return ['again', 'add', ...more, 'inform', 'stop', 'cancel', 'close'];
    case 'QUOTA_REACHED': return ['inform', 'add', 'again', ...more, 'stop', 'cancel', 'close'];
    case 'STOPPED': return ['close', 'inform', 'again', 'add', 'thanks', 'cancel'];
    case 'CANCELLED': return ['close', 'thanks'];
    default: return ['thanks'];
  }
}

/** The strength curve as it is drawn: from now to at least half an hour ahead, one step per change. */
export function curve(arrivals: [number, number][], atLeast = 30): [number, number][] {
  if (!arrivals.length) return [];
  const sorted = [...arrivals].sort((a, b) => a[0] - b[0]);
  const begun: [number, number][] = sorted[0]![0] > 0 ? [[0, 0], ...sorted] : sorted;
  const [last, people] = begun.at(-1)!;
  const end = Math.max(atLeast, last + 10);
  return [...begun, [end, people]];
}

/** "2:05", for what is counted down. */
export function left(until: string | undefined, now: number): string | null {
  if (!until) return null;
  const seconds = Math.ceil((Date.parse(until) - now) / 1000);
  if (!Number.isFinite(seconds) || seconds <= 0) return null;
  const pair = (value: number) => String(value).padStart(2, '0');
  return seconds >= 3600 ? `${Math.floor(seconds / 3600)}:${pair(Math.floor(seconds / 60) % 60)}:${pair(seconds % 60)}` : `${Math.floor(seconds / 60)}:${pair(seconds % 60)}`;
}

/** `C=2, ZF=1` as a quota by skill; null if it cannot be read. */
export function skillsOf(typed: string): Record<string, number> | null {
  const found: Record<string, number> = {};
  for (const part of typed.split(/[,;\n]/).map((each) => each.trim()).filter(Boolean)) {
    const [code, amount] = part.split(/[=:]/).map((each) => each.trim());
    const wanted = Number(amount);
    if (!code || !Number.isInteger(wanted) || wanted < 1) return null;
    found[code] = wanted;
  }
  return found;
}

export function skillsTyped(quota: Quota | undefined): string {
  return Object.entries(quota?.skills ?? {}).map(([code, wanted]) => `${code}=${wanted}`).join(', ');
}

/** Ids of people, units or devices, separated by commas or lines. */
export function idsOf(typed: string): string[] {
  return [...new Set(typed.split(/[,;\n]/).map((each) => each.trim()).filter(Boolean))];
}

/** A target of this kind without what belongs to other kinds. */
export function only(target: Target): Target {
  const { kind, ids, organisation, function: what, skill, level, verification, place, radius_km: radius, free, limit } = target;
  const common = { kind, ...(limit && { limit }) };
  if (kind === 'PERSONS' || kind === 'UNIT' || kind === 'STATION') return { ...common, ids: ids ?? [] };
  if (kind === 'FUNCTION') return { ...common, function: what ?? '' };
  if (kind === 'SKILL') return { ...common, skill: skill ?? '', ...(level && { level }), ...(verification && { verification }), ...(place && { place }), ...(radius && { radius_km: radius }), ...(free === false && { free }) };
  if (kind === 'DUTY') return { ...common, ...(organisation && { organisation }) };
  return { ...common, organisation: organisation ?? '' };
}

/** As the server takes a step: nothing empty in it. */
export function stepOut(step: Step): Step {
  const kept = Object.entries(step).filter(([, value]) => value !== undefined && value !== '' && value !== null && !(Array.isArray(value) && !value.length));
  return { ...Object.fromEntries(kept), ...(step.targets?.length && { targets: step.targets.map(only) }) };
}
