/** The facts at a cursor, and how changes move them: the browser's side of geodata/model/picture.py.
 *  Both are held together by the cases in tests/contracts/changes. */
import type { Change, Fact, Held } from './types';

export interface Picture {
  readonly cursor: number;
  readonly facts: ReadonlyMap<string, Held>;
}

export const EMPTY: Picture = { cursor: 0, facts: new Map() };

export function pictureOf(cursor: number, facts: Fact[]): Picture {
  return { cursor, facts: new Map(facts.map(({ ref, room, provenance, body }) => [ref, { room, provenance, body }])) };
}

/** The picture after these changes and the refs they touched. A change at or before the cursor has been applied
 *  already and is ignored. `upTo` is the cursor of the frame, which may lie beyond its last change: the changes
 *  between do not concern us. Whoever alone holds the picture passes `own` and gets its facts changed in place: tens of
 *  thousands of them are not copied for each frame. */
export function apply(picture: Picture, changes: Change[], upTo = 0, own = false): { picture: Picture; touched: Set<string> } {
  const touched = new Set<string>();
  const fresh = changes.filter((change) => change.seq > picture.cursor).sort((a, b) => a.seq - b.seq);
  const cursor = Math.max(picture.cursor, upTo, fresh.at(-1)?.seq ?? 0);
  if (fresh.length === 0) return { picture: { cursor, facts: picture.facts }, touched };
  const facts = own ? (picture.facts as Map<string, Held>) : new Map(picture.facts);
  for (const change of fresh) {
    touched.add(change.ref);
    if (change.op === 'drop') facts.delete(change.ref);
    else facts.set(change.ref, { room: change.room, provenance: change.provenance ?? null, body: change.body ?? null });
  }
  return { picture: { cursor, facts }, touched };
}
