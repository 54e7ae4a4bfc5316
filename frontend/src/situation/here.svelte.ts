/** The incident that is worked on, and what may be done in it. */
import type { Thing } from '../live/things.svelte';
import { currentIncident } from '../session/incident.svelte';
import { can, page, select, store, view } from '../state.svelte';
import { beginNew, draftOf, NEW } from './drafts.svelte';
import type { Kind } from './kinds';
import { hand } from '../map/hand.svelte';

const OVER = ['CLOSED', 'ARCHIVED'];

/** The same one that the strip names. */
export function incident(): Thing | null {
  return currentIncident() ?? null;
}

/** Whether this session changes the situation. What the server says counts; this spares people a refusal. */
export function mayEdit(room?: string): boolean {
  return can('SITUATION') && (room === undefined || page.session.rooms.some(({ id, write }) => id === room && write));
}

export function isOver(thing: Thing | null): boolean {
  return thing !== null && OVER.includes(String(thing.body.state));
}

/** Where the pointer stands on the map, longitude and latitude; null while it is elsewhere. */
export const pointer: { at: [number, number] | null } = { at: null };

/** Opens the form of a new one; one that was begun and not saved goes on. */
export function makeNew(kind: Kind, fields: Record<string, unknown> = {}): void {
  const here = incident();
  if (here && mayEdit() && draftOf(kind, null)?.incident !== here.id) beginNew(kind, here.id, fields);
  view.page = 'map';
  select({ kind, key: NEW });
}

/** N: a site where the pointer stands, else in the middle of what the map shows. */
export function newHere(): void {
  if (!page.session.signed_in) return;
  const centre = hand.map?.getCenter();
  const at = pointer.at ?? (centre ? [centre.lng, centre.lat] : [view.longitude, view.latitude]);
  const geometry = { type: 'Point', coordinates: at.map((each) => Math.round(each * 1e7) / 1e7) };
  const old = draftOf('site', null);
  // An untouched draft gives way; what somebody typed does not.
  if (old && !Object.keys(old.fields).some((name) => !['priority', 'geometry'].includes(name))) old.fields.geometry = geometry;
  makeNew('site', { geometry });
  void store.revision;
}
