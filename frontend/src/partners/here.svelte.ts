/** Which partner is looked at, and how partners stand, in words. */
import { send } from '../api/request';
import { span } from '../format';
import { neighbours } from '../sharing/neighbours.svelte';
import { text } from '../text/index.svelte';
import type { Detail, Own, Standing } from './types';

export const seen = $state<{ id: string | null }>({ id: null });
const CLOCK_OFF = 60;

export function partners(): Standing[] {
  return neighbours.partners as unknown as Standing[];
}

export function own(): Own | null {
  return neighbours.own.origin ? (neighbours.own as Own) : null;
}

export async function change(id: string, act: string, body?: unknown): Promise<Detail> {
  const path = `/api/partners/${encodeURIComponent(id)}`;
  const found = act === 'edit' ? await send<Detail>('PATCH', path, body) : await send<Detail>('POST', `${path}/${act}`, body);
  await neighbours.ask();
  return found;
}

/** Nothing was heard of it for so long that somebody should know. */
export function isSilent(one: Standing): boolean {
  if (one.state !== 'ACTIVE') return false;
  if (!one.heard_at) return neighbours.now - Date.parse(one.state_at) > neighbours.after;
  return ['silent', 'lost'].includes(neighbours.silence(one.origin));
}

/** Who waits for a human here. */
export function waits(): Standing[] {
  return partners().filter((one) => one.state === 'PENDING');
}

export function silent(): Standing[] {
  return partners().filter(isSilent);
}

/** "seit 14 min nichts gehört", "3 Anforderungen unterwegs": the most pressing first. */
export function sentences(one: Standing): string[] {
  const words = text().partners;
  const since = (at: string | null) => span(neighbours.now - Date.parse(at ?? ''));
  if (one.state === 'PENDING') return [words.pending];
  if (one.state === 'SUSPENDED') return [words.suspended(since(one.state_at), one.state_reason ?? '')];
  if (one.state === 'REVOKED') return [words.revoked(since(one.state_at), one.state_reason ?? '')];
  const heard = !one.heard_at ? words.neverHeard : neighbours.silence(one.origin) === 'live' ? words.heard(since(one.heard_at)) : words.silent(since(one.heard_at));
  return [
    heard,
    one.requests ? words.requests(one.requests) : '',
    one.waiting ? words.waiting(one.waiting) : '',
    one.behind ? words.behind(one.behind) : '',
    one.agrees === false ? words.differs : '',
    clock(one.skew),
    one.aside ? words.asideCount(one.aside) : '',
    one.knows_key ? '' : words.keyUnknown,
  ].filter(Boolean);
}

/** `skew`: seconds that its clock is ahead of ours. */
function clock(skew: number | null): string {
  if (skew === null || Math.abs(skew) <= CLOCK_OFF) return '';
  const words = text().partners;
  return (skew > 0 ? words.clockFast : words.clockSlow)(span(Math.abs(skew) * 1000));
}
