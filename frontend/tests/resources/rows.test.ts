import { describe, expect, it } from 'vitest';
import { comparison, test as passing, USUAL, type Context } from '../../src/resources/filter';
import { Groups } from '../../src/resources/groups';
import { groupOf, Rows, type Row } from '../../src/resources/rows';
import { canonical } from '../../src/resources/strength';
import { Store, type Touched } from '../../src/live/store.svelte';
import type { Change, Fact } from '../../src/live/types';

globalThis.requestAnimationFrame = (callback) => Number(setTimeout(() => callback(performance.now()), 0));

const NOW = Date.parse('2026-11-22T12:00:00Z');
const provenance = { source: 'people', as_of: '2026-11-22T12:00:00Z', received_at: '2026-11-22T12:00:00Z', confidence: 'REPORTED' };
const STATES = ['AVAILABLE_STATION', 'AVAILABLE_MOBILE', 'COMMITTED_EN_ROUTE', 'COMMITTED_ON_SCENE', 'OUT_OF_SERVICE'];
const CONTEXT: Context = { centre: [7, 51], incident: null, capabilities: () => new Set(), speed: () => 60 };

function resource(n: number, more: object = {}): Fact {
  const organisation = `o${n % 396}`;
  return { ref: `local/resource/r${n}`, room: `f-${n % 396}`, provenance, body: { organisation, kind: 'VEHICLE', type: 'HLF20', callsign: `Florian ${n % 396} HLF20 ${n}`, availability: STATES[n % 5], strength: '0/1/8//9', ...more } };
}
function position(n: number, at: number, shift = 0): Fact {
  return { ref: `local/position/r${n}`, room: `f-${n % 396}`, provenance, body: { longitude: 6 + (n % 300) / 100 + shift, latitude: 50.5 + (n % 200) / 100, at: new Date(at).toISOString(), source: 'tetra' } };
}
const put = (seq: number, fact: Fact): Change => ({ ...fact, seq, op: 'put' });

function filled(facts: Fact[]): Store {
  const store = new Store();
  store.replace({ cursor: 0, now: new Date(NOW).toISOString(), speed: 1, mode: 'ACTUAL', origin: 'local', facts });
  return store;
}
async function frame(store: Store, changes: Change[]): Promise<Touched> {
  await new Promise((resolve) => setTimeout(resolve, 5));
  return new Promise((done) => {
    const stop = store.onTouched((touched) => {
      stop();
      done(touched);
    });
    store.take(changes, changes.at(-1)!.seq);
  });
}
const shape = (groups: Groups) => Object.fromEntries([...groups.groups.values()].map(({ key, rows, strength, free, calling }) => [key, { ids: rows.map(({ id }) => id), strength: canonical(strength), free, calling }]));

describe('rows', () => {
  it('tells which ids changed, and only those', async () => {
    const store = filled([resource(1), resource(2), position(1, NOW)]);
    const rows = new Rows(store);
    expect(rows.anew(NOW)).toEqual(new Set(['r1', 'r2']));
    const untouched = rows.all.get('r2');
    const touched = await frame(store, [put(1, position(1, NOW, 0.5))]);
    expect(rows.take(touched, NOW)).toEqual(new Set(['r1']));
    expect(rows.all.get('r1')!.place![0]).toBeCloseTo(6.51);
    expect(rows.all.get('r2')).toBe(untouched);
  });

  it('lets a position grow stale and lost by its fleet’s minutes', () => {
    const fleet: Fact = { ref: 'local/fleet/o1', room: 'f-1', provenance, body: { organisation: 'o1', name: 'Erftstadt', room: 'f-1', position_stale: 2, position_lost: 10 } };
    const rows = new Rows(filled([fleet, resource(1), position(1, NOW), resource(2)]));
    rows.anew(NOW);
    expect([rows.all.get('r1')!.fresh, rows.all.get('r2')!.fresh]).toEqual(['fresh', 'none']);
    expect(rows.age(NOW + 119_000)).toEqual(new Set());
    expect(rows.age(NOW + 120_000)).toEqual(new Set(['r1']));
    expect(rows.all.get('r1')!.fresh).toBe('stale');
    expect(rows.age(NOW + 600_000)).toEqual(new Set(['r1']));
    expect(rows.all.get('r1')!.fresh).toBe('lost');
    expect(rows.age(NOW + 900_000)).toEqual(new Set());
  });

  it('sums a unit by itself until one of its members speaks', async () => {
    const store = filled([resource(1, { kind: 'UNIT', strength: '1/3/18//22' }), resource(2, { parent: 'r1', strength: undefined })]);
    const rows = new Rows(store);
    rows.anew(NOW);
    expect([rows.all.get('r1')!.counted, rows.all.get('r2')!.counted].map((each) => each && canonical(each))).toEqual(['1/3/18//22', null]);
    const touched = await frame(store, [put(1, resource(2, { parent: 'r1', strength: '0/1/8//9' }))]);
    expect(rows.take(touched, NOW)).toEqual(new Set(['r2', 'r1']));
    expect([rows.all.get('r1')!.counted, rows.all.get('r2')!.counted].map((each) => each && canonical(each))).toEqual([null, '0/1/8//9']);
    expect(canonical(rows.all.get('r1')!.strength!)).toBe('1/3/18//22');
  });

  it('forgets what left the picture', async () => {
    const store = filled([resource(1)]);
    const rows = new Rows(store);
    rows.anew(NOW);
    const touched = await frame(store, [{ ...resource(1), seq: 1, op: 'drop', body: null }]);
    expect(rows.take(touched, NOW)).toEqual(new Set(['r1']));
    expect(rows.all.size).toBe(0);
  });
});

