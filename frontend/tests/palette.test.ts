// Neighbouring levels must stay apart for every eye: CIEDE2000 after the simulation of Machado et al. (2009), severity 1.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { LEVEL_COLOURS, MAP_COLOURS, STALE_COLOURS, UNKNOWN_COLOURS, type Theme } from '../src/palette';
import { contrast, difference, EYES, type Eye } from './colour';

const THEMES: Theme[] = ['light', 'dark', 'night'];
const LEAST = 14;

describe.each(THEMES)('the palette of the %s theme', (theme) => {
  const colours = LEVEL_COLOURS[theme];

  it.each(Object.keys(EYES) as Eye[])('keeps neighbours apart for %s eyes', (eye) => {
    const gaps = colours.slice(1).map((colour, i) => difference(colours[i]!, colour, eye));
    expect(Math.min(...gaps), gaps.map((gap) => gap.toFixed(1)).join(' ')).toBeGreaterThanOrEqual(LEAST);
  });

  it('keeps unknown and stale apart from every level', () => {
    for (const eye of Object.keys(EYES) as Eye[]) {
      for (const colour of colours.slice(1)) {
        expect(difference(UNKNOWN_COLOURS[theme], colour, eye)).toBeGreaterThan(8);
        expect(difference(STALE_COLOURS[theme], colour, eye)).toBeGreaterThan(8);
      }
    }
  });

  it('sets symbols off from the land by their outline', () => {
    expect(contrast(MAP_COLOURS[theme].symbolInk, MAP_COLOURS[theme].land)).toBeGreaterThanOrEqual(3);
    expect(contrast(MAP_COLOURS[theme].label, MAP_COLOURS[theme].land)).toBeGreaterThanOrEqual(4.5);
  });

  it('is the same in the style sheet', () => {
    const css = readFileSync(new URL('../src/style/tokens.css', import.meta.url), 'utf8');
    const block = theme === 'light' ? css.slice(css.indexOf(':root {')) : css.slice(css.indexOf(`[data-theme='${theme}']`));
    colours.forEach((colour, level) => expect(block.match(new RegExp(`--level-${level}: (#\\w+)`))?.[1]).toBe(colour));
    expect(block.match(/--level-u: (#\w+)/)?.[1]).toBe(UNKNOWN_COLOURS[theme]);
    expect(block.match(/--level-stale: (#\w+)/)?.[1]).toBe(STALE_COLOURS[theme]);
  });
});

it('the difference is the published one', () => {
  // Two pairs of Sharma, Wu and Dalal (2005) have no sRGB form; black against white is 100 by definition.
  expect(difference('#000000', '#ffffff', 'usual')).toBeCloseTo(100, 0);
  expect(difference('#b50f2c', '#b50f2c', 'deutan')).toBe(0);
});
