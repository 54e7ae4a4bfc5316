// What nodes below report is added up as the server does it: each node once, nobody who did not report.
import { describe, expect, it, test } from 'vitest';
import { arrived, due, highest, newest, openSites, partsOf, people, strength, summed, total } from '../../src/exchange/figures';
import type { Part, ReportBody } from '../../src/exchange/types';

const AT = '2026-01-01T00:00:00Z';
const LATER = '2026-01-01T01:00:00Z';
const HOUR = 3_600_000;
const part = (origin: string, more: Partial<Part> = {}): Part => ({ origin, name: origin, at: AT, number: 1, figures: {}, ...more });

describe('figures', () => {
  it('are added up, also what only one of them names', () => {
    const sum = summed([{ incidents: 1, leaders: 1, crew: 8, sites: { DONE: 2 }, free: { RTW: 1 } }, { incidents: 2, crew: 2, sites: { DONE: 1, REPORTED: 1 } }]);
    expect([sum.incidents, sum.sites, sum.free]).toEqual([3, { DONE: 3, REPORTED: 1 }, { RTW: 1 }]);
    expect(strength(sum)).toBe('1/0/10/11');
    expect(people(sum)).toBe(11);
  });

  it('of nobody are nothing', () => {
    const sum = summed([]);
    expect([sum.incidents, total(sum.sites), openSites(sum), strength(sum)]).toEqual([0, 0, 0, '0/0/0/0']);
  });

  it('count a site as open while something is left to do there', () => {
    expect(openSites({ sites: { REPORTED: 3, IN_WORK: 2, DONE: 4, CONTROLLED: 1, NO_ACTION: 1, HANDED_OVER: 1 } })).toBe(5);
  });
});

describe('whose report counts', () => {
  it('is what a node says itself before what others pass on, even newer', () => {
    const found = newest([part('altdorf', { via: 'kreis', at: LATER, number: 2 }), part('altdorf'), part('bergheim')], 'wir');
    expect(found.map(({ origin, number, via }) => [origin, number, via])).toEqual([['altdorf', 1, undefined], ['bergheim', 1, undefined]]);
  });

  it('is else the newest that was passed on, and never our own', () => {
    const found = newest([part('altdorf', { via: 'a' }), part('altdorf', { via: 'b', at: LATER, number: 7 }), part('wir', { via: 'a' })], 'wir');
    expect(found.map(({ origin, number }) => [origin, number])).toEqual([['altdorf', 7]]);
  });

  it('belongs to whose stream it came by, whatever it says of itself', () => {
    const report: ReportBody = { number: 3, sender: 'jemand', name: 'Kreis', at: AT, mode: 'ACTUAL', parts: [part('altdorf')] };
    expect(partsOf(report, 'kreis').map(({ origin, via }) => [origin, via])).toEqual([['kreis', undefined], ['altdorf', 'kreis']]);
  });
});

test('a report is due after the rhythm from the last one, or from when it was asked for', () => {
  const rhythm = { hours: 6, since: AT };
  const start = Date.parse(AT);
  expect(due(undefined, AT)).toBeNull();
  expect(due(rhythm, undefined)).toBe(start + 6 * HOUR);
  expect(due(rhythm, '2025-12-31T23:00:00Z')).toBe(start + 6 * HOUR);
  expect(due(rhythm, LATER)).toBe(start + 7 * HOUR);
});

test('the highest level that is known stands over one that is not', () => {
  expect(highest(['SONDERLAGE', undefined, 'KATASTROPHE', 'erfunden'], ['ALLTAG', 'SONDERLAGE', 'KATASTROPHE'])).toBe('KATASTROPHE');
  expect(highest([undefined], [])).toBeUndefined();
});

test('a report is there only when everything was acknowledged after it was made', () => {
  const partner = (waiting: number, at: string | null) => ({ waiting, acknowledged_at: at });
  expect(arrived(AT, partner(0, LATER))).toBe(true);
  expect(arrived(AT, partner(1, LATER))).toBe(false);
  expect(arrived(LATER, partner(0, AT))).toBe(false);
  expect(arrived(AT, partner(0, null))).toBe(false);
  expect(arrived(AT, undefined)).toBe(false);
});
