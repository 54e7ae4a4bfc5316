import { expect, test } from 'vitest';
import { byOurClock, courseOf, fitting, timeline, underWaySince } from '../../src/requests/rules';
import type { InquiryBody } from '../../src/requests/types';

const step = (state: string, at: string, by: string, origin?: string) => ({ state, at, by, ...(origin && { origin }) });
const body = (over: Partial<InquiryBody>): InquiryBody => ({
  request: 'r', incident: 'i', number: 1, requester: { organisation: 'a', name: 'Feuerwehr A' }, addressee: { organisation: 'partner.b', name: 'Stadt B' },
  need: { title: 'Boote', quantity: 1, priority: 'URGENT' }, state: 'OFFERED', offered: [{ resource: 'x', callsign: 'Boot', type: 'MZB', quantity: 1, state: 'OFFERED' }],
  across: { other: 'b', side: 'BORROWER' }, ...over,
});

test('what a partner holds no longer is not taken; here it may still be free', () => {
  const lapsed = { state: 'EXPIRED', offered: [{ resource: 'x', callsign: 'Boot', type: 'MZB', quantity: 1, state: 'LAPSED' }] } as const;
  expect(fitting('requisition', body({})).length).toBe(1);
  expect(fitting('requisition', body({ ...lapsed, offered: [...lapsed.offered] })).length).toBe(0);
  expect(fitting('requisition', body({ ...lapsed, offered: [...lapsed.offered], across: undefined })).length).toBe(1);
});

test('a step of a partner is told with its name, and by our clock', () => {
  const ours = step('ROUTED', '2026-01-05T12:00:00.000Z', 'person:1');
  const theirs = step('OFFERED', '2026-01-05T13:05:00.000Z', 'person:2', 'b');
  const inquiry = body({ history: [ours, theirs], across: { other: 'b', side: 'BORROWER', ahead: 3600 } });
  const told = timeline([{ ...theirs, addressee: 'Stadt B' }], [courseOf(inquiry)]);
  expect(told.map(({ state, at, partner }) => [state, at, partner])).toEqual([['ROUTED', ours.at, undefined], ['OFFERED', '2026-01-05T12:05:00.000Z', 'Stadt B']]);
  expect(courseOf(body({ across: { other: 'a', side: 'LENDER' } })).partner).toBe('Feuerwehr A');
  expect(byOurClock(ours.at)).toBe(ours.at);
});

test('the oldest of what is under way counts', () => {
  const since = (at?: string) => body({ across: { other: 'b', side: 'BORROWER', ...(at && { since: at }) } });
  expect(underWaySince([since(), since('2026-01-05T12:03:00Z'), since('2026-01-05T12:01:00Z')])).toBe(Date.parse('2026-01-05T12:01:00Z'));
  expect(underWaySince([since(), body({ across: undefined })])).toBe(Infinity);
});
