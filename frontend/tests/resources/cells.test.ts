import { describe, expect, it } from 'vitest';
import { Cells, degrees, LAST, levelOf, mercator, type Dot } from '../../src/resources/cells';

const COLOGNE: [number, number] = [6.957, 50.941];
const AACHEN: [number, number] = [6.084, 50.775];

function dot(place: [number, number], more: Partial<Dot> = {}): Dot {
  const [x, y] = mercator(place);
  return { x, y, free: true, calls: false, alone: false, ...more };
}

function filled(level: number | null, places: [number, number][]): Cells {
  const cells = new Cells();
  cells.clear(level);
  places.forEach((place, n) => cells.put(`r${n}`, dot(place)));
  return cells;
}

describe('cells', () => {
  it('counts four or more that stand together, and leaves three alone', () => {
    const three = filled(7, [COLOGNE, COLOGNE, COLOGNE]);
    expect(three.circleOf('r0')).toBeUndefined();
    const four = filled(7, [COLOGNE, COLOGNE, COLOGNE, COLOGNE]);
    expect(four.circleOf('r0')).toMatchObject({ free: 4, calls: 0 });
    expect(four.circleOf('r0')!.dots.size).toBe(4);
  });

  it('counts nobody where the zoom shows everyone', () => {
    expect(levelOf(LAST + 1)).toBeNull();
    expect(levelOf(LAST + 0.99)).toBe(LAST);
    expect(filled(null, [COLOGNE, COLOGNE, COLOGNE, COLOGNE]).circleOf('r0')).toBeUndefined();
  });

  it('gives out only the cells that a move has touched, and who moved', () => {
    const cells = filled(9, [COLOGNE, COLOGNE, COLOGNE, COLOGNE, AACHEN, AACHEN, AACHEN, AACHEN]);
    expect([...cells.take()]).toHaveLength(2);
    cells.put('r1', dot(AACHEN));
    const touched = [...cells.take()].length;
    expect(touched).toBe(2);
    expect(cells.circleOf('r0')).toBeUndefined();
    expect(cells.circleOf('r1')!.dots.size).toBe(5);
    cells.put('r1', dot(AACHEN));
    for (const cell of cells.take()) expect([cell.by, cell.was]).toEqual(['r1', true]);
    expect([...cells.take()]).toHaveLength(0);
  });

  it('says what has become of free and calling ones as they change', () => {
    const cells = filled(7, [COLOGNE, COLOGNE, COLOGNE, COLOGNE]);
    cells.put('r0', dot(COLOGNE, { free: false, calls: true }));
    expect(cells.circleOf('r1')).toMatchObject({ free: 3, calls: 1 });
    cells.put('r0', null);
    expect(cells.circleOf('r1')).toBeUndefined();
  });

  it('never counts the one that stands alone', () => {
    const cells = filled(7, [COLOGNE, COLOGNE, COLOGNE, COLOGNE, COLOGNE]);
    cells.put('r0', dot(COLOGNE, { alone: true }));
    expect(cells.circleOf('r0')).toBeUndefined();
    expect(cells.circleOf('r1')!.dots.size).toBe(4);
  });

  it('puts the circle amid its dots, away from its neighbours', () => {
    const cells = filled(9, [COLOGNE, COLOGNE, COLOGNE, COLOGNE]);
    const [x, y] = degrees(cells.circleOf('r0')!.middle);
    const side = 360 / (8 * 2 ** 9);
    expect(Math.abs(x - COLOGNE[0])).toBeLessThan(side / 2);
    expect(Math.abs(y - COLOGNE[1])).toBeLessThan(side / 2);
    const across = 8 * 2 ** 9;
    for (const n of cells.circleOf('r0')!.middle.map((each) => (each * across) % 1)) {
      expect(n).toBeGreaterThanOrEqual(0.34);
      expect(n).toBeLessThanOrEqual(0.66);
    }
  });

  it('opens where its dots come apart, and at the latest where all are shown', () => {
    expect(filled(5, [COLOGNE, COLOGNE, COLOGNE, COLOGNE]).circleOf('r0')!.opens).toBe(LAST + 1);
    const wide = filled(4, [COLOGNE, COLOGNE, AACHEN, AACHEN]).circleOf('r0');
    expect(wide!.opens).toBeGreaterThan(4);
    expect(wide!.opens).toBeLessThanOrEqual(8);
  });

  it('comes back from Web Mercator to the same place', () => {
    const [x, y] = degrees(mercator(COLOGNE));
    expect(x).toBeCloseTo(COLOGNE[0], 9);
    expect(y).toBeCloseTo(COLOGNE[1], 9);
  });
});
