/** What the situation asks of the server. Every refusal comes as Failed, with the field at fault. */
import { send } from '../api/request';
import type { Thing } from '../live/store.svelte';
import { store } from '../state.svelte';
import type { Draft } from './drafts.svelte';
import { PATHS, type Kind } from './kinds';

interface Answer {
  id?: string;
  ref?: string;
}

function path(kind: string, id: string): string {
  return `/api/${PATHS[kind as Kind]}/${encodeURIComponent(id)}`;
}

/** Creates or changes it; the id. Only what was changed is sent. */
export async function save(draft: Draft): Promise<string> {
  if (draft.id) {
    await send('PATCH', path(draft.kind, draft.id), { base: draft.base, fields: draft.fields });
    return draft.id;
  }
  const answer = await send<Answer>('POST', `/api/incidents/${encodeURIComponent(draft.incident)}/${PATHS[draft.kind]}`, { fields: draft.fields }, { key: draft.key });
  const id = answer.id ?? answer.ref?.split('/')[2] ?? '';
  await arrived(draft.kind, id);
  return id;
}

export function move(thing: Thing, state: string, reason?: string): Promise<unknown> {
  return send('POST', `${path(thing.kind, thing.id)}/state`, { base: thing.body.version ?? 1, state, ...(reason && { reason }) });
}

export function merge(thing: Thing, into: string): Promise<unknown> {
  return send('POST', `${path(thing.kind, thing.id)}/merge`, { into });
}

export function unmerge(thing: Thing): Promise<unknown> {
  return send('POST', `${path(thing.kind, thing.id)}/unmerge`, {});
}

export function settle(thing: Thing, number: number, field: string, take: boolean): Promise<unknown> {
  return send('POST', `${path(thing.kind, thing.id)}/conflicts/${number}`, { take, field });
}

export function remove(thing: Thing): Promise<unknown> {
  return send('DELETE', path(thing.kind, thing.id));
}

export function restore(thing: Thing): Promise<unknown> {
  return send('POST', `${path(thing.kind, thing.id)}/restore`, {});
}

/** Until the live picture has brought it, for two seconds at most: a panel must not say that it is gone. */
async function arrived(kind: string, id: string): Promise<void> {
  for (let tries = 0; tries < 40 && !store.things.get(kind)?.has(id); tries += 1) await new Promise((resolve) => setTimeout(resolve, 50));
}
