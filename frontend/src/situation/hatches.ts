/** Patterns of areas by their type, so that they differ without colour too. */
import type { Theme } from '../palette';
import { ZONE_TYPES } from './kinds';

export const ZONE_COLOURS: Record<Theme, Record<string, string>> = {
  light: { HAZARD: '#c2410c', CLOSURE: '#b50f2c', FLOODED: '#0b57a4', EVACUATION: '#7a1fa2', OTHER: '#4d5a68' },
  dark: { HAZARD: '#ff9a4d', CLOSURE: '#ff7185', FLOODED: '#6db3f2', EVACUATION: '#d79bff', OTHER: '#a5b2c1' },
  night: { HAZARD: '#b4560f', CLOSURE: '#a8322c', FLOODED: '#8a6a5a', EVACUATION: '#9a5a6a', OTHER: '#7d7069' },
};

export function zoneColour(theme: Theme, type: string): string {
  return ZONE_COLOURS[theme][type] ?? ZONE_COLOURS[theme].OTHER!;
}

export function hatches(theme: Theme): [string, ImageData][] {
  return ZONE_TYPES.map((type) => [`zone-${type}`, hatch(type, zoneColour(theme, type))]);
}

const SIZE = 32;

function hatch(type: string, colour: string): ImageData {
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = SIZE;
  const pen = canvas.getContext('2d')!;
  pen.strokeStyle = pen.fillStyle = colour;
  pen.lineWidth = 3;
  if (type === 'HAZARD' || type === 'CLOSURE') diagonal(pen, 1);
  if (type === 'CLOSURE') diagonal(pen, -1);
  if (type === 'FLOODED') waves(pen);
  if (type === 'EVACUATION') for (const x of [8, 24]) pen.fillRect(x - 1.500, 0, 3, SIZE);
  if (type === 'OTHER') for (const [x, y] of [[8, 8], [24, 24]] as const) dot(pen, x, y);
  return pen.getImageData(0, 0, SIZE, SIZE);
}

function diagonal(pen: CanvasRenderingContext2D, way: 1 | -1): void {
  for (let shift = -SIZE; shift <= SIZE; shift += 16) {
    pen.beginPath();
    pen.moveTo(shift, way === 1 ? SIZE : 0);
    pen.lineTo(shift + SIZE, way === 1 ? 0 : SIZE);
    pen.stroke();
  }
}

function waves(pen: CanvasRenderingContext2D): void {
  pen.lineWidth = 2.5;
  for (const y of [8, 24]) {
    pen.beginPath();
    for (let x = 0; x <= SIZE; x += 1) pen.lineTo(x, y + 3 * Math.sin((x / SIZE) * 4 * Math.PI));
    pen.stroke();
  }
}

function dot(pen: CanvasRenderingContext2D, x: number, y: number): void {
  pen.beginPath();
  pen.arc(x, y, 3, 0, 7);
  pen.fill();
}
