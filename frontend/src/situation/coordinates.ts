/** Coordinates as people say them: WGS84 in degrees, or UTMREF (MGRS) as on the maps of the fire services. */
import { forward, inverse } from 'mgrs';

/** Longitude, latitude. */
export type Place = [number, number];

/** Coordinates that mean no place; `reason` is a key of the texts. */
export class BadCoordinates extends Error {
  constructor(readonly reason: 'empty' | 'form' | 'range' | 'digits') {
    super(reason);
  }
}

/** 32U LB 5669 4485: to the metre with five digits, as bands, square, easting and northing. */
export function utmref([longitude, latitude]: Place, digits: 3 | 4 | 5 = 5): string {
  if (!inRange(longitude, latitude) || Math.abs(latitude) > 80) throw new BadCoordinates('range');
  const found = /^(\d{1,2}[A-Z])([A-Z]{2})(\d+)$/.exec(forward([longitude, latitude], digits))!;
  const [, zone, square, numbers] = found as unknown as [string, string, string, string];
  const half = numbers.length / 2;
  return `${zone} ${square} ${numbers.slice(0, half)} ${numbers.slice(half)}`;
}

/** 51,20000° N 7,10000° O, without the hemisphere: latitude first, as people say it. */
export function wgs84([longitude, latitude]: Place): string {
  return `${latitude.toFixed(5)}, ${longitude.toFixed(5)}`;
}

/** Reads `51.2, 7.1`, `51,2 7,1`, `51.2° N 7.1° E`, `51° 12' 0" N, 7° 6' 0" E` or `32U LB 56694 48558`. Raises BadCoordinates. */
export function parsePlace(text: string): Place {
  const said = text.normalize('NFKC').trim().toUpperCase();
  if (!said) throw new BadCoordinates('empty');
  if (said.length > 80) throw new BadCoordinates('form');
  return /^\d{1,2}\s*[C-HJ-NP-X]\s*[A-HJ-NP-Z]{2}/.test(said) ? parseUtmref(said) : parseDegrees(said);
}

function parseUtmref(said: string): Place {
  const found = /^(\d{1,2})([C-HJ-NP-X])([A-HJ-NP-Z]{2})(\d{0,10})$/.exec(said.replace(/\s+/g, ''));
  if (!found) throw new BadCoordinates('form');
  const numbers = found[4]!;
  if (numbers.length % 2 || numbers.length < 4) throw new BadCoordinates('digits');
  try {
    // The package's own `toPoint` rounds; the middle of the square is what is meant.
    const [west, south, east, north] = inverse(found.slice(1).join(''));
    return checked((west + east) / 2, (south + north) / 2);
  } catch (error) {
    throw error instanceof BadCoordinates ? error : new BadCoordinates('form');
  }
}

const ANGLE = String.raw`([+-]?\d{1,3}(?:[.,]\d+)?)\s*°?\s*(?:(\d{1,2}(?:[.,]\d+)?)\s*['′]\s*)?(?:(\d{1,2}(?:[.,]\d+)?)\s*(?:"|″|'')\s*)?`;
const PAIR = new RegExp(`^([NSEOW])?\\s*${ANGLE}([NSEOW])?\\s*[,;/]?\\s+([NSEOW])?\\s*${ANGLE}([NSEOW])?$`);

function parseDegrees(said: string): Place {
  const found = PAIR.exec(said.replace(/([.\d°'"NSEOW])\s*[,;]\s+/g, '$1 ').replace(/^([+-]?\d+\.\d+),([+-]?\d)/, '$1 $2'));
  if (!found) throw new BadCoordinates('form');
  const [before1, d1, m1, s1, after1, before2, d2, m2, s2, after2] = found.slice(1);
  const first = angle(d1!, m1, s1, before1 ?? after1);
  const second = angle(d2!, m2, s2, before2 ?? after2);
  const swapped = 'EOW'.includes(before1 ?? after1 ?? 'N') || 'NS'.includes(before2 ?? after2 ?? 'E');
  return swapped ? checked(first, second) : checked(second, first);
}

function angle(degrees: string, minutes: string | undefined, seconds: string | undefined, side: string | undefined): number {
  const of = (part: string | undefined) => Number((part ?? '0').replace(',', '.'));
  if (of(minutes) >= 60 || of(seconds) >= 60) throw new BadCoordinates('range');
  const size = Math.abs(of(degrees)) + of(minutes) / 60 + of(seconds) / 3600;
  return degrees.startsWith('-') || side === 'S' || side === 'W' ? -size : size;
}

function checked(longitude: number, latitude: number): Place {
  if (!inRange(longitude, latitude)) throw new BadCoordinates('range');
  return [longitude, latitude];
}

function inRange(longitude: number, latitude: number): boolean {
  return Number.isFinite(longitude) && Number.isFinite(latitude) && Math.abs(longitude) <= 180 && Math.abs(latitude) <= 90;
}
