import { describe, expect, it } from 'vitest';
import { byUrgency, lastDay, placeIn, type Item } from '../../src/liaison/relation';

const NOW = Date.parse('2026-01-01T12:00:00Z');
const HOUR = 3_600_000;
const item = (key: string, urgency: Item['urgency'], due: number | null, at: number): Item => ({ key, part: 'requests', urgency, way: 'in', title: key, state: '', at, due, kind: 'inquiry', id: key });

describe('a relation', () => {
  it('says first what needs an answer, then what is due first, then what is newest', () => {
    const given = [item('calm', 'calm', null, NOW), item('waits', 'waits', NOW, NOW), item('soon', 'answer', NOW + 1, NOW - HOUR), item('open', 'answer', null, NOW), item('older', 'answer', null, NOW - HOUR), item('late', 'late', NOW - 1, NOW)];
    expect(given.sort(byUrgency).map(({ key }) => key)).toEqual(['soon', 'open', 'older', 'late', 'waits', 'calm']);
  });
  it('shows of the last day each thing once, the newest first', () => {
    const one = (key: string, at: number) => ({ key, at, way: 'in' as const, said: key, kind: 'x', id: key });
    const all = [one('a', NOW - HOUR), one('b', NOW - 1), one('a', NOW - HOUR), one('old', NOW - 25 * HOUR), one('ahead', NOW + 3 * HOUR), one('?', NaN)];
    expect(lastDay(all, NOW).map(({ key }) => key)).toEqual(['b', 'a']);
  });
  it('stands in the strip where it belongs', () => {
    expect(placeIn(NOW, NOW)).toBe(1);
    expect(placeIn(NOW - 6 * HOUR, NOW)).toBe(0.75);
    expect(placeIn(NOW - 90 * HOUR, NOW)).toBe(0);
  });
});
