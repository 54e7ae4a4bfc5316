import { expect, it } from 'vitest';
import { area, boxOf, crossing, distance, inMetres, inSquareMetres, length, measured, middle } from '../../src/situation/measure';

it('a degree of latitude is 111.2 km on the sphere', () => {
  expect(distance([7, 50], [7, 51])).toBeCloseTo(111_195, -1);
});

it('Köln to Düsseldorf is 34 km', () => {
  expect(distance([6.9583, 50.9413], [6.7763, 51.2254])).toBeGreaterThan(33_500);
  expect(distance([6.9583, 50.9413], [6.7763, 51.2254])).toBeLessThan(34_600);
});

it('a square kilometre is one, whichever way round it is drawn', () => {
  const [w, h] = [1000 / (111_195 * Math.cos((51 * Math.PI) / 180)), 1000 / 111_195];
  const ring = [[7, 51], [7 + w, 51], [7 + w, 51 + h], [7, 51 + h], [7, 51]];
  expect(area(ring)).toBeGreaterThan(0.998e6);
  expect(area(ring)).toBeLessThan(1.002e6);
  expect(area([...ring].reverse())).toBeCloseTo(area(ring), 3);
  expect(length(ring)).toBeCloseTo(4000, -1);
  const hole = ring.map(([x, y]) => [7 + (x! - 7) / 2, 51 + (y! - 51) / 2]);
  expect(measured({ type: 'Polygon', coordinates: [ring, hole] })!.area).toBeCloseTo(area(ring) * 0.75, -3);
  expect(measured({ type: 'Point', coordinates: [7, 51] })).toBeNull();
});

it('sizes are said in fitting units', () => {
  expect([inMetres(819.6), inMetres(1300), inMetres(34_100)]).toEqual(['820 m', '1,30 km', '34,1 km']);
  expect([inSquareMetres(4200), inSquareMetres(125_000), inSquareMetres(3_200_000)]).toEqual(['4.200 m²', '12,5 ha', '3,20 km²']);
});

it('names the point where a surface crosses itself', () => {
  expect(crossing([[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]])).toBe(3);
  expect(crossing([[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]])).toBeNull();
});

it('finds the middle of areas and lines', () => {
  expect(middle({ type: 'Polygon', coordinates: [[[7, 51], [7.2, 51], [7.2, 51.2], [7, 51.2], [7, 51]]] })).toEqual([expect.closeTo(7.1, 9), expect.closeTo(51.1, 9)]);
  const [x, y] = middle({ type: 'LineString', coordinates: [[7, 51], [7, 51.1], [7, 51.2]] })!;
  expect([x, y]).toEqual([7, expect.closeTo(51.1, 6)]);
  expect(boxOf({ type: 'MultiPolygon', coordinates: [[[[1, 2], [3, 4], [5, 0], [1, 2]]]] })).toEqual([1, 0, 5, 4]);
});
