/** Legal levels as configured: asked for once, when first shown. */
import { untrack } from 'svelte';
import { view } from '../state.svelte';
import { levels, type Level } from './server';

const known = $state({ levels: [] as Level[] });
let asking = false;

export function legalLevels(): Level[] {
  untrack(look);
  return known.levels;
}

/** The level's own word in the language of the page; its code while the words are not known. */
export function labelOf(code: string): string {
  const found = legalLevels().find((level) => level.code === code);
  return found ? (view.language === 'de' ? found.label : found.label_en) : code;
}

function look(): void {
  if (asking || known.levels.length) return;
  asking = true;
  void levels().then((answer) => (known.levels = answer.levels), () => {}).finally(() => setTimeout(() => (asking = false), 5_000));
}
