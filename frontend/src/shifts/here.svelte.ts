/** Shifts of one fleet from the live picture, and what may be done with them. */
import { send } from '../api/request';
import { thing, things, type Thing } from '../live/things.svelte';
import { writesIn } from '../session/rooms.svelte';
import { store } from '../state.svelte';
import type { Shift, ShiftBody } from './types';

export function fleets(): Thing[] {
  return things('fleet').sort((a, b) => String(a.body.name).localeCompare(String(b.body.name)));
}

export function mayWrite(fleet: Thing | undefined): boolean {
  return fleet !== undefined && store.past === null && writesIn(fleet.body.room as string);
}

export function shiftsOf(fleet: string): Shift[] {
  return things('shift')
    .filter(({ body }) => body.organisation === fleet)
    .map(({ id, body }) => ({ id, body: body as unknown as ShiftBody }))
    .sort((a, b) => Date.parse(a.body.starts) - Date.parse(b.body.starts) || a.body.person.localeCompare(b.body.person));
}

export function callsign(resource: string | null | undefined): string {
  return resource ? String(thing('resource', resource)?.body.callsign ?? resource) : '';
}

export function change(shift: Shift, fields: Record<string, unknown>): Promise<unknown> {
  return send('PATCH', `/api/shifts/${encodeURIComponent(shift.id)}`, { base: shift.body.version ?? 1, fields });
}

export function remove(id: string): Promise<unknown> {
  return send('DELETE', `/api/shifts/${encodeURIComponent(id)}`);
}

export function add(fleet: string, shifts: Record<string, unknown>[], key: string): Promise<unknown> {
  return send('POST', `/api/fleets/${encodeURIComponent(fleet)}/shifts`, { shifts }, { key });
}
