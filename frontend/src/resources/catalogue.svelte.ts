/** The catalogue of types and capabilities, asked for once. Until it is there, types stand as their codes. */
import { send } from '../api/request';
import { page } from '../state.svelte';
import { language } from '../text/index.svelte';
import type { ResourceKind } from './types';

export interface TypeEntry {
  code: string;
  name: string;
  name_en?: string;
  group?: string;
  kind: ResourceKind;
  capabilities?: string[];
  crew?: string | null;
  minimum_crew?: number;
  symbol?: unknown;
  speed_kmh?: number;
}

interface Named {
  code: string;
  name: string;
  name_en?: string;
}

interface Answer {
  types?: TypeEntry[] | Record<string, TypeEntry>;
  capabilities?: Named[] | Record<string, Named>;
}

const known: { now: { types: Map<string, TypeEntry>; capabilities: Map<string, Named> } | null } = { now: null };
const state = $state({ revision: 0, failed: false });
let asked = false;

function byCode<T extends { code: string }>(given: T[] | Record<string, T> | undefined): Map<string, T> {
  const list: [string, T][] = Array.isArray(given) ? given.map((each) => [each.code, each]) : Object.entries(given ?? {});
  return new Map(list);
}

/** Asks for it if nobody has. A failure is tried again when something is shown next. */
export function learn(): void {
  if (asked || !page.session.signed_in) return;
  asked = true;
  send<Answer>('GET', '/api/catalogue').then(
    (answer) => {
      known.now = { types: byCode(answer.types), capabilities: byCode(answer.capabilities) };
      state.failed = false;
      state.revision += 1;
    },
    () => {
      state.failed = true;
      setTimeout(() => (asked = false), 10_000);
    },
  );
}

/** Goes up when it came. */
export function catalogueRevision(): number {
  return state.revision;
}

export function typeOf(code: string): TypeEntry | undefined {
  void state.revision;
  return known.now?.types.get(code);
}

export function types(): TypeEntry[] {
  void state.revision;
  return [...(known.now?.types.values() ?? [])];
}

export function typeName(code: string): string {
  const found = typeOf(code);
  return (language() === 'en' && found?.name_en) || found?.name || code;
}

export function capabilityName(code: string): string {
  void state.revision;
  const found = known.now?.capabilities.get(code);
  return (language() === 'en' && found?.name_en) || found?.name || code;
}

export function capabilities(): string[] {
  void state.revision;
  return [...(known.now?.capabilities.keys() ?? [])];
}

/** Of its type and beyond. */
export function capabilitiesOf(type: string, extra: readonly string[] = []): ReadonlySet<string> {
  return new Set([...(known.now?.types.get(type)?.capabilities ?? []), ...extra]);
}

const SPEED = 60;

/** km/h on the road where no graph says better. */
export function speedOf(type: string): number {
  return known.now?.types.get(type)?.speed_kmh ?? SPEED;
}
