import { describe, expect, it } from 'vitest';
import { byArrival, labelled, matching, missing, numbersOf, present, strengthOf, sum, written } from '../../src/arrivals/book';
import type { Act, Entry, Force } from '../../src/arrivals/types';

const comes = (id: string, callsign: string, more: Partial<Act> = {}): Act =>
  ({ id, kind: 'CHECK_IN', at: '2026-11-22T10:00:00Z', arrival: id, fields: { facility: 'f', callsign, strength: '0/1/8//9' }, ...more });
const then = (id: string, kind: Act['kind'], arrival: string, fields = {}): Act => ({ id, kind, at: '2026-11-22T11:00:00Z', arrival, fields });

describe('the book with what waits', () => {
  it('shows what was not sent yet, and an act that stands in it already but once', () => {
    const [entry] = written([], [comes('a', 'Florian 1')]).values();
    expect(entry).toMatchObject({ callsign: 'Florian 1', state: 'CHECKED_IN', number: null, waiting: true });
    const held: Entry = { ...entry!, number: 7, waiting: false };
    expect(written([held], [comes('a', 'Florian 1')]).get('a')).toEqual(held);
  });

  it('follows an entry through what was done with it', () => {
    const acts = [comes('a', 'Florian 1'), then('b', 'SEND_ON', 'a', { left_to: 'Deich' }), then('c', 'TAKE_BACK', 'a')];
    const [sent] = written([], acts.slice(0, 2)).values();
    expect(sent).toMatchObject({ state: 'SENT_ON', left_to: 'Deich', left_at: '2026-11-22T11:00:00Z' });
    const [back] = written([], acts).values();
    expect(back).toMatchObject({ state: 'CHECKED_IN' });
    expect(back!.left_at).toBeUndefined();
    expect(written([], [then('b', 'SEND_ON', 'nowhere')]).size).toBe(0);
  });

  it('counts a force that was checked in twice once, by its newest entry', () => {
    const acts = [comes('a', 'Florian Köln 1'), comes('b', 'florian koeln 1', { at: '2026-11-22T10:30:00Z', fields: { facility: 'f', callsign: 'florian koeln 1', strength: '1/0/2//3' } }), comes('c', 'Anders')];
    const there = present(written([], acts).values(), 'f');
    expect(there.map(({ id }) => id)).toEqual(['b', 'c']);
    expect(sum(there)).toBe('1/1/10//12');
    expect(byArrival(written([], acts).values())[0]!.id).toBe('b');
  });
});

describe('strength', () => {
  it('is written and read as everywhere else', () => {
    expect(strengthOf([1, 3, 18])).toBe('1/3/18//22');
    expect(strengthOf([0, 0, 0])).toBeUndefined();
    expect(numbersOf('1/3/18//22')).toEqual([1, 3, 18]);
    expect(numbersOf(undefined)).toEqual([0, 0, 0]);
  });
});

describe('known forces', () => {
  const force = (id: string, callsign: string, more: Partial<Force> = {}): Force => ({ id, ref: `n/resource/${id}`, callsign, expected: false, ...more });

  it('are found by parts of their call sign, whatever its spelling; the expected ones first', () => {
    const all = [force('1', 'Florian Köln 1-HLF20-1'), force('2', 'Florian Köln 2-HLF20-1', { expected: true }), force('3', 'Florian Bonn 1-HLF20-1')];
    expect(matching(all, 'koeln hlf').map(({ id }) => id)).toEqual(['2', '1']);
    expect(matching(all, ' ')).toEqual([]);
  });

  it('are expected until they are there, the earliest first', () => {
    const all = [force('1', 'ohne', { expected: true }), force('2', 'spät', { expected: true, eta: '2026-11-22T12:00:00Z' }), force('3', 'früh', { expected: true, eta: '2026-11-22T09:00:00Z' }), force('4', 'zuhause')];
    const here = { state: 'CHECKED_IN', resource: '2' } as Entry;
    expect(missing(all, [here]).map(({ id }) => id)).toEqual(['3', '1']);
  });
});

describe('a label', () => {
  it('names a resource and its call sign; anything else is none of ours', () => {
    expect(labelled('LAGEBILD:node.example/resource/01a2 Florian Köln 1')).toEqual({ ref: 'node.example/resource/01a2', id: '01a2', callsign: 'Florian Köln 1' });
    expect(labelled('LAGEBILD:local/resource/01a2')?.callsign).toBe('');
    for (const other of ['https://evil.example', 'LAGEBILD:local/person/1 x', 'LAGEBILD:../resource/1', 'lagebild:local/resource/1', '']) expect(labelled(other)).toBeNull();
  });
});
