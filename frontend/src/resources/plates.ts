/** The signs of resources as images for the map. Whose it is stands in the rim, how old its position is in the fill, and
 *  neither in colour alone: own solid, neighbours dashed, lent double; stale pale with a clock, lost hollow and struck. */
import type { Map as MapLibre } from 'maplibre-gl';
import { LEVEL_COLOURS, MAP_COLOURS, type Theme } from '../palette';
import { sign, type SignSpec } from '../situation/signs';
import type { Freshness, Relation } from './rules';

export const RATIO = 2;
const SIZE = 48;

export interface Plate {
  sign: SignSpec;
  relation: Relation;
  fresh: Freshness;
  /** The digit that stands at its corner; a signal that nobody noted goes first. */
  digit: string;
  calling: boolean;
  gone: boolean;
}

export function plateName(plate: Plate, theme: Theme): string {
  return `res|${theme}|${JSON.stringify(plate)}`;
}

/** Ground and ink of each FMS digit: as in resources.css. */
export const DIGITS: Record<Theme, Record<string, [string, string]>> = {
  light: { 1: ['#bfe6c8', '#0f3d1c'], 2: ['#1d6b48', '#ffffff'], 3: ['#ffdb3a', '#16202b'], 4: ['#b50f2c', '#ffffff'], 6: ['#3a424c', '#ffffff'], 7: ['#7a1fa2', '#ffffff'], 8: ['#0b57a4', '#ffffff'], 0: ['#b50f2c', '#ffffff'], 5: ['#e2690c', '#16202b'], 9: ['#ffffff', '#16202b'] },
  dark: { 1: ['#bfe6c8', '#0f3d1c'], 2: ['#1d6b48', '#ffffff'], 3: ['#ffe45c', '#16202b'], 4: ['#d0263a', '#ffffff'], 6: ['#4d5763', '#ffffff'], 7: ['#8d3bb5', '#ffffff'], 8: ['#2a6db5', '#ffffff'], 0: ['#d0263a', '#ffffff'], 5: ['#ea780f', '#16202b'], 9: ['#e9edf2', '#16202b'] },
  night: { 1: ['#6f7a4e', '#0e0704'], 2: ['#39452a', '#dca98a'], 3: ['#cdaa50', '#0e0704'], 4: ['#84161a', '#ffd9c0'], 6: ['#2a211c', '#c99473'], 7: ['#4b2434', '#dca98a'], 8: ['#2d3140', '#dca98a'], 0: ['#84161a', '#ffd9c0'], 5: ['#b4560f', '#0e0704'], 9: ['#b99478', '#0e0704'] },
};
const GROUND: Record<Theme, string> = { light: '#ffffff', dark: '#e9edf2', night: '#b99478' };
const PALE: Record<Theme, string> = { light: '#d9dee3', dark: '#aab2bb', night: '#7d6552' };
const INK = '#16202b';

const making = new WeakMap<MapLibre, Map<string, Set<() => void>>>();

/** Whether the map has the image; if not it is made, and `ready` is called once it is there. */
export function hasPlate(map: MapLibre, plate: Plate, theme: Theme, ready: () => void): boolean {
  const name = plateName(plate, theme);
  if (map.hasImage(name)) return true;
  const under = making.get(map) ?? new Map<string, Set<() => void>>();
  making.set(map, under);
  const waiting = under.get(name);
  if (waiting) {
    waiting.add(ready);
    return false;
  }
  under.set(name, new Set([ready]));
  void paint(plate, theme)
    .then((image) => {
      if (!map.hasImage(name)) map.addImage(name, image, { pixelRatio: RATIO });
      const told = under.get(name) ?? [];
      under.delete(name);
      for (const each of told) each();
    })
    .catch((error: unknown) => {
      under.delete(name);
      console.debug('sign', String(error));
    });
  return false;
}

const decoded = new Map<string, Promise<HTMLImageElement>>();

function imageOf(url: string): Promise<HTMLImageElement> {
  let found = decoded.get(url);
  if (!found) {
    const image = new Image();
    image.src = url;
    decoded.set(url, (found = image.decode().then(() => image)));
    found.catch(() => decoded.delete(url));
  }
  return found;
}

