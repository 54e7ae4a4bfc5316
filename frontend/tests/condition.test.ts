// The cases that feeds/health.py passes too (tests/feeds/test_health.py).
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { condition, standing, unreachable } from '../src/live/condition';
import type { FeedBody } from '../src/live/types';

interface Case {
  name: string;
  now: string;
  condition: string;
  feed: Partial<FeedBody>;
}
const cases = JSON.parse(readFileSync(new URL('../../tests/contracts/conditions.json', import.meta.url), 'utf8')) as Case[];
const feed = (given: Partial<FeedBody>) => ({ name: 'x', title: 'X', publisher: '', licence: '', attribution: '', home: '', every: 60, stale_after: 600, ...given });

describe('the condition of a source', () => {
  it.each(cases.map((each) => [each.name, each] as const))('%s', (_name, each) => {
    expect(condition(feed(each.feed), Date.parse(each.now))).toBe(each.condition);
  });

  it('is good only when fresh', () => {
    expect((['NEVER', 'FRESH', 'LATE', 'STALE', 'DOWN', 'PAUSED'] as const).filter((each) => standing(each) === 'good')).toEqual(['FRESH']);
  });

  it('tells "no answer" from "refused"', () => {
    expect(unreachable(feed({ failures: 2, error: 'no address for the host' }))).toBe(true);
    expect(unreachable(feed({ failures: 2, error: 'HTTP 403 Forbidden' }))).toBe(false);
    expect(unreachable(feed({ failures: 0 }))).toBe(false);
  });
});
