/** Names of types, capabilities and concepts as the server's catalogue has them; asked for once, when first needed. */
import { request } from '../api/request';
import { language } from '../text/index.svelte';

interface Named {
  code: string;
  name: string;
  name_en?: string | null;
}

interface Catalogue {
  types: Named[];
  capabilities: Named[];
  concepts: Named[];
}

const known = $state({ catalogue: null as Catalogue | null, failed: '' });
let asking: Promise<void> | undefined;

/** It may come as a list, or as codes with what they name. */
function listed(given: unknown): Named[] {
  if (Array.isArray(given)) return given as Named[];
  return Object.entries((given ?? {}) as Record<string, Partial<Named>>).map(([code, each]) => ({ ...each, code, name: each.name ?? code }));
}

export function learnCatalogue(): Promise<void> {
  asking ??= request<Record<string, unknown>>('/api/catalogue').then(
    (found) => {
      known.catalogue = { types: listed(found.types), capabilities: listed(found.capabilities), concepts: listed(found.concepts) };
      known.failed = '';
    },
    (error: unknown) => {
      known.failed = error instanceof Error ? error.message : String(error);
      asking = undefined;
    },
  );
  return asking;
}

export function catalogueFailed(): string {
  return known.failed;
}

const LISTS = { type: 'types', capability: 'capabilities', concept: 'concepts' } as const;

/** What can be chosen, by name. */
export function choices(what: keyof typeof LISTS): { code: string; name: string }[] {
  const of = known.catalogue?.[LISTS[what]] ?? [];
  return of.map((each) => ({ code: each.code, name: said(each) })).sort((a, b) => a.name.localeCompare(b.name));
}

/** The name of what is asked for; the code itself while or where there is none. An article is called what it is. */
export function called(what: string, code: string): string {
  if (what === 'article') return code;
  const found = known.catalogue?.[LISTS[what as keyof typeof LISTS]]?.find((each) => each.code === code);
  return found ? said(found) : code;
}

function said({ name, name_en: english }: Named): string {
  return (language() === 'en' && english) || name;
}
