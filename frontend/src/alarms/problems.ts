/** What a human has to know about an alarm, and the lines of its protocol, in the reader's language. */
import type { text } from '../text/index.svelte';
import type { AlarmBody, Problem } from './types';

type Words = ReturnType<typeof text>['alarms'];
type Named = (skill: string) => string;

function lacking(missing: Record<string, number>, words: Words, named: Named): string {
  return Object.entries(missing).map(([skill, count]) => (skill ? `${count} ${named(skill)}` : words.soMany(count))).join(', ');
}

/** Alarms from before there were codes keep their words; a code that is not known here stands for itself. */
export function problemSaid(problem: string | Problem, words: Words, named: Named): string {
  if (typeof problem === 'string') return problem;
  const { code, step = '?', missing = {}, whom = '?', reason = '?', count, skill, plan = '?', state = '?' } = problem;
  switch (code) {
    case 'STEP_OVER': return words.stepIsOver(step);
    case 'STEP_UNREACHED': return words.stepUnreached(step);
    case 'NOBODY_LEFT': return words.nobodyLeft(lacking(missing, words, named));
    case 'ASK_PARTNER': return skill ? words.askPartnerFor(whom, [count, named(skill)].filter(Boolean).join(' ')) : words.askPartner(whom);
    case 'PARTNER_DECLINES': return words.partnerDeclines(whom, reason);
    case 'PARTNER_OTHER_MODE': return words.partnerOtherMode(whom, words.modes[state] ?? state);
    case 'PLAN_MISSING': return words.planMissing;
    case 'PLAN_INACTIVE': return words.planInactive(plan, words.planStates[state] ?? state);
    case 'PLAN_REFUSED': return words.planRefused(plan, reason);
    case 'ADDED_UNREACHED': return words.addedUnreached;
    case 'SUPERVISOR_UNREACHED': return words.supervisorUnreached;
    default: return [code, ...[step, whom].filter((each) => each !== '?')].join(' ');
  }
}

export function problemsSaid(body: Pick<AlarmBody, 'problems'>, words: Words, named: Named): string[] {
  return [...new Set((body.problems ?? []).map((each) => problemSaid(each, words, named)))];
}

/** What an act of the protocol says beside its name: a bare number is so many people. */
export function actSaid({ what, said }: { what: string; said?: string }, words: Words): string | undefined {
  return said !== undefined && /^\d+$/.test(said) && ['ADDED', 'SUPERVISOR', 'EXHAUSTED'].includes(what) ? words.soMany(Number(said)) : said;
}
