import { describe, expect, it } from 'vitest';
import { areaKey, LOOKS, lookOf, MARKS, ownerOf } from '../../src/exchange/looks';

const HOUR = 3_600_000;
const NOW = Date.parse('2026-01-01T12:00:00Z');

describe('how a node stands with its reports', () => {
  it('is fresh only with a report whose successor is not due yet', () => {
    expect(lookOf(NOW - HOUR, NOW + HOUR, 2, NOW)).toBe('fresh');
    expect(lookOf(null, NOW + HOUR, 2, NOW)).toBe('open');
    expect(lookOf(NOW - HOUR, null, null, NOW)).toBe('open');
  });
  it('is late when one report is missing and silent when two are', () => {
    expect(lookOf(NOW - 2 * HOUR, NOW, 2, NOW)).toBe('late');
    expect(lookOf(NOW - 4 * HOUR + 1, NOW - 2 * HOUR + 1, 2, NOW)).toBe('late');
    expect(lookOf(NOW - 4 * HOUR, NOW - 2 * HOUR, 2, NOW)).toBe('silent');
    expect(lookOf(null, NOW - 2 * HOUR, 2, NOW)).toBe('silent');
  });
  it('does not believe a report from the future', () => {
    expect(lookOf(NOW + 3 * 24 * HOUR, NOW + 74 * HOUR, 2, NOW)).toBe('open');
  });
  it('has another sign for each look, so that none rests on colour alone', () => {
    const drawn = LOOKS.map((look) => JSON.stringify(MARKS[look]));
    expect(new Set(drawn).size).toBe(LOOKS.length);
  });
});

describe('keys of areas', () => {
  it('are written as the land writes them', () => {
    expect(areaKey('053620020020')).toBe('053620020020');
    expect(areaKey('053150000000')).toBe('05315');
    expect(areaKey('05362')).toBe('05362');
    expect(areaKey('053')).toBe('053');
    expect(areaKey('053620020')).toBe('053620020000');
    for (const none of ['', null, undefined, 'keiner', '000000000000', '05362x']) expect(areaKey(none)).toBeNull();
  });
  it('belong to their own node, else to the smallest around', () => {
    const nodes = new Map([['053620020020', 'Kerpen'], ['05362', 'Kreis'], ['053', 'Bezirk']]);
    expect(ownerOf('053620020020', nodes)).toBe('Kerpen');
    expect(ownerOf('053620008008', nodes)).toBe('Kreis');
    expect(ownerOf('053150000000', nodes)).toBe('Bezirk');
    expect(ownerOf('055120000000', nodes)).toBeUndefined();
  });
});
