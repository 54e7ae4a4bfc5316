/** What this session may do with stock, and what it asks of the server. Refusals come as Failed with the field at fault. */
import { send } from '../api/request';
import { things, type Thing } from '../live/things.svelte';
import { writesIn } from '../session/rooms.svelte';
import { page, store } from '../state.svelte';
import type { Availability, Deployment } from './types';

export const PATHS = { resource: 'resources', stock: 'stock', fleet: 'fleets' } as const;
export type Kept = keyof typeof PATHS;

/** Whether this session writes where the thing lies; the server decides anew at each request. */
export function mayWrite(room: string | undefined): boolean {
  return store.past === null && writesIn(room);
}

/** Fleets in which this session may keep things. */
export function mayKeep(): Thing[] {
  return things('fleet').filter(({ body }) => mayWrite(String(body.room)));
}

/** Organisations of this person that have no stock yet, where he may begin it. */
export function fleetless(): { id: string; name: string }[] {
  void store.turn('fleet');
  if (store.past !== null || !['OPEN', 'PEOPLE'].some((right) => page.session.rights.includes(right))) return [];
  return page.session.organisations.filter(({ id }) => !store.things.get('fleet')?.has(id));
}

const path = (kind: string, id: string) => `/api/${PATHS[kind as Kept]}/${encodeURIComponent(id)}`;

/** The id of the new one, once the picture has it: a panel must not say that it is gone. */
export async function create(kind: 'resource' | 'stock', fleet: string, fields: Record<string, unknown>): Promise<string> {
  const { id } = await send<{ id: string }>('POST', `/api/fleets/${encodeURIComponent(fleet)}/${PATHS[kind]}`, { fields });
  for (let tries = 0; tries < 40 && !store.things.get(kind)?.has(id); tries += 1) await new Promise((resolve) => setTimeout(resolve, 50));
  return id;
}

export function edit(thing: Thing, fields: Record<string, unknown>, base = Number(thing.body.version ?? 1)): Promise<unknown> {
  return send('PATCH', path(thing.kind, thing.id), { base, fields });
}

export function settle(thing: Thing, number: number, field: string, take: boolean): Promise<unknown> {
  return send('POST', `${path(thing.kind, thing.id)}/conflicts/${number}`, { take, field });
}

export function remove({ kind, id }: Pick<Thing, 'kind' | 'id'>): Promise<unknown> {
  return send('DELETE', path(kind, id));
}

export function restore({ kind, id }: Pick<Thing, 'kind' | 'id'>): Promise<unknown> {
  return send('POST', `${path(kind, id)}/restore`);
}

export function report(id: string, code: string): Promise<unknown> {
  return send('POST', `${path('resource', id)}/status`, { code });
}

export function note(id: string): Promise<unknown> {
  return send('POST', `${path('resource', id)}/signal`);
}

/** `override` is the reason why basic cover may be broken. */
export function deploy(id: string, state: Deployment, fields: Record<string, unknown>, reason?: string, override?: string): Promise<unknown> {
  return send('POST', `${path('resource', id)}/deployment`, { state, fields, ...(reason && { reason }), ...(override && { override: { reason: override } }) });
}

export type Mapping = Record<string, Availability>;
