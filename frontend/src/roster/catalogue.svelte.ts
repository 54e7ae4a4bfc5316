/** Qualifications by code, asked for once; until they are there, codes stand for themselves. */
import { send } from '../api/request';
import { language } from '../text/index.svelte';

export interface Qualification {
  code: string;
  name: string;
  name_en: string;
  levels: string[];
}

let known = $state.raw<Map<string, Qualification>>(new Map());
let asked = false;

export async function learn(): Promise<void> {
  if (asked) return;
  asked = true;
  try {
    const { qualifications } = await send<{ qualifications: Qualification[] }>('GET', '/api/catalogue');
    known = new Map(qualifications.map((each) => [each.code, each]));
  } catch {
    asked = false;
  }
}

export function qualifications(): Qualification[] {
  return [...known.values()];
}

export function nameOf(code: string): string {
  const bare = code.replace(/^LANG:/, '');
  const found = known.get(bare);
  return found ? (language() === 'en' ? found.name_en : found.name) : code;
}

export function levelsOf(code: string): string[] {
  return known.get(code.replace(/^LANG:/, ''))?.levels ?? [];
}
