/** Names of people by their id. Facts carry ids only; names are asked for when they are shown. */
import { untrack } from 'svelte';
import { send } from './api/request';
import { page } from './state.svelte';

const known = $state({ names: {} as Record<string, string> });
let asked = 0;

/** The name; the short id while or where it is not known. Follows when it comes. */
export function name(id: string | null | undefined): string {
  if (!id) return '–';
  const found = known.names[id];
  if (found === undefined) untrack(look);
  return found ?? id.slice(0, 8);
}

/** All that are known, for choosing one. */
export function names(): Record<string, string> {
  untrack(look);
  return known.names;
}

/** At most every ten seconds: somebody may be new. */
function look(): void {
  if (!page.session.signed_in || performance.now() - asked < (asked ? 10_000 : 0)) return;
  asked = performance.now() || 1;
  void send<Record<string, string>>('GET', '/api/people/names').then((names) => (known.names = names), () => {});
}
