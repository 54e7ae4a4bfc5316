import { describe, expect, it, vi } from 'vitest';
import { FACILITY_TYPES, PRIORITIES, ZONE_TYPES } from '../../src/situation/kinds';
import { facilitySign, sign, signOf, siteSign, whitelisted, zoneSign, type SignSpec } from '../../src/situation/signs';

const HOSTILE = [
  ']]><img src=x onerror=alert(1)>', '<script>alert(1)</script>', '"><svg onload=alert(1)>', 'a&b', "x' y", 'javascript:alert(1)', '\u202eBR', 'x'.repeat(17), 'a\nb',
];

describe('nothing hostile reaches a sign', () => {
  it.each(HOSTILE)('text %j is left out', (text) => {
    const plain = sign({ base: 'stelle' });
    expect(whitelisted({ base: 'stelle', text })).toEqual({ base: 'stelle' });
    expect(sign({ base: 'stelle', text }).svg).toBe(plain.svg);
  });

  it.each(['red" onload="alert(1)', 'url(http://attacker.invalid)', '#12345', '#1234567', 'red', '#ff000g'])('colour %j is left out', (colour) => {
    expect(sign({ base: 'gefahr', colour }).svg).toBe(sign({ base: 'gefahr' }).svg);
  });

  it('ids are looked up, never written', () => {
    for (const id of [...HOSTILE, '__proto__', 'constructor', 'toString']) {
      expect(sign({ base: id })).toBe(sign({ base: 'stelle' }));
      expect(sign({ base: 'stelle', task: id, symbol: id })).toBe(sign({ base: 'stelle' }));
      expect(() => signOf(id, { type: id })).not.toThrow();
      expect(sign(signOf('facility', { type: id }))).toBe(sign({ base: 'stelle' }));
    }
  });

  it('texts that are no strings are left out', () => {
    for (const text of [{ toString: () => 'x' }, ['x'], 7, null]) {
      expect(sign({ base: 'stelle', text } as unknown as SignSpec)).toBe(sign({ base: 'stelle' }));
    }
  });

  it('titles choose a sign and are never part of it', () => {
    const drawn = sign(siteSign({ priority: 'P1', title: '<img src=x onerror=alert(1)> Brand' })).svg;
    expect(drawn).not.toContain('img');
    expect(drawn).not.toContain('onerror');
  });
});

it('allowed texts and colours are drawn', () => {
  expect(sign({ base: 'stelle', text: 'BR 1/2-ü.' }).svg).toContain('BR 1/2-ü.');
  expect(sign({ base: 'gefahr', colour: '#00ff7f' }).svg).toContain('#00ff7f');
});

it('every type and priority has its own sign', () => {
  const facilities = FACILITY_TYPES.map((type) => sign(facilitySign({ type })).url);
  expect(new Set(facilities).size).toBe(FACILITY_TYPES.length);
  const zones = ZONE_TYPES.map((type) => sign(zoneSign({ type })).url);
  expect(new Set(zones).size).toBe(ZONE_TYPES.length);
  expect(new Set(PRIORITIES.map((priority) => sign(siteSign({ priority, title: 'Deichbruch' })).url)).size).toBe(3);
});

it('acute danger is that of P1 and of lives at risk, whatever the priority', () => {
  for (const body of [{ priority: 'P1' as const }, { priority: 'P4' as const, lives_at_risk: true }]) expect(siteSign(body).base).toBe('gefahr-akut');
  expect(siteSign({ priority: 'P3', lives_at_risk: false }).base).toBe('anlass');
});

it('the address is an image of its own, drawn once, and nothing is written to the console', () => {
  const spoken = vi.spyOn(console, 'log');
  const first = sign({ base: 'stelle', symbol: 'sammeln' });
  expect(first.url).toMatch(/^data:image\/svg\+xml;charset=utf-8,/);
  expect(decodeURIComponent(first.url.split(',')[1]!)).toBe(first.svg);
  expect(sign({ base: 'stelle', symbol: 'sammeln' })).toBe(first);
  expect(spoken).not.toHaveBeenCalled();
});

it('only texts bring a font', () => {
  expect(sign({ base: 'stelle', symbol: 'sammeln' }).url.length).toBeLessThan(3_000);
  expect(sign({ base: 'stelle', text: 'BR' }).svg).toContain('@font-face');
});