describe('groups', () => {
  it('after any changes are what they would be if made anew', () => {
    let seed = 7;
    const random = (n: number) => (seed = (seed * 1103515245 + 12345) % 2147483648) % n;
    const rows = new Map<string, Row>();
    const make = (n: number) => {
      const one = new Rows({ things: new Map([['resource', new Map([[`r${n}`, { ref: '', kind: 'resource', id: `r${n}`, room: '', provenance: null, body: resource(n, { availability: STATES[random(5)], callsign: `F ${random(9)}`, strength: `${random(2)}/1/${random(9)}`, ...(random(4) === 0 && { signal: { code: '5', at: '' } }) }).body! }]])]]) });
      one.anew(NOW);
      return one.all.get(`r${n}`)!;
    };
    const compare = comparison('callsign', null);
    const live = new Groups((row) => groupOf(row, 'status'), compare);
    for (let step = 0; step < 800; step += 1) {
      const n = random(60);
      const row = random(5) === 0 ? null : make(n);
      live.put(`r${n}`, row);
      if (row) rows.set(row.id, row);
      else rows.delete(`r${n}`);
    }
    const fresh = new Groups((row) => groupOf(row, 'status'), compare);
    fresh.fill(rows.values());
    expect(shape(live)).toEqual(shape(fresh));
    expect(live.size).toBe(rows.size);
  });
});

describe('the filter', () => {
  const facts = [resource(1, { callsign: 'Florian Köln 1 HLF20 1' }), resource(2, { hold: { inquiry: 'q', organisation: 'o9', until: '' }, availability: 'AVAILABLE_STATION' }), resource(5, { incident: 'i1' }), position(1, NOW), position(2, NOW)];
  const rows = new Rows(filled(facts));
  rows.anew(NOW);
  const ids = (asked: Partial<typeof USUAL>, context: Partial<Context> = {}) => [...rows.all.values()].filter(passing({ ...USUAL, ...asked }, { ...CONTEXT, ...context })).map(({ id }) => id);

  it('asks nothing by itself', () => expect(ids({})).toEqual(['r1', 'r2', 'r5']));
  it('finds every word', () => expect([ids({ text: 'köln hlf' }), ids({ text: 'köln dlk' })]).toEqual([['r1'], []]));
  it('counts nothing as free that is kept for an inquiry', () => expect(ids({ free: true })).toEqual(['r1', 'r5']));
  it('asks for the incident', () => expect([ids({ here: true }, { incident: 'i1' }), ids({ here: true })]).toEqual([['r5'], []]));
  it('asks for a capability', () => expect(ids({ capability: 'BOOT' }, { capabilities: ({ id }) => new Set(id === 'r2' ? ['BOOT'] : []) })).toEqual(['r2']));
  it('measures the radius, and leaves out what has no place', () => expect([ids({ radius: 1 }, { centre: [6.01, 50.505] }), ids({ radius: 500 }, { centre: [6.01, 50.505] })]).toEqual([['r1'], ['r1', 'r2']]));
  it('drives by the type’s speed and the detour', () => {
    // 0.01° of latitude are 1.11 km, and 1.45 km of road: 1.45 min at 60 km/h, 4.8 min at 18.
    const context = { centre: [6.01, 50.52] as [number, number] };
    expect(ids({ travel: 2 }, context)).toContain('r1');
    expect(ids({ travel: 4 }, { ...context, speed: () => 18 })).not.toContain('r1');
    expect(ids({ travel: 5 }, { ...context, speed: () => 18 })).toContain('r1');
  });
});

it('20,000 resources and 300 changed positions: a frame takes milliseconds', async () => {
  const facts = Array.from({ length: 20_000 }, (_, n) => [resource(n), position(n, NOW)]).flat();
  const store = filled(facts);
  await new Promise((resolve) => setTimeout(resolve, 5));
  const rows = new Rows(store);
  rows.anew(NOW);
  const pass = passing({ ...USUAL, text: 'florian' }, CONTEXT);
  const groups = new Groups((row) => groupOf(row, 'status'), comparison('callsign', null));
  const began = performance.now();
  groups.fill([...rows.all.values()].filter(pass));
  const filling = performance.now() - began;
  const took: number[] = [];
  let seq = 0;
  for (let round = 0; round < 30; round += 1) {
    const changes = Array.from({ length: 300 }, (_, n) => put((seq += 1), position((n * 61 + round * 7) % 20_000, NOW + round * 1000, 0.001)));
    let touched: Touched | undefined;
    const stop = store.onTouched((each) => (touched = each));
    const start = performance.now();
    store.take(changes, seq);
    const taken = performance.now() - start;
    while (!touched) await new Promise((resolve) => setTimeout(resolve));
    stop();
    const second = performance.now();
    const changed = rows.take(touched, NOW + round * 1000);
    for (const id of changed) {
      const row = rows.all.get(id)!;
      groups.put(id, pass(row) ? row : null);
    }
    expect(changed.size).toBe(300);
    took.push(taken + performance.now() - second);
  }
  took.sort((a, b) => a - b);
  console.info(`20,000 resources: filled and sorted in ${filling.toFixed(0)} ms; 300 changes in one frame: median ${took[15]!.toFixed(2)} ms, worst ${took.at(-1)!.toFixed(2)} ms`);
  expect(groups.size).toBe(20_000);
  // A frame has 16 ms; a pass over all of them at every change could not stay below this.
  expect(took[15]).toBeLessThan(16);
});