async function paint(plate: Plate, theme: Theme): Promise<ImageData> {
  const drawn = sign(plate.sign);
  const image = await imageOf(drawn.url);
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = SIZE * RATIO;
  const pen = canvas.getContext('2d', { willReadFrequently: true })!;
  pen.scale(RATIO, RATIO);
  ground(pen, plate, theme);
  const scale = Math.min(28 / drawn.width, 28 / drawn.height);
  const [width, height] = [drawn.width * scale, drawn.height * scale];
  pen.globalAlpha = plate.fresh === 'lost' ? 0.75 : plate.fresh === 'stale' || plate.gone ? 0.6 : 1;
  pen.drawImage(image, (SIZE - width) / 2, (SIZE - height) / 2, width, height);
  pen.globalAlpha = 1;
  if (plate.fresh === 'lost') strike(pen);
  if (plate.fresh === 'stale') clock(pen);
  if (plate.fresh === 'none') house(pen);
  if (plate.digit) digit(pen, plate.digit, theme);
  if (plate.calling) alarm(pen, theme);
  return pen.getImageData(0, 0, canvas.width, canvas.height);
}

function ground(pen: CanvasRenderingContext2D, { relation, fresh, calling }: Plate, theme: Theme): void {
  const box = new Path2D();
  box.roundRect(7, 7, 34, 34, 4);
  pen.lineJoin = 'round';
  pen.strokeStyle = calling ? LEVEL_COLOURS[theme][3] : MAP_COLOURS[theme].halo;
  pen.lineWidth = calling ? 8 : 5;
  pen.stroke(box);
  // Hollow, but a sign must be read: the ground shimmers through.
  pen.globalAlpha = fresh === 'lost' ? 0.45 : 1;
  pen.fillStyle = fresh === 'stale' ? PALE[theme] : relation === 'neighbour' ? (theme === 'night' ? '#a5836a' : '#eef1f4') : GROUND[theme];
  pen.fill(box);
  pen.globalAlpha = 1;
  pen.strokeStyle = INK;
  pen.lineWidth = relation === 'lent' ? 5 : 2;
  pen.setLineDash(relation === 'neighbour' ? [4, 3] : []);
  pen.stroke(box);
  pen.setLineDash([]);
  if (relation === 'lent') {
    pen.strokeStyle = GROUND[theme];
    pen.lineWidth = 1.6;
    pen.stroke(box);
  }
}

function strike(pen: CanvasRenderingContext2D): void {
  for (const [colour, width] of [['#ffffff', 4.5], [INK, 2]] as const) {
    pen.beginPath();
    pen.moveTo(8, 40);
    pen.lineTo(40, 8);
    pen.strokeStyle = colour;
    pen.lineWidth = width;
    pen.stroke();
  }
}

function disc(pen: CanvasRenderingContext2D, x: number, y: number, radius: number, fill: string): void {
  pen.beginPath();
  pen.arc(x, y, radius, 0, 7);
  pen.fillStyle = fill;
  pen.fill();
  pen.strokeStyle = INK;
  pen.lineWidth = 1.4;
  pen.stroke();
}

function clock(pen: CanvasRenderingContext2D): void {
  disc(pen, 8, 40, 6.5, '#ffffff');
  pen.beginPath();
  pen.moveTo(8, 36);
  pen.lineTo(8, 40);
  pen.lineTo(11, 41.5);
  pen.stroke();
}

function house(pen: CanvasRenderingContext2D): void {
  pen.beginPath();
  for (const [x, y] of [[8, 33], [15, 39], [13, 39], [13, 46], [3, 46], [3, 39], [1, 39]] as const) pen.lineTo(x, y);
  pen.closePath();
  pen.fillStyle = '#ffffff';
  pen.fill();
  pen.strokeStyle = INK;
  pen.lineWidth = 1.4;
  pen.stroke();
}

function digit(pen: CanvasRenderingContext2D, code: string, theme: Theme): void {
  const [fill, ink] = DIGITS[theme][code] ?? ['#5d6470', '#ffffff'];
  pen.beginPath();
  pen.roundRect(32, 31, 15, 16, 3);
  pen.fillStyle = fill;
  pen.fill();
  pen.strokeStyle = '#ffffff';
  pen.lineWidth = 1.5;
  pen.stroke();
  letter(pen, code, 39.5, 39.5, ink);
}

function alarm(pen: CanvasRenderingContext2D, theme: Theme): void {
  pen.beginPath();
  for (const [x, y] of [[40, 0.5], [47.5, 14], [32.5, 14]] as const) pen.lineTo(x, y);
  pen.closePath();
  pen.fillStyle = LEVEL_COLOURS[theme][3];
  pen.strokeStyle = '#ffffff';
  pen.lineWidth = 2;
  pen.stroke();
  pen.fill();
  letter(pen, '!', 40, 9.5, '#ffffff');
}

function letter(pen: CanvasRenderingContext2D, text: string, x: number, y: number, colour: string): void {
  pen.fillStyle = colour;
  pen.font = '700 11.5px "Fira Sans", sans-serif';
  pen.textAlign = 'center';
  pen.textBaseline = 'middle';
  pen.fillText(text, x, y);
}
