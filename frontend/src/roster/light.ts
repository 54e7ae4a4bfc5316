/** What is known of a channel at a glance. */
import type { Channel } from './types';

export const FAILING_FROM = 3;

export function lightOf({ tested_at: tested, failures, closed_at: closed }: Channel): 'good' | 'never' | 'bad' {
  if (closed || (failures ?? 0) >= FAILING_FROM) return 'bad';
  return tested ? 'good' : 'never';
}

/** ISO day of a skill's end against today: expired, soon (60 days) or nothing. */
export function expiry(until: string | null | undefined, now: number): 'expired' | 'soon' | null {
  if (!until) return null;
  const left = Date.parse(`${until}T23:59:59`) - now;
  return left < 0 ? 'expired' : left < 60 * 86_400_000 ? 'soon' : null;
}

/** 31.05.2027 */
export function day(iso: string | null | undefined): string {
  const [year, month, date] = (iso ?? '').slice(0, 10).split('-');
  return date ? `${date}.${month}.${year}` : '';
}
