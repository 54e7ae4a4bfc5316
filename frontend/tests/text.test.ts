import { expect, it } from 'vitest';
import { de } from '../src/text/de';
import { en } from '../src/text/en';

function leaves(value: unknown, path = ''): [string, unknown][] {
  return typeof value === 'object' && value !== null ? Object.entries(value).flatMap(([key, each]) => leaves(each, `${path}.${key}`)) : [[path, value]];
}

it('both languages say everything', () => {
  const [german, english] = [leaves(de), leaves(en)];
  expect(english.map(([path]) => path).sort()).toEqual(german.map(([path]) => path).sort());
  for (const [path, said] of [...german, ...english]) if (typeof said === 'string') expect(said.trim(), path).not.toBe('');
});

it('every name for a value takes the value in', () => {
  for (const words of [de, en]) {
    for (const [path, said] of leaves(words)) {
      if (typeof said !== 'function') continue;
      const sample = Array.from({ length: said.length }, (_, i) => 7001 + i);
      const digits = String(said(...sample)).replace(/\D/g, '');
      for (const value of sample) expect(digits, path).toContain(String(value));
    }
  }
});
