import { expect, it } from 'vitest';
import { merged, prefixed, type Entry } from '../src/journal/kinds';

const entry = (number: number, more: Partial<Entry> = {}): Entry => ({
  ref: `o/entry/s.${number}`, staff: 's', number, event_time: '', recorded_at: '', author: 'p', function: 'S2', kind: 'NOTE', text: '', hash: '', ...more,
});

it('a letter after a slash and a blank choose the kind', () => {
  expect(prefixed('/b THW zum Deich')).toEqual({ kind: 'ORDER', text: 'THW zum Deich' });
  expect(prefixed('/Ü an S3')).toEqual({ kind: 'HANDOVER', text: 'an S3' });
  for (const text of ['/b', '/bb x', '/x y', 'x /b y', '/ b', '']) expect(prefixed(text)).toEqual({ kind: null, text });
});

it('lists are put together newest first, each entry once', () => {
  expect(merged([entry(3), entry(2)], [entry(2), entry(1)]).map(({ number }) => number)).toEqual([3, 2, 1]);
});

it('who corrects whom comes from the entries and from the server', () => {
  const [third, second, first] = merged([entry(3, { corrects: 1, kind: 'CORRECTION' })], [entry(2), entry(1, { corrected_by: [9] })]);
  expect([third!.corrected_by, second!.corrected_by, first!.corrected_by]).toEqual([[], [], [3, 9]]);
});
