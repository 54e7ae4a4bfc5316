import { describe, expect, it } from 'vitest';
import { columns, curvesOf, marksOf, type Observations } from '../src/panels/curves';
import type { Reading } from '../src/live/gauge';

const NOW = Date.parse('2026-11-21T19:00:00Z');
const iso = (minutes: number) => new Date(NOW + minutes * 60_000).toISOString();
const answer = (more: Partial<Observations> = {}): Observations => ({
  station: 'a', quantity: 'W', unit: 'cm', start: iso(-1440), end: iso(0), resolution_seconds: 900,
  points: [[iso(-60), 400, 399, 401], [iso(-45), 405, 404, 406], [iso(-30), 410, 409, 411]],
  thresholds: [{ name: 'MW', value: 300, unit: 'cm' }, { name: 'M_I', value: 430, unit: 'cm', level: 2 }, { name: 'HHW', value: 1069, unit: 'cm', level: 4 }],
  forecast: null, band: [], ...more,
});
const reading = { quantity: 'W', unit: 'cm', value: 415, at: NOW - 15 * 60_000 } as Reading;

describe('a hydrograph', () => {
  it('ends with the live reading', () => {
    expect(curvesOf(answer(), reading, NOW, 24).observed.at(-1)).toEqual([(NOW - 900_000) / 1000, 415]);
    expect(curvesOf(answer(), { ...reading, quantity: 'Q' }, NOW, 24).observed).toHaveLength(3);
  });
  it('shows the next mark above, not one out of all proportion', () => {
    const { low, high } = curvesOf(answer(), reading, NOW, 24);
    expect(high).toBeGreaterThan(430);
    expect(high).toBeLessThan(600);
    expect(low).toBeGreaterThan(300);
  });
  it('breaks where values are missing instead of drawing a line', () => {
    const curves = curvesOf(answer({ points: [[iso(-900), 400, 400, 400], [iso(-885), 401, 401, 401], [iso(-60), 410, 410, 410]] }), undefined, NOW, 24);
    expect(columns(curves)[1]).toEqual([400, 401, null, 410]);
  });
  it('keeps forecast and band beside the observed values', () => {
    const curves = curvesOf(answer({ forecast: { maker: 'BfG', points: [[iso(-200), 1, 'forecast'], [iso(60), 420, 'forecast'], [iso(120), 425, 'estimate']] }, band: [[iso(60), 415, 428], [iso(120), 416, 440]] }), reading, NOW, 24);
    expect(curves.forecast.map(([, value]) => value)).toEqual([420, 425]);
    expect(curves.to).toBe(Date.parse(iso(120)) / 1000);
    const [axis, observed, forecast, low, high] = columns(curves);
    expect(axis).toHaveLength(6);
    expect(forecast!.slice(-2)).toEqual([420, 425]);
    expect([low!.at(-1), high!.at(-1)]).toEqual([416, 440]);
    expect(observed!.at(-1)).toBeUndefined();
  });
  it('marks doubted values where they were measured, the live one too, and leaves room for a spike that the mean hides', () => {
    const curves = curvesOf(answer({ marks: [[iso(-52), 'SPIKE', 900], [iso(-3000), 'STUCK', 400]] }), { ...reading, state: 'DRIFT' }, NOW, 24);
    expect(curves.marks.map(({ doubt, value }) => [doubt, value])).toEqual([['SPIKE', 900], ['DRIFT', 415]]);
    expect(curves.high).toBeGreaterThan(900);
    expect(marksOf(curves.marks, iso(-60), 900).map(({ doubt }) => doubt)).toEqual(['SPIKE']);
    expect(marksOf(curves.marks, iso(-45), 900)).toEqual([]);
    expect(marksOf(curves.marks, iso(-52), null)).toHaveLength(1);
    expect(curvesOf(answer(), { ...reading, state: 'normal' }, NOW, 24).marks).toEqual([]);
  });
  it('stands without any value', () => {
    const curves = curvesOf(answer({ points: [], unit: null }), undefined, NOW, 6);
    expect(columns(curves)).toEqual([[], [], [], [], []]);
    expect(curves.high).toBeGreaterThan(curves.low);
  });
});
