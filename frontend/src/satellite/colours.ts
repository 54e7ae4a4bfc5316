/** The colours of Copernicus EMS Rapid Mapping, so that our map reads like its own: water blue, burnt ground brown-red,
 *  damage grades red, orange, yellow. Paler or redder where the theme asks for it; shapes and words say the same. */
import type { Theme } from '../palette';
import { isGrade } from './extents';

export const EVENT: Record<Theme, { water: string; trace: string; burnt: string; outside: string; edge: string }> = {
  light: { water: '#1f6fd6', trace: '#5a9be6', burnt: '#a83800', outside: '#5d6470', edge: '#0b3f86' },
  dark: { water: '#4f9bff', trace: '#7fb4f5', burnt: '#d9683a', outside: '#a3aab8', edge: '#a9d0ff' },
  night: { water: '#5a5f86', trace: '#4c4f68', burnt: '#8a3a18', outside: '#7d7069', edge: '#8a86a8' },
};

export const DAMAGE: Record<Theme, Record<string, string>> = {
  light: { Destroyed: '#d7191c', Damaged: '#f58a07', 'Possibly damaged': '#ffe000', 'No visible damage': '#8d949e' },
  dark: { Destroyed: '#ff4a4d', Damaged: '#ff9d2e', 'Possibly damaged': '#ffe95c', 'No visible damage': '#9aa3b0' },
  night: { Destroyed: '#b0241c', Damaged: '#b4660f', 'Possibly damaged': '#c9a23c', 'No visible damage': '#6d6059' },
};

export function colourOf(theme: Theme, kind: string): string {
  if (isGrade(kind)) return DAMAGE[theme][kind]!;
  if (/burn|brand|fire/i.test(kind)) return EVENT[theme].burnt;
  return /trace/i.test(kind) ? EVENT[theme].trace : EVENT[theme].water;
}

/** How a grade looks on 20 units square, as SVG path: crossed square, struck square, triangle, ring. */
export const MARKS: Record<string, string> = {
  Destroyed: 'M3 3H17V17H3Z',
  Damaged: 'M10 2.500L17.500 10L10 17.500L2.500 10Z',
  'Possibly damaged': 'M10 3.500L17 16.500H3Z',
  'No visible damage': 'M15 10A5 5 0 1 1 5 10A5 5 0 1 1 15 10Z',
};
export const CROSS = 'M6 6L14 14M14 6L6 14';
