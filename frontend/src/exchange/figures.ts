/** Reports added up, who is due, and whose report counts: pure, as service/federation/procedures/reports/rules.py. */
import type { Figures, Part, ReportBody, Rhythm, Tally } from './types';

const HOUR = 3_600_000;
const TALLIES = ['sites', 'working', 'free', 'requests', 'warnings'] as const;
const AMOUNTS = ['incidents', 'at_risk', 'leaders', 'subleaders', 'crew'] as const;
/** States of a site in which nothing is left to do there. */
const DONE = ['DONE', 'CONTROLLED', 'NO_ACTION', 'HANDED_OVER'];

export function total(tally: Tally | undefined): number {
  return Object.values(tally ?? {}).reduce((sum, each) => sum + each, 0);
}

/** Sites at which something is left to do. */
export function openSites({ sites }: Figures): number {
  return total(sites) - DONE.reduce((sum, state) => sum + (sites?.[state] ?? 0), 0);
}

export function people({ leaders = 0, subleaders = 0, crew = 0 }: Figures): number {
  return leaders + subleaders + crew;
}

/** The columns of the table of nodes, in the order of their names. */
export function cells(figures: Figures): number[] {
  return [figures.incidents ?? 0, openSites(figures), figures.at_risk ?? 0, people(figures), total(figures.free), total(figures.requests), total(figures.warnings)];
}

/** "1/2/9/12", as strength is said. */
export function strength(figures: Figures): string {
  return [figures.leaders ?? 0, figures.subleaders ?? 0, figures.crew ?? 0, people(figures)].join('/');
}

/** Numbers added up; nobody is counted who did not report. */
export function summed(all: Figures[]): Figures {
  const sum: Figures = {};
  for (const name of AMOUNTS) sum[name] = all.reduce((found, each) => found + (each[name] ?? 0), 0);
  for (const name of TALLIES) {
    const found: Tally = {};
    for (const each of all) for (const [code, amount] of Object.entries(each[name] ?? {})) found[code] = (found[code] ?? 0) + amount;
    sum[name] = found;
  }
  return sum;
}

/** A report's own figures and those it passes on. `origin` is whose report it is, as its stream says. */
export function partsOf(report: ReportBody, origin: string): Part[] {
  const { name, at, number, figures = {}, level, ars, text } = report;
  return [{ origin, name, at, number, figures, level, ars, text }, ...(report.parts ?? []).map((part) => ({ ...part, via: origin }))];
}

/** One part of each origin: what it told us itself, else the newest that somebody passed on; never our own. */
export function newest(parts: Part[], own: string): Part[] {
  const found = new Map<string, Part>();
  for (const part of parts) {
    if (part.origin === own) continue;
    const held = found.get(part.origin);
    const better = !held || (held.via && !part.via) || (Boolean(held.via) === Boolean(part.via) && Date.parse(part.at) > Date.parse(held.at));
    if (better) found.set(part.origin, part);
  }
  return [...found.values()];
}

/** When the next report is late, in ms; null if nobody asks for one. One made before anybody asked counts as well. */
export function due(rhythm: Rhythm | undefined, last: string | undefined): number | null {
  if (!rhythm) return null;
  const since = Date.parse(rhythm.since);
  return Math.max(since, last ? Date.parse(last) : since) + rhythm.hours * HOUR;
}

/** The highest of these codes in the order of `levels`, the lowest first; one that is not known ranks lowest. */
export function highest(codes: (string | undefined)[], levels: string[]): string | undefined {
  const given = codes.filter((code): code is string => Boolean(code));
  return given.sort((a, b) => levels.indexOf(b) - levels.indexOf(a))[0];
}

/** What we sent is there when all was acknowledged, and that after it was made; before, nobody knows. */
export function arrived(at: string, partner: { waiting: number; acknowledged_at: string | null } | undefined): boolean {
  return Boolean(partner && partner.waiting === 0 && partner.acknowledged_at && Date.parse(partner.acknowledged_at) >= Date.parse(at));
}
