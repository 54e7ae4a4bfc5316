/** The signs as images for the map: on a light plate in every theme, with priority, state and how full it is. */
import type { Map as MapLibre } from 'maplibre-gl';
import { LEVEL_COLOURS, MAP_COLOURS, type Theme } from '../palette';
import { sign, type SignSpec } from './signs';

export const RATIO = 2;
/** CSS pixels; the plate is 36 of them, around it the badges. */
const SIZE = 52;
const PLATES: Record<Theme, string> = { light: '#ffffff', dark: '#e9edf2', night: '#b99478' };

export interface Plate {
  sign: SignSpec;
  /** P1 to P4, as a badge. */
  priority?: string;
  lives?: boolean;
  look: 'open' | 'unproven' | 'working' | 'done' | 'closed';
  /** Part that is used, 0 to 1, in tenths; undefined draws no bar. */
  full?: number;
}

export const PRIORITY_COLOURS = (theme: Theme): Record<string, string> => {
  const [p4, p3, p2, p1] = LEVEL_COLOURS[theme];
  return { P1: p1, P2: p2, P3: p3, P4: p4 };
};

export function plateName(plate: Plate, theme: Theme): string {
  return `plate|${theme}|${JSON.stringify(plate)}`;
}

const making = new WeakMap<MapLibre, Set<string>>();

/** Whether the map has the image; if not it is made, and `ready` is called once it is there. */
export function hasPlate(map: MapLibre, plate: Plate, theme: Theme, ready: () => void): boolean {
  const name = plateName(plate, theme);
  if (map.hasImage(name)) return true;
  const under = making.get(map) ?? new Set<string>();
  making.set(map, under);
  if (under.has(name)) return false;
  under.add(name);
  void paint(plate, theme)
    .then((image) => {
      if (!map.hasImage(name)) map.addImage(name, image, { pixelRatio: RATIO });
    })
    .then(ready, (error: unknown) => console.debug('sign', String(error)))
    .finally(() => under.delete(name));
  return false;
}

async function paint(plate: Plate, theme: Theme): Promise<ImageData> {
  const drawn = sign(plate.sign);
  const image = new Image();
  image.src = drawn.url;
  await image.decode();
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = SIZE * RATIO;
  const pen = canvas.getContext('2d', { willReadFrequently: true })!;
  pen.scale(RATIO, RATIO);
  ground(pen, plate, theme);
  const scale = Math.min(30 / drawn.width, 30 / drawn.height);
  const [width, height] = [drawn.width * scale, drawn.height * scale];
  pen.globalAlpha = plate.look === 'done' ? 0.55 : 1;
  pen.drawImage(image, (SIZE - width) / 2, (SIZE - height) / 2, width, height);
  pen.globalAlpha = 1;
  if (plate.priority) badge(pen, plate.priority, theme);
  if (plate.lives || plate.priority === 'P1') alarm(pen, theme);
  if (plate.look === 'done') tick(pen);
  if (plate.full !== undefined) bar(pen, plate.full, theme);
  return pen.getImageData(0, 0, canvas.width, canvas.height);
}

function ground(pen: CanvasRenderingContext2D, { look, lives, priority }: Plate, theme: Theme): void {
  const colours = MAP_COLOURS[theme];
  const grave = lives || priority === 'P1';
  const box = new Path2D();
  box.roundRect(8, 8, 36, 36, 5);
  pen.lineJoin = 'round';
  pen.strokeStyle = colours.halo;
  pen.lineWidth = grave ? 8 : 5;
  pen.stroke(box);
  if (grave) {
    pen.strokeStyle = LEVEL_COLOURS[theme][3];
    pen.lineWidth = 6;
    pen.stroke(box);
  }
  pen.fillStyle = look === 'done' ? '#c9d0d6' : PLATES[theme];
  pen.fill(box);
  pen.strokeStyle = look === 'working' ? colours.selected : look === 'closed' || look === 'done' ? '#7a838c' : '#16202b';
  pen.lineWidth = look === 'working' ? 3 : 1.6;
  pen.setLineDash(look === 'unproven' ? [4, 3] : []);
  pen.stroke(box);
  pen.setLineDash([]);
  if (look === 'closed') {
    pen.beginPath();
    pen.moveTo(10, 42);
    pen.lineTo(42, 10);
    pen.stroke();
  }
}

function badge(pen: CanvasRenderingContext2D, priority: string, theme: Theme): void {
  const colour = PRIORITY_COLOURS(theme)[priority] ?? '#5d6470';
  pen.beginPath();
  pen.arc(43, 42, 8, 0, 7);
  pen.fillStyle = colour;
  pen.fill();
  pen.strokeStyle = '#ffffff';
  pen.lineWidth = 1.5;
  pen.stroke();
  letter(pen, priority.slice(1), 43, 42.5, theme !== 'dark' && (priority === 'P1' || priority === 'P4') ? '#ffffff' : priority === 'P1' ? '#ffffff' : '#16202b');
}

/** Danger to life, the only sign with a mark at its upper corner. */
function alarm(pen: CanvasRenderingContext2D, theme: Theme): void {
  pen.beginPath();
  pen.moveTo(43, 0.5);
  pen.lineTo(51.5, 15.5);
  pen.lineTo(34.500, 15.5);
  pen.closePath();
  pen.fillStyle = LEVEL_COLOURS[theme][3];
  pen.strokeStyle = '#ffffff';
  pen.lineWidth = 2;
  pen.stroke();
  pen.fill();
  letter(pen, '!', 43, 10.5, '#ffffff');
}

function tick(pen: CanvasRenderingContext2D): void {
  pen.beginPath();
  pen.arc(9, 10, 7, 0, 7);
  pen.fillStyle = '#1d6b48';
  pen.fill();
  pen.beginPath();
  pen.moveTo(5.5, 10);
  pen.lineTo(8.2, 12.8);
  pen.lineTo(12.800, 7.300);
  pen.strokeStyle = '#ffffff';
  pen.lineWidth = 2;
  pen.stroke();
}

function bar(pen: CanvasRenderingContext2D, full: number, theme: Theme): void {
  pen.fillStyle = '#ffffff';
  pen.fillRect(7, 45, 38, 7);
  pen.strokeStyle = '#16202b';
  pen.lineWidth = 1;
  pen.strokeRect(7.5, 45.5, 37, 6);
  pen.fillStyle = full >= 1 ? LEVEL_COLOURS[theme][3] : full >= 0.8 ? LEVEL_COLOURS[theme][2] : LEVEL_COLOURS[theme][0];
  pen.fillRect(8, 46, 36 * Math.min(1, full), 5);
}

function letter(pen: CanvasRenderingContext2D, text: string, x: number, y: number, colour: string): void {
  pen.fillStyle = colour;
  pen.font = '700 11px "Fira Sans", sans-serif';
  pen.textAlign = 'center';
  pen.textBaseline = 'middle';
  pen.fillText(text, x, y);
}
