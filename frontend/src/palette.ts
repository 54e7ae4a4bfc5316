/** One ordered palette for gauges and warnings; neighbours stay apart for deutan, protan and tritan eyes
 *  (tests/palette.test.ts). Shape and word say the same again. */

export type Theme = 'light' | 'dark' | 'night';
export type Level = 0 | 1 | 2 | 3 | 4;

export const LEVELS: readonly Level[] = [0, 1, 2, 3, 4];

export const LEVEL_COLOURS: Record<Theme, readonly [string, string, string, string, string]> = {
  light: ['#3f7fae', '#ffdb3a', '#e2690c', '#b50f2c', '#46095e'],
  dark: ['#4a86b8', '#ffe45c', '#ea780f', '#d0263a', '#f7b0ff'],
  night: ['#4c4a58', '#cdaa50', '#b4560f', '#84161a', '#e8a3bd'],
};

/** Unknown is neither harmless nor dangerous: no hue at all. Stale is paler still. */
export const UNKNOWN_COLOURS: Record<Theme, string> = { light: '#5d6470', dark: '#a3aab8', night: '#7d7069' };
export const STALE_COLOURS: Record<Theme, string> = { light: '#a9aeb7', dark: '#6a707d', night: '#4d4541' };

export function levelColour(theme: Theme, level: Level | undefined): string {
  return level === undefined ? UNKNOWN_COLOURS[theme] : LEVEL_COLOURS[theme][level];
}

export interface MapColours {
  ground: string;
  land: string;
  municipality: string;
  district: string;
  region: string;
  label: string;
  labelMinor: string;
  halo: string;
  rim: string;
  symbolInk: string;
  selected: string;
  basemapBrightness: number;
  basemapSaturation: number;
}

export const MAP_COLOURS: Record<Theme, MapColours> = {
  light: {
    ground: '#e9edf1', land: '#f8f9f7', municipality: '#d3d9de', district: '#9aa6b2', region: '#6d7b8a',
    label: '#2c3641', labelMinor: '#5a6672', halo: '#ffffff', rim: '#ffffff', symbolInk: '#16202b',
    selected: '#0b57d0', basemapBrightness: 1, basemapSaturation: -0.35,
  },
  dark: {
    ground: '#0e1218', land: '#161c24', municipality: '#262f3a', district: '#47566a', region: '#6b7c93',
    label: '#d5dde7', labelMinor: '#93a0b0', halo: '#0e1218', rim: '#0b0f14', symbolInk: '#eef2f7',
    selected: '#7cb7ff', basemapBrightness: 0.55, basemapSaturation: -0.6,
  },
  night: {
    ground: '#090605', land: '#110c0a', municipality: '#21170f', district: '#3d2a20', region: '#56392a',
    label: '#b88a6b', labelMinor: '#7f5f4a', halo: '#090605', rim: '#070403', symbolInk: '#d6a98a',
    selected: '#d98a4a', basemapBrightness: 0.28, basemapSaturation: -0.85,
  },
};
