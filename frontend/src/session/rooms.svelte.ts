/** Rooms of this session by what it may do in them: looked up for every fleet of the Land, so kept as sets. */
import { page } from '../state.svelte';

const written = $derived(new Set(page.session.rooms.filter(({ write }) => write).map(({ id }) => id)));
const shared = $derived(new Set(page.session.rooms.filter(({ share }) => share).map(({ id }) => id)));

export function writesIn(room: string | undefined): boolean {
  return room !== undefined && written.has(room);
}

export function sharesIn(room: string | undefined): boolean {
  return room !== undefined && shared.has(room);
}
