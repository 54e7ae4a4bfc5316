import { describe, expect, it } from 'vitest';
import { aboveSea, direction, isStale, type Gauge, type Reading } from '../src/live/gauge';
import { gaugeFeature } from '../src/map/features';
import { order, passes } from '../src/list/select';

const NOW = Date.parse('2026-11-21T19:00:00Z');
const reading = (minutes: number, more: Partial<Reading> = {}): Reading => ({
  station: 'a', quantity: 'W', unit: 'cm', value: 412, level: 2, trend: 6, at: NOW - minutes * 60_000,
  provenance: { source: 'p', as_of: '', received_at: '', confidence: 'REPORTED' }, ...more,
});
function gauge(key: string, given: Reading | null, every?: number, station: object = {}): Gauge {
  return {
    key, ref: `local/station/${key}`, provenance: null, readings: given ? { W: given } : {},
    station: { key, name: key, water: 'RHEIN', longitude: 7, latitude: 51, series: [{ quantity: 'W', unit: 'cm', ...(every && { every }) }], ...station },
  };
}
const filter = { level: 0 as const, quantity: 'W', water: '', stale: true };

describe('a gauge', () => {
  it.each([[15, 45, false], [15, 46, true], [undefined, 45, false], [60, 180, false], [60, 181, true], [1, 45, false]])('of rhythm %s min is stale after %s min: %s', (every, minutes, stale) => {
    expect(isStale(gauge('a', reading(minutes), every), 'W', NOW)).toBe(stale);
  });
  it('without a reading is never fresh', () => expect(isStale(gauge('a', null), 'W', NOW)).toBe(true));
  it('tells its direction only from a trend', () => {
    expect(direction(reading(1, { trend: undefined }))).toBeUndefined();
    expect([6, 0.4, -6].map((trend) => direction(reading(1, { trend })))).toEqual(['rising', 'steady', 'falling']);
    expect(direction(reading(1, { unit: 'm³/s', value: 2000, trend: 10 }))).toBe('steady');
  });
  it('knows its height above the sea from its zero', () => {
    const zero = { series: [{ quantity: 'W', unit: 'cm', gauge_zero: { value: 34.97, unit: 'm. ü. NHN' } }] };
    expect(aboveSea(gauge('a', reading(1), undefined, zero), 'W')).toBeCloseTo(39.09);
    expect(aboveSea(gauge('a', reading(1)), 'W')).toBeUndefined();
  });
});

describe('what is drawn', () => {
  it('tells level, trend and value; a new drawing only when one of them changes', () => {
    const first = gaugeFeature(gauge('a', reading(1)), 'W', NOW, 'veraltet')!;
    expect(first.feature.properties).toMatchObject({ icon: 'gauge-2-rising-fresh', value: '412 cm', rank: 2 });
    expect(gaugeFeature(gauge('a', reading(3)), 'W', NOW, 'veraltet')!.signature).toBe(first.signature);
    expect(gaugeFeature(gauge('a', reading(1, { value: 413 })), 'W', NOW, 'veraltet')!.signature).not.toBe(first.signature);
  });
  it('says stale instead of an old value', () => {
    expect(gaugeFeature(gauge('a', reading(90)), 'W', NOW, 'veraltet')!.feature.properties).toMatchObject({ icon: 'gauge-2-rising-stale', value: 'veraltet', rank: -1 });
  });
  it('draws unknown as unknown, never as harmless', () => {
    expect(gaugeFeature(gauge('a', reading(1, { level: undefined })), 'W', NOW, '')!.feature.properties!.icon).toBe('gauge-u-rising-fresh');
    expect(gaugeFeature(gauge('a', null), 'W', NOW, '')!.feature.properties!.icon).toBe('gauge-u-n-fresh');
  });
  it('leaves out what has no place', () => expect(gaugeFeature(gauge('a', reading(1), 15, { longitude: undefined }), 'W', NOW, '')).toBeNull());
});

describe('the filter', () => {
  it('asks for level, water, quantity and age', () => {
    const it = gauge('a', reading(90));
    expect(passes(it, filter, NOW)).toBe(true);
    expect(passes(it, { ...filter, stale: false }, NOW)).toBe(false);
    expect(passes(it, { ...filter, level: 3 }, NOW)).toBe(false);
    expect(passes(it, { ...filter, water: 'ERFT' }, NOW)).toBe(false);
    expect(passes(it, { ...filter, quantity: 'Q' }, NOW)).toBe(false);
  });
  it('shows the unknown until a level is asked for', () => {
    const unknown = gauge('a', reading(1, { level: undefined }));
    expect(passes(unknown, filter, NOW)).toBe(true);
    expect(passes(unknown, { ...filter, level: 1 }, NOW)).toBe(false);
  });
});

describe('the order', () => {
  const rows = [gauge('b', reading(1, { level: 1, value: 5 })), gauge('a', reading(9, { level: 4, value: 3 })), gauge('c', null)];
  it.each([['level', true, 'abc'], ['name', false, 'abc'], ['name', true, 'cba'], ['value', true, 'bac'], ['age', true, 'cab']] as const)('by %s, descending %s', (sort, descending, keys) => {
    expect(order(rows, sort, descending, 'W').join('')).toBe(keys);
  });
});
