// A partner's request to alarm: where it stands with us, and what the alarm that answers it says.
import { expect, test } from 'vitest';
import { byState, fieldsOf, standing } from '../../src/exchange/rules';
import type { AskBody, Reply } from '../../src/exchange/types';

const ask = (more: Partial<AskBody> = {}): AskBody => ({ alarm: 'a/alarm/1', code: 'ABCD', sender: 'Altdorf', to: 'bergheim', title: 'Deichwache', mode: 'ACTUAL', at: '2026-11-22T18:40:00Z', ...more });

test('until somebody decides it waits, unless it was taken back; what was decided stays decided', () => {
  expect(standing(ask(), undefined)).toBe('PROPOSED');
  expect(standing(ask({ wish: 'ENOUGH' }), { state: 'PROPOSED' })).toBe('PROPOSED');
  for (const wish of ['ENDED', 'CANCELLED'] as const) {
    expect(standing(ask({ wish }), undefined)).toBe('LAPSED');
    expect(standing(ask({ wish }), { state: 'PROPOSED' })).toBe('LAPSED');
    expect(standing(ask({ wish }), { state: 'ACCEPTED' })).toBe('ACCEPTED');
  }
});

test('what waits for a decision stands first, then what runs, the newest first', () => {
  const one = (state: Reply, hour: number) => ({ state, at: `2026-11-22T${hour}:00:00Z` });
  const sorted = [one('ENDED', 19), one('ACCEPTED', 18), one('PROPOSED', 10), one('DECLINED', 20), one('PROPOSED', 11)].sort(byState);
  expect(sorted.map(({ state, at }) => state + at.slice(11, 13))).toEqual(['PROPOSED11', 'PROPOSED10', 'ACCEPTED18', 'DECLINED20', 'ENDED19']);
});

test('only what was asked for stands over the plan', () => {
  expect(fieldsOf(ask())).toEqual({ title: 'Deichwache' });
  expect(fieldsOf(ask({ total: 12, skills: { C: 2 }, meeting: 'Bauhof' }))).toEqual({ title: 'Deichwache', meeting: 'Bauhof', quota: { total: 12, skills: { C: 2 } } });
  expect(fieldsOf(ask({ skills: { C: 2 } })).quota).toEqual({ total: 0, skills: { C: 2 } });
});
