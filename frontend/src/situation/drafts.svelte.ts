/** What somebody is editing and has not saved: only the fields he changed, and the version he saw. It survives a
 *  refused save, a change of selection and a reload; what comes in meanwhile never overwrites it. */
import type { Geometry } from 'geojson';
import { newKey } from '../api/request';
import type { Thing } from '../live/store.svelte';
import { page } from '../state.svelte';
import { BEGIN } from './fields';
import { isKind, type Kept, type Kind } from './kinds';

export const NEW = 'new';

export interface Draft {
  kind: Kind;
  /** Null for a new one. */
  id: string | null;
  incident: string;
  /** The version that was seen when editing began; 0 for a new one. */
  base: number;
  fields: Record<string, unknown>;
  /** Sending a new one twice makes it once. */
  key: string;
}

/** What another person did to a field that is being edited here. */
export interface Meanwhile {
  value: unknown;
  by: string;
  at: string;
}

const drafts = $state<{ all: Record<string, Draft>; owner: string }>({ all: {}, owner: '' });

function nameOf(kind: Kind, id: string | null): string {
  return `${kind}:${id ?? NEW}`;
}

function memory(): string {
  return `lagebild.drafts.${page.session.person ?? ''}`;
}

/** Drafts belong to the person signed in; another one at the same machine does not see them. */
function mine(): Record<string, Draft> {
  return drafts.owner === memory() ? drafts.all : {};
}

/** Reads what this person left; called when the session is known or becomes another's. */
export function recall(): void {
  if (drafts.owner === memory()) return;
  drafts.owner = memory();
  drafts.all = read();
}

function read(): Record<string, Draft> {
  if (!page.session.person) return {};
  try {
    const kept = JSON.parse(localStorage.getItem(memory()) ?? '{}') as Record<string, Draft>;
    return Object.fromEntries(
      Object.entries(kept).filter(([, draft]) => isKind(draft.kind) && typeof draft.fields === 'object' && draft.fields !== null && typeof draft.incident === 'string'),
    );
  } catch {
    return {};
  }
}

function keep(): void {
  if (!page.session.person) return;
  try {
    if (Object.keys(drafts.all).length) localStorage.setItem(memory(), JSON.stringify(drafts.all));
    else localStorage.removeItem(memory());
  } catch {
    // A browser that stores nothing keeps it until the page is left.
  }
}

export function draftOf(kind: Kind, id: string | null): Draft | undefined {
  return mine()[nameOf(kind, id)];
}

/** Whether something was changed that is not saved; an opened form alone is no draft. */
export function isUnsaved(kind: Kind, id: string | null): boolean {
  return Object.keys(draftOf(kind, id)?.fields ?? {}).length > 0;
}

export function beginNew(kind: Kind, incident: string, fields: Record<string, unknown> = {}): Draft {
  return put({ kind, id: null, incident, base: 0, fields: { ...BEGIN[kind], ...fields }, key: newKey() });
}

export function beginEdit(thing: Thing): Draft {
  const { version = 1 } = thing.body as Kept;
  return put({ kind: thing.kind as Kind, id: thing.id, incident: String(thing.body.incident ?? ''), base: version, fields: {}, key: newKey() });
}

function put(draft: Draft): Draft {
  recall();
  drafts.all[nameOf(draft.kind, draft.id)] = draft;
  keep();
  return drafts.all[nameOf(draft.kind, draft.id)]!;
}

export function dropDraft({ kind, id }: Pick<Draft, 'kind' | 'id'>): void {
  delete drafts.all[nameOf(kind, id)];
  keep();
}

/** Sets a field; `undefined` takes back what was changed here, null takes the value out. */
export function write(draft: Draft, field: string, value: unknown, held: unknown): void {
  if (value === undefined || same(value, held ?? null)) delete draft.fields[field];
  else draft.fields[field] = value;
  keep();
}

/** The field as the form shows it: what was typed here, else what holds now. */
export function valueOf(draft: Draft, field: string, body: object): unknown {
  return field in draft.fields ? (draft.fields[field] ?? undefined) : (body as Record<string, unknown>)[field];
}

/** Whether this field, edited here, was changed by somebody after editing began, to something else. */
export function meanwhile(draft: Draft, field: string, body: Kept & object): Meanwhile | null {
  const [version, by, at] = body.stamps?.[field] ?? [0, '', ''];
  const value = (body as Record<string, unknown>)[field];
  return draft.id && field in draft.fields && version > draft.base && !same(value ?? null, draft.fields[field]) ? { value, by, at } : null;
}

export function same(a: unknown, b: unknown): boolean {
  return a === b || JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));
}

/** The server may name the members of a geometry in another order. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value ?? null;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, each]) => [name, sorted(each)]));
}

export function geometryOf(draft: Draft, body: object): Geometry | null {
  return (valueOf(draft, 'geometry', body) as Geometry | undefined) ?? null;
}
