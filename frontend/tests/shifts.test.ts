import { describe, expect, test } from 'vitest';
import { parsed, written } from '../src/shifts/holds';
import { groups, HOUR, span } from '../src/shifts/timeline';
import type { Shift, ShiftBody } from '../src/shifts/types';

const NOW = Date.parse('2026-07-14T12:00:00Z');
const at = (hours: number) => new Date(NOW + hours * HOUR).toISOString();

function shift(id: string, starts: number, ends: number, more: Partial<ShiftBody> = {}): Shift {
  return { id, body: { organisation: 'o', person: id, starts: at(starts), ends: at(ends), function: 'CREW', state: 'PLANNED', ...more } };
}

describe('the line of time', () => {
  test('whoever is still on duty after his end is drawn until now', () => {
    expect(span(shift('a', -9, -1, { state: 'ON_DUTY', began: at(-8) }), NOW)).toEqual([NOW - 8 * HOUR, NOW]);
    expect(span(shift('a', -9, -1, { state: 'OFF', began: at(-9), ended: at(-3) }), NOW)).toEqual([NOW - 9 * HOUR, NOW - 3 * HOUR]);
  });

  test('bars that overlap stand one below the other and are cut at the window', () => {
    const [row] = groups([shift('a', -30, 6, { resource: 'r' }), shift('b', 2, 9, { resource: 'r' }), shift('c', 6, 40, { resource: 'r' })], NOW - 6 * HOUR, 24, NOW);
    expect(row!.bars.map(({ shift: { id }, level }) => [id, level])).toEqual([['a', 0], ['b', 1], ['c', 0]]);
    expect(row!.levels).toBe(2);
    expect(row!.bars[0]!.left).toBe(0);
    expect(row!.bars[2]!.left + row!.bars[2]!.width).toBeCloseTo(100);
  });

  test('what was called off before it began is left out; places and those standing by have rows of their own', () => {
    const rows = groups([shift('a', 1, 2, { state: 'OFF' }), shift('b', 1, 2, { place: 'Meldekopf' }), shift('c', 1, 2)], NOW, 24, NOW);
    expect(rows.map(({ place, bars }) => [place, bars.length])).toEqual([['Meldekopf', 1], [null, 1]]);
  });
});

describe('qualifications as they are typed', () => {
  test('a day behind a code is the last on which it counts', () => {
    const found = parsed('GF, AGT 31.12.2026; C');
    expect(found.map(({ code }) => code)).toEqual(['GF', 'AGT', 'C']);
    expect(new Date(found[1]!.valid_until!).getDate()).toBe(31);
    expect(written(found)).toBe('GF, AGT 31.12.2026, C');
    expect(parsed('AGT', [{ code: 'AGT', level: 'A2' }])).toEqual([{ code: 'AGT', level: 'A2' }]);
  });

  test('what is no day is left to the server to refuse', () => {
    expect(parsed('AGT 32.1.2026')).toEqual([{ code: 'AGT 32.1.2026' }]);
    expect(parsed('AGT morgen')).toEqual([{ code: 'AGT morgen' }]);
  });
});
