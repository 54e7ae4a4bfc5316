import { beforeEach, expect, test, vi } from 'vitest';
import { Store } from '../../src/live/store.svelte';
import type { Fact, PictureMessage } from '../../src/live/types';

const PROVENANCE = { source: 'people', as_of: '2026-11-22T02:00:00Z', received_at: '2026-11-22T02:00:00Z', confidence: 'CONFIRMED' };

function site(title: string): Fact {
  return { ref: 'o/site/a', room: 'public', provenance: PROVENANCE, body: { title } };
}
function picture(cursor: number, ...facts: Fact[]): PictureMessage {
  return { cursor, now: '2026-11-22T02:00:00Z', speed: 1, mode: 'ACTUAL', origin: 'o', facts };
}
const title = (store: Store) => store.things.get('site')?.get('a')?.body.title;

beforeEach(() => void vi.stubGlobal('requestAnimationFrame', (call: () => void) => call()));

test('the past stands still while the present goes on beneath it, and now shows all of it', () => {
  const store = new Store();
  store.replace(picture(1, site('erst')));
  store.recall([site('damals')], Date.parse('2026-11-21T02:00:00Z'));
  expect(title(store)).toBe('damals');
  expect(store.clock.now).toBe(Date.parse('2026-11-21T02:00:00Z'));
  store.take([{ seq: 2, op: 'put', ...site('inzwischen') }], 2);
  store.replace(picture(5, site('ganz neu')));
  expect(title(store)).toBe('damals');
  expect(store.cursor).toBe(5);
  store.present();
  expect(title(store)).toBe('ganz neu');
  expect(store.clock.now).toBeGreaterThanOrEqual(Date.parse('2026-11-22T02:00:00Z'));
});

test('what was not there yet is not shown, what is gone is shown again', () => {
  const store = new Store();
  store.replace(picture(1, site('jetzt')));
  store.recall([{ ...site('fort'), ref: 'o/site/b' }], 0);
  expect([...store.things.get('site')!.keys()]).toEqual(['b']);
  store.present();
  expect([...store.things.get('site')!.keys()]).toEqual(['a']);
});
