/** The gauge symbols as images, drawn on a canvas in the theme's colours. */
import type { Direction } from '../live/gauge';
import { LEVELS, LEVEL_COLOURS, MAP_COLOURS, STALE_COLOURS, UNKNOWN_COLOURS, type Level, type Theme } from '../palette';
import { arrowOf, shapeOf, STRIKE } from './shapes';

export const PIXEL_RATIO = 2;
const WIDTH = 56;
const HEIGHT = 27;
const DIRECTIONS: (Direction | undefined)[] = [undefined, 'rising', 'steady', 'falling'];

export interface Symbol {
  level: Level | undefined;
  direction: Direction | undefined;
  stale: boolean;
}

export function symbolName({ level, direction, stale }: Symbol): string {
  return `gauge-${level ?? 'u'}-${direction ?? 'n'}-${stale ? 'stale' : 'fresh'}`;
}

/** Every symbol there can be, with its name. */
export function symbols(theme: Theme): [string, ImageData][] {
  const canvas = document.createElement('canvas');
  canvas.width = WIDTH * PIXEL_RATIO;
  canvas.height = HEIGHT * PIXEL_RATIO;
  const pen = canvas.getContext('2d', { willReadFrequently: true })!;
  const drawn: [string, ImageData][] = [];
  for (const level of [...LEVELS, undefined]) {
    for (const direction of DIRECTIONS) {
      for (const stale of [false, true]) {
        pen.setTransform(1, 0, 0, 1, 0, 0);
        pen.clearRect(0, 0, canvas.width, canvas.height);
        // The shape sits in the middle, so that it marks the place; the arrow stands to its right.
        pen.setTransform(PIXEL_RATIO, 0, 0, PIXEL_RATIO, canvas.width / 2, canvas.height / 2);
        draw(pen, theme, { level, direction: stale ? undefined : direction, stale });
        drawn.push([symbolName({ level, direction, stale }), pen.getImageData(0, 0, canvas.width, canvas.height)]);
      }
    }
  }
  return drawn;
}

function draw(pen: CanvasRenderingContext2D, theme: Theme, { level, direction, stale }: Symbol): void {
  const colours = MAP_COLOURS[theme];
  const path = new Path2D(shapeOf(level));
  pen.lineJoin = 'round';
  pen.setLineDash([]);
  stroke(pen, path, colours.rim, 5);
  if (level === undefined) {
    pen.fillStyle = colours.land;
    pen.fill(path);
    pen.setLineDash([3.2, 2]);
    stroke(pen, path, stale ? STALE_COLOURS[theme] : UNKNOWN_COLOURS[theme], 2);
    pen.setLineDash([]);
    pen.fillStyle = stale ? STALE_COLOURS[theme] : UNKNOWN_COLOURS[theme];
    pen.font = '600 10px "Fira Sans", sans-serif';
    pen.textAlign = 'center';
    pen.textBaseline = 'middle';
    if (!stale) pen.fillText('?', 0, 0.8);
  } else {
    stroke(pen, path, stale ? STALE_COLOURS[theme] : colours.symbolInk, 2);
    pen.fillStyle = stale ? STALE_COLOURS[theme] : LEVEL_COLOURS[theme][level];
    pen.fill(path);
  }
  if (stale) {
    const strike = new Path2D(STRIKE);
    stroke(pen, strike, colours.rim, 3.4);
    stroke(pen, strike, UNKNOWN_COLOURS[theme], 1.8);
  }
  if (direction) {
    const arrow = new Path2D();
    arrow.addPath(new Path2D(arrowOf(direction)), new DOMMatrix().translate(17, 0).scale(0.9));
    stroke(pen, arrow, colours.rim, 3.5);
    pen.fillStyle = direction === 'steady' ? UNKNOWN_COLOURS[theme] : colours.symbolInk;
    pen.fill(arrow);
  }
}

function stroke(pen: CanvasRenderingContext2D, path: Path2D, colour: string, width: number): void {
  pen.strokeStyle = colour;
  pen.lineWidth = width;
  pen.stroke(path);
}

/** A hatch per level for advance information and a dotting for areas that are only named. */
export function patterns(theme: Theme): [string, ImageData][] {
  const made: [string, ImageData][] = [];
  for (const level of [...LEVELS, undefined]) {
    const colour = level === undefined ? UNKNOWN_COLOURS[theme] : LEVEL_COLOURS[theme][level];
    made.push([`hatch-${level ?? 'u'}`, pattern(16, (pen) => {
      pen.strokeStyle = colour;
      pen.lineWidth = 3;
      for (const shift of [-16, 0, 16]) {
        pen.beginPath();
        pen.moveTo(shift - 2, 18);
        pen.lineTo(shift + 18, -2);
        pen.stroke();
      }
    })]);
    made.push([`dots-${level ?? 'u'}`, pattern(12, (pen) => {
      pen.fillStyle = colour;
      for (const [x, y] of [[3, 3], [9, 9]] as const) {
        pen.beginPath();
        pen.arc(x, y, 1.7, 0, 7);
        pen.fill();
      }
    })]);
  }
  return made;
}

function pattern(size: number, paint: (pen: CanvasRenderingContext2D) => void): ImageData {
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = size;
  const pen = canvas.getContext('2d')!;
  paint(pen);
  return pen.getImageData(0, 0, size, size);
}
