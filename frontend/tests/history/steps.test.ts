import { expect, test } from 'vitest';
import { beginning, SPANS, stepOf } from '../../src/history/steps';
import { fieldsOf, titleOf } from '../../src/history/told';

const HOUR = 3_600_000;
const NOW = Date.parse('2026-11-22T02:00:00Z');

test('steps grow with the span and stay far below it', () => {
  const steps = SPANS.map(stepOf);
  expect(steps).toEqual([...steps].sort((a, b) => a - b));
  SPANS.forEach((span, index) => expect(steps[index]! * 20).toBeLessThan(span * HOUR));
});

test('the slider begins its span ago, at the oldest moment if that is later, at the shown one if that is earlier', () => {
  expect(beginning(NOW, 6, NOW - 100 * HOUR, null)).toBe(NOW - 6 * HOUR);
  expect(beginning(NOW, 6, NOW - HOUR, null)).toBe(NOW - HOUR);
  expect(beginning(NOW, 6, NOW - 100 * HOUR, NOW - 9 * HOUR)).toBe(NOW - 9 * HOUR);
  expect(beginning(NOW, 6, NOW, null)).toBeLessThan(NOW);
});

test('a change is called what it was called last', () => {
  expect(titleOf({ ref: 'o/site/a', before: { title: 'alt' }, after: { number: 4, title: 'neu' } })).toBe('4 neu');
  expect(titleOf({ ref: 'o/site/a', before: { name: 'fort' }, after: null })).toBe('fort');
  expect(titleOf({ ref: 'o/post/s.S2', before: null, after: { function: 'S2' } })).toBe('S2');
  expect(titleOf({ ref: 'o/warning/w', before: null, after: { texts: [{ language: 'de', headline: 'Sturm' }] } })).toBe('Sturm');
  expect(titleOf({ ref: 'o/thing/x', before: {}, after: {} })).toBe('x');
});

test('fields that say nothing to people are left out while others remain', () => {
  expect(fieldsOf({ fields: ['history', 'state'] })).toEqual(['state']);
  expect(fieldsOf({ fields: ['history'] })).toEqual(['history']);
});
