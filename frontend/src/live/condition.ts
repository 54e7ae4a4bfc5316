/** A source's condition: the same rule as feeds/health.py, computed here so that it goes on without a connection.
 *  Both are held together by tests/contracts/conditions.json. */
import type { FeedBody } from './types';

export type Condition = 'NEVER' | 'FRESH' | 'LATE' | 'STALE' | 'DOWN' | 'PAUSED';

const CLOCK_SLACK_SECONDS = 15 * 60;

/** `now` in ms. Never FRESH without a success young enough, nor while a source with a rhythm says nothing new. */
export function condition(feed: FeedBody, now: number): Condition {
  const failures = feed.failures ?? 0;
  if (feed.paused) return 'PAUSED';
  if (!feed.last_success) return failures ? 'DOWN' : 'NEVER';
  const age = (now - Date.parse(feed.last_success)) / 1000;
  if (age > feed.stale_after || age < -CLOCK_SLACK_SECONDS) return failures ? 'DOWN' : 'STALE';
  if (failures) return failures >= 3 ? 'DOWN' : 'LATE';
  if (overdue(feed, now)) return 'STALE';
  return age > (feed.late_after ?? 2 * feed.every) ? 'LATE' : 'FRESH';
}

function overdue(feed: FeedBody, now: number): boolean {
  if (feed.newest_within === undefined) return false;
  return !feed.newest || (now - Date.parse(feed.newest)) / 1000 > feed.newest_within;
}

/** What stands beside a source in the strip: works, wants attention, broken. PAUSED wants attention: it brings nothing. */
export function standing(condition: Condition): 'good' | 'attention' | 'bad' {
  if (condition === 'FRESH') return 'good';
  return condition === 'DOWN' || condition === 'STALE' ? 'bad' : 'attention';
}

/** Whether "no warning" cannot be said: it needs every source that warns fresh. Those that only measure do not matter. */
export function warningsInDoubt(feeds: Iterable<FeedBody>, now: number): boolean {
  const warn = [...feeds].filter((feed) => !/pegel|gauge|lanuk|sensor|copernicus/i.test(feed.name));
  return warn.length === 0 || warn.some((feed) => condition(feed, now) !== 'FRESH');
}

/** Whether no source at all is reached, and not because their servers refuse. */
export function offline(feeds: Iterable<FeedBody>, now: number): boolean {
  const all = [...feeds];
  const dead = (feed: FeedBody) => condition(feed, now) === 'DOWN' && !/HTTP \d{3}/.test(feed.error ?? '');
  return all.length > 0 && all.every((feed) => unreachable(feed) || dead(feed));
}

/** Whether the source's last errors say that this machine reaches nothing: no name, no route, no connection. */
export function unreachable(feed: FeedBody): boolean {
  return !feed.last_success && (feed.failures ?? 0) > 0 && !/HTTP \d{3}/.test(feed.error ?? '');
}
