import { describe, expect, it } from 'vitest';
import { formatView, parseView, USUAL, type View } from '../src/view';

const OTHER: View = {
  zoom: 10.25, latitude: 50.9375, longitude: 6.9603, layers: ['gauges', 'districts'], selection: { kind: 'warning', key: 'dwd_cap.2.49.0.0.276.0.DWD:PVW/1' },
  aside: 'legend', tab: 'warnings', list: false, page: 'account', image: 'job-1-after', incident: 'i-0123456789ab', view: 's2', at: '2021-07-14T20:00:00.000Z', columns: ['priority', 'title'], tabs: ['sites', 'gauges'], status: 'closed', priority: 2, order: 'age', reverse: true, level: 3, quantity: 'Q', water: 'KLEINE ERFT & Co', released: true, inView: true, joint: false, stale: false,
  sort: 'name', descending: false, range: 48, language: 'en', whose: 'bergheim', theme: 'night',
};

describe('the address', () => {
  it('holds the whole view', () => expect(parseView(formatView(OTHER))).toEqual(OTHER));
  it('holds the usual view', () => expect(parseView(formatView(USUAL))).toEqual(USUAL));
  it('holds the whole view also beside a task view, whichever parts that one sets', () => {
    for (const of of [USUAL, OTHER]) for (const shown of [USUAL, OTHER]) expect(parseView(formatView(shown, of), of)).toEqual(shown);
  });
  it('says nothing that its task view says already', () => expect(formatView(OTHER, OTHER)).not.toMatch(/layers|tabs|level|water|sort/));
  it('is short for the usual view', () => expect(formatView(USUAL)).toBe('#map=7.40/51.4500/7.6000'));
  it('names every part of a view that differs', () => {
    for (const name of Object.keys(USUAL) as (keyof View)[]) {
      const changed = { ...USUAL, [name]: OTHER[name] };
      expect(formatView(changed), name).not.toBe(formatView(USUAL));
    }
  });
  it.each(['', '#', '#map=a/b/c', '#map=9/51', '#sel=nonsense:1&level=9&theme=pink&range=5', '#map=NaN/Infinity/1', '#layers=&sort=--x'])('falls back from %s', (hash) => {
    const view = parseView(hash);
    expect(Number.isFinite(view.zoom + view.latitude + view.longitude)).toBe(true);
    expect([0, 1, 2, 3, 4]).toContain(view.level);
    expect(view.selection).toBeNull();
    expect(view.theme).toBe('auto');
  });
  it('keeps a place within the world', () => expect(parseView('#map=99/400/-999')).toMatchObject({ zoom: 19, latitude: 85, longitude: -180 }));
});
