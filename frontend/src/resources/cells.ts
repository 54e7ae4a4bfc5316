/** Dots of the map counted in square cells of whole zooms. A dot that moves touches its own cell and the one it comes to,
 *  nothing else, so that twenty thousand can move without being counted anew. */

export interface Dot {
  /** Web Mercator from 0 (180° W, 85.06° N) to 1. */
  readonly x: number;
  readonly y: number;
  readonly free: boolean;
  readonly calls: boolean;
  /** Never counted: drawn by itself wherever it is. */
  readonly alone: boolean;
}

/** Side of a cell in pixels at its own zoom, and how near to its rim its circle may stand: two never cover each other. */
const SIDE = 64;
const RIM = 22 / SIDE;
/** From so many on a cell is a circle. */
const LEAST = 4;
/** The last whole zoom at which dots are counted. */
export const LAST = 11;

export class Cell {
  readonly dots = new Map<string, Dot>();
  free = 0;
  calls = 0;
  /** Who changed it first since `Cells.take` gave it out. */
  by = '';
  /** Whether it was a circle then. */
  was = false;
  #x = 0;
  #y = 0;

  constructor(readonly key: string, readonly column: number, readonly row: number, readonly level: number) {}

  get many(): boolean {
    return this.dots.size >= LEAST;
  }

  put(id: string, dot: Dot): void {
    this.dots.set(id, dot);
    this.#count(dot, 1);
  }

  delete(id: string): void {
    const dot = this.dots.get(id);
    if (!dot) return;
    this.dots.delete(id);
    this.#count(dot, -1);
  }

  #count(dot: Dot, sign: 1 | -1): void {
    this.free += dot.free ? sign : 0;
    this.calls += dot.calls ? sign : 0;
    this.#x += sign * dot.x;
    this.#y += sign * dot.y;
  }

  /** Where its circle stands: amid its dots, to the pixel, a little away from the next cell. Web Mercator. */
  get middle(): [number, number] {
    const cells = across(this.level);
    const within = (sum: number, at: number) => Math.round(Math.min(1 - RIM, Math.max(RIM, (sum / this.dots.size) * cells - at)) * SIDE) / SIDE;
    return [(this.column + within(this.#x, this.column)) / cells, (this.row + within(this.#y, this.row)) / cells];
  }

  /** The zoom at which its dots no longer lie in one cell. */
  get opens(): number {
    for (let level = this.level + 1; level <= LAST; level += 1) {
      const cells = across(level);
      const columns = new Set([...this.dots.values()].map(({ x, y }) => `${Math.floor(x * cells)} ${Math.floor(y * cells)}`));
      if (columns.size > 1) return level;
    }
    return LAST + 1;
  }
}

const across = (level: number) => (512 / SIDE) * 2 ** level;

/** The zoom whose cells are counted in; null where every dot stands for itself. */
export function levelOf(zoom: number): number | null {
  return zoom < LAST + 1 ? Math.floor(zoom) : null;
}

export class Cells {
  #cells = new Map<string, Cell>();
  #of = new Map<string, Cell>();
  #changed = new Set<Cell>();

  level: number | null = null;

  /** Empty, for another zoom. */
  clear(level: number | null): void {
    this.level = level;
    this.#cells.clear();
    this.#of.clear();
    this.#changed.clear();
  }

  /** The circle that it is counted in, if it is. */
  circleOf(id: string): Cell | undefined {
    const cell = this.#of.get(id);
    return cell?.many ? cell : undefined;
  }

  get(key: string): Cell | undefined {
    return this.#cells.get(key);
  }

  /** Null takes it away. */
  put(id: string, dot: Dot | null): void {
    const before = this.#of.get(id);
    const after = dot && !dot.alone && this.level !== null ? this.#at(dot, this.level) : undefined;
    before?.delete(id);
    if (after) {
      after.put(id, dot!);
      this.#of.set(id, after);
    } else this.#of.delete(id);
    for (const cell of [before, after]) {
      if (!cell) continue;
      cell.by ||= id;
      this.#changed.add(cell);
    }
  }

  /** Cells that changed since this was last asked; those without a dot are gone with it. */
  *take(): Generator<Cell> {
    const changed = [...this.#changed];
    this.#changed.clear();
    for (const cell of changed) {
      yield cell;
      cell.by = '';
      cell.was = cell.many;
      if (cell.dots.size === 0 && this.#cells.get(cell.key) === cell) this.#cells.delete(cell.key);
    }
  }

  #at({ x, y }: Dot, level: number): Cell {
    const cells = across(level);
    const [column, row] = [Math.floor(x * cells), Math.floor(y * cells)];
    const key = `cell ${level} ${column} ${row}`;
    let cell = this.#cells.get(key);
    if (!cell) this.#cells.set(key, (cell = new Cell(key, column, row, level)));
    return cell;
  }
}

export function mercator([longitude, latitude]: readonly [number, number]): [number, number] {
  return [longitude / 360 + 0.5, 0.5 - Math.asinh(Math.tan((latitude * Math.PI) / 180)) / (2 * Math.PI)];
}

export function degrees([x, y]: readonly [number, number]): [number, number] {
  return [(x - 0.5) * 360, (Math.atan(Math.sinh((0.5 - y) * 2 * Math.PI)) * 180) / Math.PI];
}
