/** Our written policy for a partner's requests to alarm, as it is kept, filled in and said in words: pure. */
import type { Mode } from '../live/types';
import type { Words } from '../text/de';

export const MODES = ['ACTUAL', 'EXERCISE', 'TEST'] as const satisfies readonly Mode[];

export interface Limits {
  most?: number;
  skills?: string[];
  begins?: string;
  ends?: string;
}

export interface Policy {
  plans: Partial<Record<Mode, string>>;
  limits: Partial<Record<Mode, Limits>>;
  by: string | null;
  at: string | null;
}

/** As it stands in the form; empty fields limit nothing. */
export interface Terms {
  on: boolean;
  plan: string;
  most: number | null;
  skills: string[];
  begins: string;
  ends: string;
}

export function termsOf({ plans, limits }: Pick<Policy, 'plans' | 'limits'>, mode: Mode): Terms {
  const { most = null, skills = [], begins = '', ends = '' } = limits[mode] ?? {};
  return { on: Boolean(plans[mode]), plan: plans[mode] ?? '', most, skills: [...skills], begins, ends };
}

export function sentOf(draft: Record<Mode, Terms>): Pick<Policy, 'plans' | 'limits'> {
  const on = MODES.filter((mode) => draft[mode].on && draft[mode].plan);
  const limited = (terms: Terms): Limits => ({
    ...(terms.most && { most: terms.most }), ...(terms.skills.length && { skills: terms.skills }), ...(terms.begins && terms.ends && { begins: terms.begins, ends: terms.ends }),
  });
  return { plans: Object.fromEntries(on.map((mode) => [mode, draft[mode].plan])), limits: Object.fromEntries(on.map((mode) => [mode, limited(draft[mode])])) };
}

interface Telling {
  name: string;
  mode: Mode;
  terms: Terms;
  plan: string;
  skill: (code: string) => string;
  words: Words['partners']['policy'];
  modes: Words['modes'];
}

/** The whole of it for one mode in a sentence or two. */
export function policySaid({ name, mode, terms, plan, skill, words, modes }: Telling): string {
  if (!terms.on) return words.saidOff(name, modes[mode]);
  const limits = [
    terms.most ? words.saidMost(terms.most) : words.saidAny,
    terms.skills.length ? words.saidSkills(terms.skills.map(skill).join(', ')) : '',
    terms.begins && terms.ends ? words.saidHours(terms.begins, terms.ends) : words.saidAlways,
  ].filter(Boolean);
  return `${words.saidOn(name, modes[mode], plan)} ${words.saidLimits(limits.join(', '))}`;
}
