import { describe, expect, it } from 'vitest';
import { BadCoordinates, parsePlace, utmref, wgs84, type Place } from '../../src/situation/coordinates';
import { distance } from '../../src/situation/measure';

// Easting and northing by PROJ 9 (EPSG:32632, EPSG:32631), cut to whole metres; squares of the 100 km grid.
const GOLDEN: [string, Place, string][] = [
  ['Köln, Dom', [6.95833, 50.94128], '32U LB 56562 45279'],
  ['Münster, Rathaus', [7.62849, 51.96198], '32U MC 05767 57697'],
  ['Aachen lies in zone 32 too, just east of 6°', [6.08387, 50.77535], '32U KB 94407 28898'],
  ['Selfkant lies in zone 31', [5.92, 51.02], '31U GS 04788 56107'],
  ['Höxter', [9.38, 51.77], '32U NC 26220 35525'],
  ['the central meridian lies 500 kilometres east', [9, 51], '32U NB 00000 49824'],
];

describe('UTMREF', () => {
  it.each(GOLDEN)('%s', (_, place, said) => {
    expect(utmref(place)).toBe(said);
  });

  it.each(GOLDEN)('%s comes back to the metre', (_, place) => {
    expect(distance(parsePlace(utmref(place)), place)).toBeLessThan(1.5);
  });

  it('reads with and without gaps, small letters, fewer digits as the middle of the square', () => {
    const exact = parsePlace('32U LB 56688 44855');
    expect(parsePlace('32ulb5668844855')).toEqual(exact);
    const coarse = parsePlace('32U LB 566 448');
    expect(distance(exact, coarse)).toBeLessThan(75);
    expect(utmref(coarse, 3)).toBe('32U LB 566 448');
  });
});

describe('WGS84', () => {
  it.each([
    ['51.2, 7.1', [7.1, 51.2]],
    ['51.2,7.1', [7.1, 51.2]],
    ['51,2 7,1', [7.1, 51.2]],
    ['51,2; 7,1', [7.1, 51.2]],
    ['51.2° N 7.1° E', [7.1, 51.2]],
    ['N 51.2 E 7.1', [7.1, 51.2]],
    ['7.1 O 51.2 N', [7.1, 51.2]],
    [`51° 12' 0" N, 7° 6' 0" E`, [7.1, 51.2]],
    [`51°12′ N 7°6′ O`, [7.1, 51.2]],
    ['-33.5, -70.6', [-70.6, -33.5]],
  ] as [string, Place][])('reads %s', (said, [longitude, latitude]) => {
    const [x, y] = parsePlace(said);
    expect(x).toBeCloseTo(longitude, 9);
    expect(y).toBeCloseTo(latitude, 9);
  });

  it('what it says it can read', () => {
    for (const [, place] of GOLDEN) expect(distance(parsePlace(wgs84(place)), place)).toBeLessThan(1);
  });
});

it.each([
  ['', 'empty'], ['   ', 'empty'], ['Köln', 'form'], ['51.2', 'form'], ['91, 7', 'range'], ['51.2, 181', 'range'], ['NaN, NaN', 'form'], ['1e9, 7', 'form'],
  [`51° 61' N 7° 0' E`, 'range'], ['32U LB 567 4485', 'digits'], ['32U LB', 'digits'], ['32U IO 12 34', 'form'], ['99U LB 12 34', 'form'], ['<img src=x onerror=alert(1)>', 'form'],
  ['5'.repeat(200), 'form'],
])('refuses %s', (said, reason) => {
  let refused: unknown;
  try {
    parsePlace(said);
  } catch (error) {
    refused = error;
  }
  expect(refused).toBeInstanceOf(BadCoordinates);
  expect((refused as BadCoordinates).reason).toBe(reason);
});

it('has no UTMREF at the poles', () => {
  expect(() => utmref([7, 85])).toThrow(BadCoordinates);
});
