import { describe, expect, it } from 'vitest';
import { linkedOf, passes } from '../../src/joint/rules';

const ended = '2026-11-23T02:00:00Z';

describe('incidents of partners that are held for the same', () => {
  it('are those that either side names, each speaking for its own', () => {
    const links = [
      { body: { incident: 'here/incident/i1', theirs: 'calw/incident/c1' } },
      { body: { incident: 'here/incident/i1', theirs: 'calw/incident/c2', ended_at: ended } },
      { body: { incident: 'here/incident/i1', theirs: 7 } },
      { origin: 'bergheim', body: { incident: 'bergheim/incident/b1', theirs: 'here/incident/i1' } },
      { origin: 'bergheim', body: { incident: 'calw/incident/c3', theirs: 'here/incident/i1' } },
      { origin: 'bergheim', body: { incident: 'bergheim/incident/b2', theirs: 'here/incident/i2' } },
    ];
    expect([...linkedOf('here/incident/i1', links)].sort()).toEqual(['bergheim/incident/b1', 'calw/incident/c1']);
    expect(linkedOf('here/incident/i9', links).size).toBe(0);
  });

  it('let their things through the filter of ours, and nothing else that belongs to an incident', () => {
    const thing = (origin: string, incident?: string) => ({ origin, body: incident ? { incident } : {} });
    const all = [thing('calw', 'c1'), thing('calw', 'c2'), thing('bergheim', 'c1'), thing('calw')];
    const through = (...linked: string[]) => all.map((one) => passes(one, new Set(linked)));
    expect(through('calw/incident/c1')).toEqual([true, false, false, true]);
    expect(through()).toEqual([false, false, false, true]);
  });
});
