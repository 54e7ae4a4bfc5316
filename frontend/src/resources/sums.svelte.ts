/** Counts of what is shown, looked at anew at most four times a second. */
import { forces } from './forces.svelte';
import { availabilityOf, calling } from './rules';
import { NONE, plus, type Strength } from './strength';

export interface Cell {
  count: number;
  free: number;
  calling: number;
  strength: Strength;
}

export interface Sums extends Cell {
  byStatus: Map<string, Cell>;
  byOrganisation: Map<string, Cell>;
  byType: Map<string, Cell>;
  /** `<organisation>|<availability>` */
  matrix: Map<string, number>;
  /** Of those without a strength. */
  silent: number;
}

const PAUSE = 250;
const none = (): Cell => ({ count: 0, free: 0, calling: 0, strength: NONE });
let last: Sums = { ...none(), byStatus: new Map(), byOrganisation: new Map(), byType: new Map(), matrix: new Map(), silent: 0 };
let counted = -Infinity;
const state = $state({ turn: 0 });
let due: ReturnType<typeof setTimeout> | undefined;
let dirty = true;

/** Follows every change, late by a quarter of a second at most. */
export function sums(): Sums {
  void state.turn;
  if (dirty && performance.now() - counted >= PAUSE) {
    last = compute();
    counted = performance.now();
    dirty = false;
  } else if (dirty) wake();
  return last;
}

function wake(): void {
  due ??= setTimeout(() => {
    due = undefined;
    state.turn += 1;
  }, Math.max(0, counted + PAUSE - performance.now()));
}

forces.listen(() => {
  dirty = true;
  wake();
});

function compute(): Sums {
  const all: Sums = { ...none(), byStatus: new Map(), byOrganisation: new Map(), byType: new Map(), matrix: new Map(), silent: 0 };
  const cell = (cells: Map<string, Cell>, key: string) => {
    let found = cells.get(key);
    if (!found) cells.set(key, (found = none()));
    return found;
  };
  for (const id of forces.shown) {
    const row = forces.rows.all.get(id)!;
    const [{ body }, status] = [row, availabilityOf(row.body)];
    for (const each of [all, cell(all.byStatus, status), cell(all.byOrganisation, body.organisation), cell(all.byType, body.type)]) {
      each.count += 1;
      if (row.free) each.free += 1;
      if (calling(body)) each.calling += 1;
      if (row.counted) each.strength = plus(each.strength, row.counted);
    }
    if (!row.strength) all.silent += 1;
    const key = `${body.organisation}|${status}`;
    all.matrix.set(key, (all.matrix.get(key) ?? 0) + 1);
  }
  return all;
}
