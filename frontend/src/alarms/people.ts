/** People of a roster as they are chosen by name: asked of the server, which names only whom one keeps. */
import { request } from '../api/request';
import type { State } from '../roster/types';

export interface Named {
  id: string;
  name?: string | null;
  external_id?: string | null;
  state: State;
  units: string[];
  functions: string[];
}

const OFFERED = 12;
const AT_ONCE = 100;

/** Those whose name or number contains what was typed; `more` are not offered. */
export async function peopleLike(roster: string, typed: string, but: string[], signal: AbortSignal): Promise<{ people: Named[]; more: number }> {
  const limit = Math.min(500, OFFERED + but.length);
  const found = await request<{ total: number; people: Named[] }>(`/api/helpers?${new URLSearchParams({ roster, q: typed, limit: String(limit) })}`, undefined, signal);
  const people = found.people.filter((one) => !chosen(one, but)).slice(0, OFFERED);
  const held = found.people.length - found.people.filter((one) => !chosen(one, but)).length;
  return { people, more: Math.max(0, found.total - held - people.length) };
}

/** Who these are, by what each is named with: his id, or the number that his organisation gives him. */
export async function peopleOf(roster: string, ids: string[], signal: AbortSignal): Promise<Record<string, Named>> {
  const found: Record<string, Named> = {};
  for (let from = 0; from < ids.length; from += AT_ONCE) {
    const some = ids.slice(from, from + AT_ONCE);
    const { people } = await request<{ people: Named[] }>(`/api/helpers?${new URLSearchParams({ roster, ids: some.join(','), limit: '500' })}`, undefined, signal);
    for (const id of some) {
      const one = people.find((each) => each.id === id) ?? people.find((each) => each.external_id === id);
      if (one) found[id] = one;
    }
  }
  return found;
}

/** What tells two of the same name apart. */
export function detail({ external_id: number, units, functions }: Named): string {
  return [number, ...functions, ...units].filter(Boolean).slice(0, 4).join(', ');
}

function chosen(one: Named, ids: string[]): boolean {
  return ids.includes(one.id) || (!!one.external_id && ids.includes(one.external_id));
}
