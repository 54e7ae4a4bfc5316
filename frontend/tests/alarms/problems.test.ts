import { expect, test } from 'vitest';
import { actSaid, problemSaid, problemsSaid } from '../../src/alarms/problems';
import type { Problem } from '../../src/alarms/types';
import { de } from '../../src/text/de';
import { en } from '../../src/text/en';

const named = (skill: string) => ({ ZF: 'Zugführer' })[skill] ?? skill;
const SAID: [Problem, string, string][] = [
  [{ code: 'STEP_OVER', step: 'Erste' }, 'Stufe Erste ist vorbei; die nächste beginnt von Hand.', 'Step Erste is over; somebody has to begin the next one.'],
  [{ code: 'STEP_UNREACHED', step: '2' }, 'Stufe 2 erreicht niemanden.', 'Step 2 reaches nobody.'],
  [{ code: 'NOBODY_LEFT', missing: { '': 2, ZF: 1 } }, 'Niemand ist mehr zu rufen. Es fehlen: 2 Personen, 1 Zugführer.', 'Nobody is left to call. Missing: 2 people, 1 Zugführer.'],
  [{ code: 'ASK_PARTNER', whom: 'THW (0231 1)' }, 'THW (0231 1) ist von einem Menschen anzufragen.', 'Somebody has to ask THW (0231 1).'],
  [{ code: 'ASK_PARTNER', whom: 'THW', count: 3, skill: 'ZF' }, 'THW ist von einem Menschen anzufragen: 3 Zugführer.', 'Somebody has to ask THW for 3 Zugführer.'],
  [{ code: 'ASK_PARTNER', whom: 'THW', skill: 'BF-B' }, 'THW ist von einem Menschen anzufragen: BF-B.', 'Somebody has to ask THW for BF-B.'],
  [{ code: 'PARTNER_DECLINES', whom: 'THW', reason: 'Keine Leute.' }, 'THW alarmiert nicht: Keine Leute.', 'THW calls nobody: Keine Leute.'],
  [{ code: 'PARTNER_OTHER_MODE', whom: 'Bergheim', state: 'EXERCISE' }, 'Bergheim alarmiert nicht: Der Knoten dort läuft als ÜBUNG; anderes beginnt dort nicht.', 'Bergheim calls nobody: its node runs as EXERCISE; nothing else begins there.'],
  [{ code: 'PLAN_MISSING' }, 'Den Plan, den die Regel nennt, gibt es hier nicht.', 'The plan that the rule names does not exist here.'],
  [{ code: 'PLAN_INACTIVE', plan: 'Deich', state: 'RETIRED' }, 'Der Plan Deich ist außer Kraft: Nur einen Plan in Kraft startet eine Regel.', 'The plan Deich is out of force: a rule starts only one in force.'],
  [{ code: 'PLAN_REFUSED', plan: 'Deich', reason: 'nobody' }, 'Der Plan Deich konnte nicht beginnen: nobody', 'The plan Deich could not begin: nobody'],
  [{ code: 'ADDED_UNREACHED' }, 'Von den Hinzugefügten ist niemand erreichbar.', 'None of those who were added can be reached.'],
  [{ code: 'SUPERVISOR_UNREACHED' }, 'Niemand der Vorgesetzten ist erreichbar.', 'None of the supervisors can be reached.'],
];

test.each(SAID)('%o is said in both languages', (problem, german, english) => {
  expect(problemSaid(problem, de.alarms, named)).toBe(german);
  expect(problemSaid(problem, en.alarms, named)).toBe(english);
});

test('text of before is shown as it is, a code of a newer node as itself, each once', () => {
  const problems = ['Niemand ist mehr zu rufen.', { code: 'FROGS', step: 'Erste' }, { code: 'FROGS', step: 'Erste' }];
  expect(problemsSaid({ problems }, en.alarms, named)).toEqual(['Niemand ist mehr zu rufen.', 'FROGS Erste']);
  expect(problemsSaid({}, en.alarms, named)).toEqual([]);
});

test('a bare number in the protocol is so many people, a name stays one', () => {
  expect(actSaid({ what: 'ADDED', said: '1' }, en.alarms)).toBe('1 person');
  expect(actSaid({ what: 'EXHAUSTED', said: '3' }, de.alarms)).toBe('3 Personen');
  expect(actSaid({ what: 'STEP', said: '1' }, de.alarms)).toBe('1');
  expect(actSaid({ what: 'EXHAUSTED', said: '2, 1 ZF' }, de.alarms)).toBe('2, 1 ZF');
  expect(actSaid({ what: 'STOPPED' }, de.alarms)).toBeUndefined();
});
