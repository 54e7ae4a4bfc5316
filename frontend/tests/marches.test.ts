import encode from 'qr';
import decode from 'qr/decode.js';
import { describe, expect, it } from 'vitest';
import { collected, crc32, named } from '../src/marches/pieces';

const whole = '0123abcd';
const piece = (number: number, of: number, part: string) => `LBM:${number}/${of}:${whole}:${crc32(`${number}/${of}:${whole}:${part}`)}:${part}`;
const three = ['aaa.B', 'b-b_b', 'ccc'].map((part, at) => piece(at + 1, 3, part));

describe('pieces of a march file', () => {
  it('counts as zlib does', () => expect(crc32('123456789')).toBe('cbf43926'));

  it('come in any order, doubled and broken over lines', () => {
    const { heap, damaged } = collected([three[2], three[0]!.slice(0, 20) + '\n' + three[0]!.slice(20), three[2]].join('\n\n'));
    expect([heap?.of, heap?.missing, damaged]).toEqual([3, [2], false]);
    expect(collected(three.join('')).heap?.missing).toEqual([]);
  });

  it('say when one is damaged, and take none of it', () => {
    const { heap, damaged } = collected(three[1]!.replace('b-b', 'b-c'));
    expect([heap, damaged]).toEqual([null, true]);
    expect(collected('Guten Tag')).toEqual({ heap: null, damaged: false });
  });

  it('of two lines are two heaps', () => {
    const other = three[0]!.replaceAll(whole, 'ffff0000');
    expect(collected(`${other}\n${three.join('\n')}`).heap?.missing).toEqual([]);
  });

  it('of the size that the page asks for are read from their codes', () => {
    const long = piece(12, 34, 'aZ09-_.'.repeat(80).slice(0, 570));
    const rows = encode(long, 'raw', { ecc: 'low', border: 4 });
    const [scale, width] = [4, rows.length * 4];
    const data = new Uint8ClampedArray(width * width * 4).map((_, at) => (at % 4 === 3 || !rows[Math.floor(at / 4 / width / scale)]![Math.floor(((at / 4) % width) / scale)] ? 255 : 0));
    expect(decode({ data, width, height: width })).toBe(long);
  });

  it('are named for people', () => expect(named([1, 2, 3, 4], 2)).toBe('1, 2 …'));
});
