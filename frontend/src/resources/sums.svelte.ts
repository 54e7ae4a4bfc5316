/** Counts of what is shown, kept by difference: positions that move change nothing of them. */
import { forces } from './forces.svelte';
import type { Row } from './rows';
import { availabilityOf, calling } from './rules';
import { NONE, plus, type Strength } from './strength';

/** Another object as soon as anything of it is another. */
export interface Cell {
  readonly count: number;
  readonly free: number;
  readonly calling: number;
  readonly strength: Strength;
}

export interface Sums {
  all: Cell;
  byStatus: Map<string, Cell>;
  byOrganisation: Map<string, Cell>;
  byType: Map<string, Cell>;
  /** `<organisation>|<availability>` */
  matrix: Map<string, number>;
  /** Of those without a strength. */
  silent: number;
}

const PAUSE = 100;
const nothing: Cell = { count: 0, free: 0, calling: 0, strength: NONE };
const none = (): Sums => ({ all: nothing, byStatus: new Map(), byOrganisation: new Map(), byType: new Map(), matrix: new Map(), silent: 0 });

export class Counted {
  sums = none();
  /** As each row stood when it was counted. */
  #rows = new Map<string, Row>();

  clear(): void {
    this.sums = none();
    this.#rows.clear();
  }

  /** Whether a sum is another one now. */
  put(id: string, row: Row | undefined): boolean {
    const before = this.#rows.get(id);
    if (before && row && before.thing === row.thing && before.counted === row.counted) return false;
    if (!before && !row) return false;
    if (before) this.#count(before, -1);
    if (row) this.#count(row, 1);
    if (row) this.#rows.set(id, row);
    else this.#rows.delete(id);
    return true;
  }

  #count(row: Row, sign: 1 | -1): void {
    const { sums } = this;
    const status = availabilityOf(row.body);
    sums.all = added(sums.all, row, sign);
    for (const [cells, key] of [[sums.byStatus, status], [sums.byOrganisation, row.body.organisation], [sums.byType, row.body.type]] as const) {
      const cell = added(cells.get(key) ?? nothing, row, sign);
      if (cell.count) cells.set(key, cell);
      else cells.delete(key);
    }
    if (!row.strength) sums.silent += sign;
    const key = `${row.body.organisation}|${status}`;
    sums.matrix.set(key, (sums.matrix.get(key) ?? 0) + sign);
  }
}

function added(cell: Cell, row: Row, sign: 1 | -1): Cell {
  return {
    count: cell.count + sign,
    free: cell.free + (row.free ? sign : 0),
    calling: cell.calling + (calling(row.body) ? sign : 0),
    strength: row.counted ? plus(cell.strength, row.counted, sign) : cell.strength,
  };
}

const counted = new Counted();
let last = counted.sums;
let told = -Infinity;
let due: ReturnType<typeof setTimeout> | undefined;
/** Null: all of them. */
let waiting: Set<string> | null = null;
/** Somebody had to count before it was time; others do not know yet. */
let unsaid = false;
const state = $state({ turn: 0 });

/** Follows every change, late by a tenth of a second at most. */
export function sums(): Sums {
  void state.turn;
  if (waiting === null && look()) unsaid = true;
  return last;
}

function look(): boolean {
  let changed = waiting === null;
  if (waiting === null) counted.clear();
  for (const id of waiting ?? forces.shown) if (counted.put(id, forces.shown.has(id) ? forces.rows.all.get(id) : undefined)) changed = true;
  waiting = new Set();
  if (!changed) return false;
  told = performance.now();
  last = { ...counted.sums };
  return true;
}

forces.listen((ids) => {
  if (ids === null || waiting === null) waiting = null;
  else for (const id of ids) waiting.add(id);
  due ??= setTimeout(() => {
    due = undefined;
    if (!look() && !unsaid) return;
    unsaid = false;
    state.turn += 1;
  }, Math.max(0, told + PAUSE - performance.now()));
});
