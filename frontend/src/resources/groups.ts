/** Rows in sorted groups, with the sums of each. A row that changes is taken out where it stood and put in where it
 *  belongs, by bisection; nothing else moves. */
import type { Row } from './rows';
import { NONE, plus, type Strength } from './strength';

export interface Group {
  readonly key: string;
  readonly rows: Row[];
  strength: Strength;
  free: number;
  calling: number;
}

export class Groups {
  readonly groups = new Map<string, Group>();
  /** As each row stood when it was put in: its sort key may differ by now. */
  #placed = new Map<string, { row: Row; group: string }>();

  constructor(readonly keyOf: (row: Row) => string, readonly compare: (a: Row, b: Row) => number) {}

  get size(): number {
    return this.#placed.size;
  }

  has(id: string): boolean {
    return this.#placed.has(id);
  }

  /** Group and place of a row in it. */
  where(id: string): { group: string; at: number } | undefined {
    const found = this.#placed.get(id);
    return found && { group: found.group, at: find(this.groups.get(found.group)!.rows, found.row, this.compare) };
  }

  /** Whether it would be put where it stands already. */
  stays(id: string, row: Row): boolean {
    const before = this.#placed.get(id);
    return before !== undefined && before.group === this.keyOf(row) && this.compare(before.row, row) === 0;
  }

  /** All at once, for a new order. */
  fill(rows: Iterable<Row>): void {
    this.groups.clear();
    this.#placed.clear();
    for (const row of rows) {
      const group = this.#group(this.keyOf(row));
      group.rows.push(row);
      count(group, row, 1);
      this.#placed.set(row.id, { row, group: group.key });
    }
    for (const group of this.groups.values()) group.rows.sort(this.compare);
  }

  /** Null takes it out. */
  put(id: string, row: Row | null): void {
    const before = this.#placed.get(id);
    if (before) {
      const group = this.groups.get(before.group)!;
      // In place while its order stays.
      const at = find(group.rows, before.row, this.compare);
      if (row && this.keyOf(row) === before.group && this.compare(before.row, row) === 0) {
        count(group, before.row, -1);
        group.rows[at] = row;
        count(group, row, 1);
        before.row = row;
        return;
      }
      group.rows.splice(at, 1);
      count(group, before.row, -1);
      if (group.rows.length === 0) this.groups.delete(group.key);
      this.#placed.delete(id);
    }
    if (!row) return;
    const group = this.#group(this.keyOf(row));
    group.rows.splice(find(group.rows, row, this.compare), 0, row);
    count(group, row, 1);
    this.#placed.set(id, { row, group: group.key });
  }

  #group(key: string): Group {
    let group = this.groups.get(key);
    if (!group) this.groups.set(key, (group = { key, rows: [], strength: NONE, free: 0, calling: 0 }));
    return group;
  }
}

function count(group: Group, row: Row, sign: 1 | -1): void {
  if (row.counted) group.strength = plus(group.strength, row.counted, sign);
  if (row.free) group.free += sign;
  if (row.body.signal && !row.body.signal.seen) group.calling += sign;
}

/** Where the row stands, or would. */
function find(rows: Row[], row: Row, compare: (a: Row, b: Row) => number): number {
  let [low, high] = [0, rows.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compare(rows[middle]!, row) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
