/** Sums with the names that people sort by. */
import type { Cell } from './sums.svelte';

const collator = new Intl.Collator('de', { numeric: true });

export function byName(a: string, b: string): number {
  return collator.compare(a, b);
}

export interface Named {
  readonly id: string;
  readonly name: string;
  readonly cell: Cell;
}

/** Remembers what it made: a line whose sums stayed is the same object, and nobody draws it again. */
export class Names {
  #made = new Map<string, Named>();

  of(cells: ReadonlyMap<string, Cell>, nameOf: (id: string) => string): Named[] {
    const made = new Map<string, Named>();
    for (const [id, cell] of cells) {
      const [name, before] = [nameOf(id), this.#made.get(id)];
      made.set(id, before?.cell === cell && before.name === name ? before : { id, name, cell });
    }
    this.#made = made;
    return [...made.values()];
  }
}
