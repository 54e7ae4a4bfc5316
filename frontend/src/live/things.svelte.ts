/** What people made, from the live picture: read inside a component or `$derived` these follow every change. */
import { store, view } from '../state.svelte';
import { FOREIGN, type Thing } from './store.svelte';

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
  const found = id ? (store.things.get(kind)?.get(id) ?? exchanged(kind, id)) : undefined;
  return found && view.released && !mayBeReleased(found) ? undefined : found;
}

/** What a partner wrote in a procedure with us stands under its full ref; its id names it too. */
function exchanged(kind: string, id: string): Thing | undefined {
  for (const thing of store.things.get(kind)?.values() ?? []) if (thing.origin && thing.id === id) return thing;
  return undefined;
}

/** What partners let us see of these kinds, in no order. Nothing of it is for the press. */
export function foreign(...kinds: string[]): Thing[] {
  void store.turn(FOREIGN);
  return view.released ? [] : [...store.foreign.values()].filter(({ kind }) => kinds.includes(kind));
}

/** One of them by its full ref. */
export function theirs(ref: string | null | undefined): Thing | undefined {
  void store.turn(FOREIGN);
  return ref && !view.released ? store.foreign.get(ref) : undefined;
}
