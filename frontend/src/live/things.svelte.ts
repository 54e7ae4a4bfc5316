/** What people made, from the live picture: read inside a component or `$derived` these follow every change. */
import { store, view } from '../state.svelte';
import type { Thing } from './store.svelte';

export type { Thing } from './store.svelte';

/** All things of this kind that you may see, in no order. */
export function things(kind: string): Thing[] {
  void store.turn(kind);
  const all = [...(store.things.get(kind)?.values() ?? [])];
  return view.released ? all.filter(mayBeReleased) : all;
}

/** For the press: what is public or was released. What the incident is called is no secret either. */
export function mayBeReleased({ kind, room, body }: Thing): boolean {
  return room === 'public' || body.released === true || kind === 'view' || kind === 'incident';
}

export function thing(kind: string, id: string | null | undefined): Thing | undefined {
  void store.turn(kind);
  const found = id ? store.things.get(kind)?.get(id) : undefined;
  return found && view.released && !mayBeReleased(found) ? undefined : found;
}
