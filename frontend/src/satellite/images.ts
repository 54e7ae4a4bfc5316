/** The pictures that the map draws with: hatches of what is no longer under water, marks of the damage grades. */
import { MAP_COLOURS, type Theme } from '../palette';
import { CROSS, DAMAGE, EVENT, MARKS } from './colours';
import { GRADES } from './extents';

const RATIO = 2;

export function images(theme: Theme): [string, ImageData][] {
  return [['extent-trace', hatch(EVENT[theme].trace)], ...GRADES.map((grade): [string, ImageData] => [`damage-${grade}`, mark(grade, theme)])];
}

function pen(size: number): CanvasRenderingContext2D {
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = size;
  return canvas.getContext('2d')!;
}

function hatch(colour: string): ImageData {
  const size = 16;
  const drawn = pen(size);
  drawn.strokeStyle = colour;
  drawn.lineWidth = 2.5;
  for (let shift = -size; shift <= size; shift += 8) {
    drawn.beginPath();
    drawn.moveTo(shift, size);
    drawn.lineTo(shift + size, 0);
    drawn.stroke();
  }
  return drawn.getImageData(0, 0, size, size);
}

function mark(grade: string, theme: Theme): ImageData {
  const drawn = pen(20 * RATIO);
  drawn.scale(RATIO, RATIO);
  const path = new Path2D(MARKS[grade]);
  drawn.lineJoin = 'round';
  drawn.lineWidth = 4;
  drawn.strokeStyle = MAP_COLOURS[theme].halo;
  drawn.stroke(path);
  if (grade === 'No visible damage') {
    drawn.lineWidth = 2;
    drawn.strokeStyle = DAMAGE[theme][grade]!;
    drawn.stroke(path);
  } else {
    drawn.fillStyle = DAMAGE[theme][grade]!;
    drawn.fill(path);
    drawn.lineWidth = 1.4;
    drawn.strokeStyle = theme === 'light' ? '#16202b' : '#0b0705';
    drawn.stroke(path);
    if (grade === 'Destroyed') drawn.stroke(new Path2D(CROSS));
  }
  return drawn.getImageData(0, 0, 20 * RATIO, 20 * RATIO);
}
