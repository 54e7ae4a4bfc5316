import { beforeAll, describe, expect, it } from 'vitest';
import { Store, type Touched } from '../src/live/store.svelte';
import type { Change, Fact } from '../src/live/types';

beforeAll(() => {
  globalThis.requestAnimationFrame = (callback) => Number(setTimeout(() => callback(performance.now()), 5));
});

const provenance = { source: 'pegelonline', as_of: '2026-11-21T18:45:00Z', received_at: '2026-11-21T18:46:00Z', confidence: 'REPORTED' };
const station: Fact = { ref: 'local/station/pegelonline.a', room: 'public', provenance, body: { key: 'pegelonline.a', name: 'KÖLN', series: [{ quantity: 'W', unit: 'cm' }] } };
const reading: Fact = { ref: 'local/reading/pegelonline.a.W', room: 'public', provenance, body: { station: 'pegelonline.a', quantity: 'W', unit: 'cm', value: 412, level: 2 } };
const put = (seq: number, fact: Fact, body = fact.body): Change => ({ ...fact, seq, op: 'put', body });
const drop = (seq: number, fact: Fact): Change => ({ ...fact, seq, op: 'drop', provenance: null, body: null });

function filled(...facts: Fact[]): Store {
  const store = new Store();
  store.replace({ cursor: 10, now: '2026-11-21T19:00:00Z', speed: 1, mode: 'EXERCISE', origin: 'local', facts });
  return store;
}

describe('the store', () => {
  it('puts station and reading together, whichever comes first', () => {
    for (const facts of [[station, reading], [reading, station]]) {
      expect(filled(...facts).gauges.get('pegelonline.a')!.readings.W).toMatchObject({ value: 412, at: Date.parse(provenance.as_of) });
    }
    const late = filled();
    late.take([put(11, reading)], 11);
    expect(late.gauges.size).toBe(0);
    late.take([put(12, station)], 12);
    expect(late.gauges.get('pegelonline.a')!.readings.W!.value).toBe(412);
  });

  it('replaces the gauge object when its reading changes, so that a row knows', () => {
    const store = filled(station, reading);
    const before = store.gauges.get('pegelonline.a')!;
    store.take([put(11, reading, { ...reading.body, value: 431 })], 11);
    expect(before.readings.W!.value).toBe(412);
    expect(store.gauges.get('pegelonline.a')!.readings.W!.value).toBe(431);
  });

  it('lets go of a reading and of a station', () => {
    const store = filled(station, reading);
    store.take([drop(11, reading)], 11);
    expect(store.gauges.get('pegelonline.a')!.readings).toEqual({});
    store.take([drop(12, station)], 12);
    expect(store.gauges.size).toBe(0);
  });

  it('keeps readings when the station is described anew', () => {
    const store = filled(station, reading);
    store.take([put(11, station, { ...station.body, name: 'Köln' })], 11);
    expect(store.gauges.get('pegelonline.a')).toMatchObject({ station: { name: 'Köln' }, readings: { W: { value: 412 } } });
  });

  it('forgets everything at a fresh picture', () => {
    const store = filled(station, reading);
    store.replace({ cursor: 20, now: '2026-11-21T19:00:00Z', speed: 1, mode: 'ACTUAL', origin: 'local', facts: [] });
    expect([store.gauges.size, store.size, store.cursor, store.mode]).toEqual([0, 0, 20, 'ACTUAL']);
  });

  it('tells of many changes once, with every key they touched', async () => {
    const store = filled(station, reading);
    const told: Touched[] = [];
    await new Promise((done) => setTimeout(done, 20));
    store.onTouched((touched) => told.push(touched));
    for (let seq = 11; seq < 61; seq += 1) store.take([put(seq, reading, { ...reading.body, value: seq })], seq);
    await new Promise((done) => setTimeout(done, 20));
    expect(told.map(({ gauges, all }) => [[...gauges], all])).toEqual([[['pegelonline.a'], false]]);
    expect(store.gauges.get('pegelonline.a')!.readings.W!.value).toBe(60);
  });
});

describe('the clock', () => {
  it('goes on at the server’s speed and stands when the exercise does', async () => {
    const { clock } = filled();
    clock.sync('2021-07-14T00:00:00Z', 3600);
    await new Promise((done) => setTimeout(done, 50));
    const elapsed = clock.read() - Date.parse('2021-07-14T00:00:00Z');
    expect(elapsed).toBeGreaterThan(50 * 3600 * 0.8);
    clock.sync('2021-07-14T05:00:00Z', 0);
    await new Promise((done) => setTimeout(done, 20));
    expect(clock.read()).toBe(Date.parse('2021-07-14T05:00:00Z'));
  });

  it('keeps what a partner holds apart from ours, however it is called, and lets it go alone', () => {
    const theirs: Fact = { ...station, ref: 'koeln/station/pegelonline.a', room: 's-0123456789ab', body: { ...station.body, name: 'KÖLN (Kreis)' } };
    const value: Fact = { ...reading, ref: 'koeln/reading/pegelonline.a.W', room: 's-0123456789ab', body: { ...reading.body, value: 999, level: 4 } };
    const ours: Fact = { ref: 'local/site/1', room: 'public', provenance, body: { title: 'Brücke' } };
    const site: Fact = { ...ours, ref: 'koeln/site/1', room: 's-0123456789ab', body: { title: 'Keller' } };
    for (const facts of [[theirs, value, site, station, reading, ours], [station, reading, ours, theirs, value, site]]) {
      const store = filled(...facts);
      expect(store.gauges.get('pegelonline.a')).toMatchObject({ station: { name: 'KÖLN' }, readings: { W: { value: 412 } } });
      expect([...store.gauges.keys(), ...store.things.get('site')!.keys()]).toEqual(['pegelonline.a', '1']);
      expect(store.things.get('site')!.get('1')!.body.title).toBe('Brücke');
      expect([...store.foreign.keys()].sort()).toEqual(['koeln/reading/pegelonline.a.W', 'koeln/site/1', 'koeln/station/pegelonline.a']);
      expect(store.foreign.get('koeln/site/1')).toMatchObject({ origin: 'koeln', kind: 'site', body: { title: 'Keller' } });
      store.take([drop(11, theirs), drop(12, value), drop(13, site)], 13);
      expect(store.foreign.size).toBe(0);
      expect(store.gauges.get('pegelonline.a')!.readings.W!.value).toBe(412);
      expect(store.things.get('site')!.get('1')!.body.title).toBe('Brücke');
    }
  });

  it('shows what a partner wrote in a procedure with us beside ours, under its full ref', () => {
    const message = (origin: string): Fact => ({ ref: `${origin}/partner_message/1`, room: 'x-0123456789ab', provenance, body: { text: origin } });
    const store = filled(message('local'), message('koeln'));
    const messages = store.things.get('partner_message')!;
    expect([...messages.keys()].sort()).toEqual(['1', 'koeln/partner_message/1']);
    expect(messages.get('koeln/partner_message/1')).toMatchObject({ id: '1', origin: 'koeln' });
    expect(messages.get('1')!.origin).toBeUndefined();
    expect([store.keyOf('local/site/1'), store.keyOf('koeln/site/1'), store.keyOf('koeln/partner_message/1')]).toEqual(['1', 'koeln/site/1', '1']);
  });
});
