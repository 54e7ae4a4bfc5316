/** Which incidents of partners are held for the same as one of ours, from the live picture. */
import { things, type Thing } from '../live/things.svelte';
import { store, view } from '../state.svelte';
import { linkedOf, passes } from './rules';

const NONE: ReadonlySet<string> = new Set();

/** Refs of partners' incidents that this one of ours is linked with, by us or by them. */
export function linkedWith(incident: string | null | undefined): ReadonlySet<string> {
  return incident ? linkedOf(`${store.origin}/incident/${incident}`, things('incident_link')) : NONE;
}

/** Whether the chosen incident lets a partner's thing through; without one all pass. */
export function passesIncident(): (thing: Thing) => boolean {
  if (!view.incident) return () => true;
  const linked = view.joint ? linkedWith(view.incident) : NONE;
  return (thing) => passes(thing, linked);
}
