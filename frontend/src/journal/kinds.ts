/** Kinds of entries, the short ways to choose one while typing, and an entry as it comes. */

export const WRITTEN = ['SITUATION', 'ORDER', 'DECISION', 'MESSAGE_IN', 'MESSAGE_OUT', 'INCIDENT', 'HANDOVER', 'NOTE'] as const;
export type Written = (typeof WRITTEN)[number];
export const ALL_KINDS = [...WRITTEN, 'CORRECTION', 'CLOSING'] as const;
export type EntryKind = (typeof ALL_KINDS)[number];
export const USUAL: Written = 'SITUATION';

const PREFIXES: Record<string, Written> = {
  l: 'SITUATION', b: 'ORDER', e: 'DECISION', m: 'MESSAGE_IN', a: 'MESSAGE_OUT', r: 'INCIDENT', u: 'HANDOVER', ü: 'HANDOVER', v: 'NOTE',
};

/** What was typed without its `/b ` at the beginning, and the kind that it names. */
export function prefixed(typed: string): { kind: Written | null; text: string } {
  const found = /^\/(\p{L}) /u.exec(typed);
  const kind = found ? (PREFIXES[found[1]!.toLowerCase()] ?? null) : null;
  return kind ? { kind, text: typed.slice(3) } : { kind: null, text: typed };
}

export interface Entry {
  ref: string;
  staff: string;
  number: number;
  event_time: string;
  recorded_at: string;
  author: string;
  function: string;
  kind: EntryKind;
  text: string;
  refs?: string[];
  corrects?: number | null;
  hash: string;
  corrected_by?: number[];
}

/** Newest first, each once; who corrects whom is put together from all of them. */
export function merged(...lists: Entry[][]): Entry[] {
  const byNumber = new Map<number, Entry>();
  const by = new Map<number, Set<number>>();
  for (const entry of lists.flat()) {
    byNumber.set(entry.number, byNumber.get(entry.number) ?? entry);
    for (const later of entry.corrected_by ?? []) add(by, entry.number, later);
    if (entry.corrects) add(by, entry.corrects, entry.number);
  }
  return [...byNumber.values()]
    .sort((a, b) => b.number - a.number)
    .map((entry) => ({ ...entry, corrected_by: [...(by.get(entry.number) ?? [])].sort((a, b) => a - b) }));
}

function add(by: Map<number, Set<number>>, corrected: number, later: number): void {
  by.set(corrected, (by.get(corrected) ?? new Set()).add(later));
}
