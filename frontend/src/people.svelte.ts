/** Names of people by their id. Facts carry ids only; names are asked for when they are shown. */
import { untrack } from 'svelte';
import { send } from './api/request';
import { page } from './state.svelte';

const known = $state({ names: {} as Record<string, string> });
let asked = 0;
const wanted = new Set<string>();
/** Ids that the server has no name for. */
const nameless = new Set<string>();
let again: ReturnType<typeof setTimeout> | undefined;

/** Author of what the node writes into logs by itself, as in geodata/model/journal.py. */
export const ITSELF = 'LAGEBILD';

/** The name; the short id while or where it is not known. Follows when it comes. */
export function name(id: string | null | undefined): string {
  if (!id) return '–';
  if (id === ITSELF) return 'Lagebild';
  const found = known.names[id];
  if (found === undefined && !nameless.has(id)) {
    wanted.add(id);
    untrack(() => look());
  }
  return found ?? id.slice(0, 8);
}

/** All that are known, for choosing one. */
export function names(): Record<string, string> {
  untrack(() => look(false));
  return known.names;
}

/** At most every ten seconds: somebody may be new. What is asked sooner is answered `later`. */
function look(later = true): void {
  if (!page.session.signed_in) return;
  const wait = asked ? asked + 10_000 - performance.now() : 0;
  if (wait > 0) {
    if (later) again ??= setTimeout(() => {
      again = undefined;
      look();
    }, wait);
    return;
  }
  asked = performance.now() || 1;
  const asking = [...wanted];
  wanted.clear();
  void send<Record<string, string>>('GET', '/api/people/names').then((names) => {
    for (const id of asking) if (!(id in names)) nameless.add(id);
    known.names = names;
  }, () => {});
}
