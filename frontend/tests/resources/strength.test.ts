import { describe, expect, it } from 'vitest';
import { BadStrength, canonical, kept, NONE, parse, plus } from '../../src/resources/strength';

describe('strength', () => {
  it.each([
    ['1/0/5//6', '1/0/5//6'], ['1/0/5', '1/0/5//6'], ['1/5', '0/1/5//6'], ['1/8//9', '0/1/8//9'], [' 0 / 1 / 8 // 9 ', '0/1/8//9'], ['1/1/2//4', '1/1/2//4'], ['0/0/0', '0/0/0//0'], ['1/3/18/22', '1/3/18//22'], ['0/2/7=9', '0/2/7//9'],
  ])('reads %s', (typed, canon) => expect(canonical(parse(typed))).toBe(canon));

  it.each([['', 'form'], ['6', 'form'], ['a/b', 'form'], ['1//6', 'form'], ['1/8/9', 'ambiguous'], ['1/3/18/22//22', 'form'], ['1/2/3/4', 'total'], ['-1/2', 'form'], ['1/0/5//7', 'total'], ['1/5//7', 'total'], ['99999/1', 'form']])('refuses %s for its %s', (typed, reason) => {
    expect(() => parse(typed)).toThrow(BadStrength);
    expect(() => parse(typed)).toThrow(reason);
  });

  it('adds, and takes away what it added', () => {
    const sum = [parse('1/0/5'), parse('1/8'), parse('1/1/2//4')].reduce((a, b) => plus(a, b), NONE);
    expect(canonical(sum)).toBe('2/2/15//19');
    expect(canonical(plus(sum, parse('1/8'), -1))).toBe('2/1/7//10');
  });

  it('takes nonsense that is kept for nothing', () => expect([kept(undefined), kept('six'), kept('0/1/8//9')]).toEqual([null, null, { leaders: 0, subleaders: 1, crew: 8 }]));
});
