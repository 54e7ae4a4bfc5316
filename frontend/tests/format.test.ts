import { describe, expect, it } from 'vitest';
import { age, amount, moment, signed, span, timeGroup } from '../src/format';
import { speak } from '../src/text/index.svelte';

const AT = Date.parse('2026-11-21T18:47:00Z');

describe('times', () => {
  it('as a tactical time group in local time', () => {
    expect(timeGroup(AT)).toBe('211947NOV26');
    expect(timeGroup(Date.parse('2026-05-03T22:05:00Z'))).toBe('040005MAI26');
    expect(timeGroup(Date.parse('2026-05-03T22:05:00Z'), 'en')).toBe('040005MAY26');
  });
  it('as day and hour', () => expect(moment('2026-11-21T18:47:00Z')).toBe('21.11. 19:47'));
  it('says nothing for nothing', () => expect([moment(undefined), moment('nonsense'), age(undefined, AT)]).toEqual(['–', '–', 'nie']));
  it.each([[0, '0 s'], [59_000, '59 s'], [60_000, '1 min'], [89 * 60_000, '89 min'], [90 * 60_000, '1 h'], [47 * 3_600_000, '47 h'], [50 * 3_600_000, '2 Tg.'], [-5000, '0 s']])('%s ms is %s', (ms, said) => expect(span(ms)).toBe(said));
  it('in both languages', () => {
    expect(age(AT - 240_000, AT)).toBe('vor 4 min');
    speak('en');
    expect(age(AT - 240_000, AT)).toBe('4 min ago');
    speak('de');
  });
});

describe('values', () => {
  it.each([[412.4, 'cm', '412'], [2413.7, 'm³/s', '2.414'], [23.46, 'm³/s', '23,5'], [0.347, 'm³/s', '0,35']])('%s %s is %s', (value, unit, said) => expect(amount(value, unit)).toBe(said));
  it('with their sign', () => expect([signed(6, 'cm'), signed(-6, 'cm'), signed(0, 'cm')]).toEqual(['+6', '−6', '±0']));
});
