import { expect, test } from 'vitest';
import { actions, byNeed, comingOf, curve, idsOf, left, needs, only, skillsOf, stepOut, withoutAnswer } from '../../src/alarms/rules';
import type { AlarmBody } from '../../src/alarms/types';

const NOW = Date.parse('2026-11-22T19:00:00Z');
const body = (more: Partial<AlarmBody>): AlarmBody => ({ title: 'Deich', mode: 'ACTUAL', organisation: 'fw', code: 'ABCD', state: 'RUNNING', ...more });

test('what nobody can be called for any more stands first, what is over last', () => {
  const all = [body({ title: 'zu', state: 'CLOSED' }), body({ title: 'läuft' }), body({ title: 'leer', state: 'EXHAUSTED' }), body({ title: 'wartet', state: 'PROPOSED' }), body({ title: 'stört', problems: ['Gateway aus'] })];
  expect(all.sort(byNeed).map(({ title }) => title)).toEqual(['leer', 'wartet', 'stört', 'läuft', 'zu']);
});

test('who says nothing is never counted with who says no', () => {
  const counts = { waiting: 3, silent: 2, not_coming: 7 };
  expect(withoutAnswer(body({ counts }))).toBe(5);
});

test('those who come later fill the quota, by skill too', () => {
  const lines = needs(body({ quota: { total: 4, skills: { C: 2 } }, counts: { coming: 2, later: 1 }, skills: { C: { coming: 1, later: 1 } } }));
  expect(lines.map(({ skill, coming, lacks }) => [skill, coming, lacks])).toEqual([['', 3, 1], ['C', 2, 0]]);
  expect(needs(body({}))).toEqual([]);
});

test('the last step cannot be left for another, and what is over is only thanked for', () => {
  const two = { steps: [{}, {}] };
  expect(actions(body({ ...two, step: 0 }))).toContain('escalate');
  expect(actions(body({ ...two, step: 1 }))).not.toContain('escalate');
  expect(actions(body({ state: 'PROPOSED' }))).toEqual(['approve', 'cancel']);
  expect(actions(body({ state: 'CLOSED' }))).toEqual(['thanks']);
});

test('a countdown ends and does not run below zero', () => {
  expect(left('2026-11-22T19:02:05Z', NOW)).toBe('2:05');
  expect(left('2026-11-22T20:02:05Z', NOW)).toBe('1:02:05');
  expect(left('2026-11-22T18:59:00Z', NOW)).toBeNull();
  expect(left(undefined, NOW)).toBeNull();
});

test('the strength curve begins now and is drawn on beyond its last step', () => {
  expect(curve([[20, 1]])).toEqual([[0, 0], [20, 1], [30, 1]]);
  expect(curve([[0, 2], [45, 5]])).toEqual([[0, 2], [45, 5], [55, 5]]);
  expect(curve([])).toEqual([]);
});

test('a quota by skill is read as typed or refused', () => {
  expect(skillsOf('C=2, ZF: 1')).toEqual({ C: 2, ZF: 1 });
  expect(skillsOf('')).toEqual({});
  expect(skillsOf('C')).toBeNull();
  expect(skillsOf('C=zwei')).toBeNull();
});

test('a target keeps only what belongs to its kind, a step nothing that is empty', () => {
  expect(only({ kind: 'SKILL', skill: 'AGT', radius_km: 15, organisation: 'fw', ids: ['x'] })).toEqual({ kind: 'SKILL', skill: 'AGT', radius_km: 15 });
  expect(stepOut({ name: '', channels: [], wait: 600, targets: [{ kind: 'PERSONS', ids: ['a'], skill: 'AGT' }] })).toEqual({ wait: 600, targets: [{ kind: 'PERSONS', ids: ['a'] }] });
  expect(idsOf(' a, b;a\nc ')).toEqual(['a', 'b', 'c']);
});

test('those of partners fill the total, each partner named once; skills hold them already', () => {
  const partners = [
    { partner: 'bergheim', name: 'Bergheim', request: '1', began: '', count: { state: 'ACCEPTED', at: '', coming: 1, later: 1 } },
    { partner: 'bergheim', name: 'Bergheim', request: '2', began: '', count: { state: 'ENDED', at: '', coming: 1 } },
    { partner: 'kreis', name: 'Kreis', request: '3', began: '', count: { state: 'DECLINED', at: '' } },
    { partner: 'land', name: 'Land', request: '4', began: '' },
  ];
  const alarm = body({ quota: { total: 12, skills: { C: 2 } }, counts: { coming: 4, later: 1 }, skills: { C: { coming: 2 } }, partners });
  expect(comingOf(alarm)).toEqual([{ name: 'Bergheim', coming: 3 }]);
  expect(needs(alarm).map(({ skill, coming, lacks, theirs }) => [skill, coming, lacks, theirs.length])).toEqual([['', 8, 4, 1], ['C', 2, 0, 0]]);
});
