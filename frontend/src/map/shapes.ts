/** The shapes of the level classes, once for the map's canvas and once for SVG: dot, ring, triangle, square, diamond. */
import type { Direction } from '../live/gauge';
import type { Level } from '../palette';

/** SVG paths around (0, 0); graver classes are larger. */
const PATHS: Record<Level, string> = {
  0: circle(5.2),
  1: circle(7) + circle(3.1, true),
  2: 'M0 -8.6 L8.2 6 L-8.2 6 Z',
  3: 'M-7.2 -7.2 H7.2 V7.2 H-7.2 Z',
  4: 'M0 -10.6 L10.6 0 L0 10.6 L-10.6 0 Z',
};

const UNKNOWN = circle(6.4);

const ARROWS: Record<Direction, string> = {
  rising: 'M0 -5.5 L5 1 H1.6 V6 H-1.6 V1 H-5 Z',
  falling: 'M0 5.5 L5 -1 H1.6 V-6 H-1.6 V-1 H-5 Z',
  steady: 'M5.5 0 L-0.5 -4.6 V-1.5 H-5.5 V1.5 H-0.5 V4.6 Z',
};

function circle(radius: number, inner = false): string {
  const sweep = inner ? 0 : 1;
  return `M${radius} 0 A${radius} ${radius} 0 1 ${sweep} ${-radius} 0 A${radius} ${radius} 0 1 ${sweep} ${radius} 0 Z`;
}

export function shapeOf(level: Level | undefined): string {
  return level === undefined ? UNKNOWN : PATHS[level];
}

export function arrowOf(direction: Direction): string {
  return ARROWS[direction];
}

/** The stroke that strikes a stale symbol's rim. */
export const STRIKE = 'M-9.5 9.5 L9.5 -9.5';
