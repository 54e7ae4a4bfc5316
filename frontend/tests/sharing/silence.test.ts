// A silent partner's things fade by classes, and never come back by themselves.
import { describe, expect, it } from 'vitest';
import { OPACITY, silence } from '../../src/sharing/silence';

const NOW = Date.parse('2026-11-22T20:00:00Z');
const ago = (seconds: number) => NOW - seconds * 1000;

describe('how long nothing was heard', () => {
  it.each([
    [0, 'live'], [60, 'live'], [61, 'late'], [120, 'late'], [121, 'silent'], [840, 'silent'], [900, 'silent'], [901, 'lost'], [86_400, 'lost'],
  ] as const)('%i s is %s', (seconds, wanted) => expect(silence(ago(seconds), NOW, 60_000)).toBe(wanted));

  it('counts a partner that never spoke as lost, and one whose clock is ahead as there', () => {
    expect(silence(null, NOW, 60_000)).toBe('lost');
    expect(silence(Number.NaN, NOW, 60_000)).toBe('lost');
    expect(silence(ago(-3_600), NOW, 60_000)).toBe('live');
  });

  it('fades step by step and never to nothing', () => {
    const steps = (['live', 'late', 'silent', 'lost'] as const).map((each) => OPACITY[each]);
    expect(steps).toEqual([...steps].sort((a, b) => b - a));
    expect(new Set(steps).size).toBe(4);
    expect(Math.min(...steps)).toBeGreaterThan(0.3);
  });
});
