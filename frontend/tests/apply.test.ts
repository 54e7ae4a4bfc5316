// The golden cases that geodata.model.picture passes too (tests/contracts/test_changes.py).
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { apply, type Picture } from '../src/live/apply';
import type { Change, Held } from '../src/live/types';

interface Side {
  cursor: number;
  facts: Record<string, Held>;
}

const folder = new URL('../../tests/contracts/changes/', import.meta.url);
const cases = readdirSync(folder).map(
  (name) => [name, JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as { says: string; picture: Side; changes: Change[]; expected: Side }] as const,
);
const pictureOf = (side: Side): Picture => ({ cursor: side.cursor, facts: new Map(Object.entries(side.facts)) });

describe('the reducer', () => {
  it('has cases', () => expect(cases.length).toBeGreaterThanOrEqual(9));

  it.each(cases)('%s, one change at a time', (_name, { says, picture, changes, expected }) => {
    const before = structuredClone(picture);
    let now = pictureOf(picture);
    for (const change of changes) now = apply(now, [change]).picture;
    expect(now, says).toEqual(pictureOf(expected));
    expect(picture).toEqual(before);
  });

  it.each(cases)('%s, as one frame', (_name, { says, picture, changes, expected }) => {
    expect(apply(pictureOf(picture), changes).picture, says).toEqual(pictureOf(expected));
  });

  it('takes a frame in the order of its numbers, whatever order it came in', () => {
    const [, several] = cases.find(([name]) => name === 'last_wins.json')!;
    expect(apply(pictureOf(several.picture), several.changes.toReversed()).picture).toEqual(pictureOf(several.expected));
  });

  it('moves to the frame’s cursor, which may lie beyond its last change', () => {
    expect(apply({ cursor: 3, facts: new Map() }, [], 17).picture.cursor).toBe(17);
  });

  it('names what a frame touched, and nothing that had been applied', () => {
    const held = { room: 'public', provenance: null, body: {} };
    const change = (seq: number, ref: string): Change => ({ seq, op: 'put', ref, ...held });
    expect([...apply({ cursor: 5, facts: new Map() }, [change(5, 'a/b/old'), change(6, 'a/b/new')]).touched]).toEqual(['a/b/new']);
  });
});
