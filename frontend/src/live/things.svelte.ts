/** What people made, from the live picture: read inside a component or `$derived` these follow every change. */
import { store } from '../state.svelte';
import type { Thing } from './store.svelte';

export type { Thing } from './store.svelte';

/** All things of this kind that you may see, in no order. */
export function things(kind: string): Thing[] {
  void store.revision;
  return [...(store.things.get(kind)?.values() ?? [])];
}

export function thing(kind: string, id: string | null | undefined): Thing | undefined {
  void store.revision;
  return id ? store.things.get(kind)?.get(id) : undefined;
}
