/** The keys that work anywhere on the page. */
import { tick } from 'svelte';
import { GROUPS } from './list/groups';
import { before, lastOf } from './list/lately';
import { offered } from './list/offered';
import { PARTS, type Key, type PagePart } from './parts';
import { select, view } from './state.svelte';
import type { Tab } from './view';

/** Calls of the map that other parts make; the map fills them in while it is there. */
export const mapHand = {
  pan: (_x: number, _y: number): void => {},
  zoom: (_by: number): void => {},
  focus: (): void => {},
  home: (): void => {},
};

const PAN: Record<string, [number, number]> = { ArrowLeft: [-120, 0], ArrowRight: [120, 0], ArrowUp: [0, -120], ArrowDown: [0, 120] };
let goUntil = 0;

/** The keys of all parts; the first part that names a key has it. */
export function partKeys(): Map<string, Key> {
  const keys = new Map<string, Key>();
  for (const part of PARTS) for (const [name, key] of Object.entries(part.keys ?? {})) if (!keys.has(name)) keys.set(name, key);
  return keys;
}

function press(name: string): boolean {
  const key = partKeys().get(name);
  if (!key) return false;
  if (typeof key === 'function') key();
  else key.run();
  return true;
}

/** Opens a tab beside the map and puts the focus into it. */
export function openTab(tab: Tab): void {
  Object.assign(view, { tab, list: true, page: tab === 'sources' ? 'sources' : 'list' });
  void tick().then(() => {
    const column = document.getElementById('list-column');
    // What opened in it may have taken the focus for whoever is to type.
    if (document.activeElement?.matches('#tab-panel :is(input, textarea, select)')) return;
    (column?.querySelector<HTMLElement>('[role=row][tabindex="0"]') ?? column?.querySelector<HTMLElement>('[role=tab][tabindex="0"]') ?? column?.querySelector<HTMLElement>('[tabindex="0"], summary'))?.focus();
  });
}

export function keyboard(event: KeyboardEvent): void {
  const target = event.target as HTMLElement;
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (event.key === 'Escape') return escape(target);
  if (target.closest('input, textarea, select, [contenteditable]')) return;
  if (performance.now() < goUntil && go(event.key.toLowerCase())) {
    goUntil = 0;
    return event.preventDefault();
  }
  goUntil = 0;
  const done = key(event, target);
  if (done) event.preventDefault();
}

function key(event: KeyboardEvent, target: HTMLElement): boolean {
  if (event.key === '/') document.getElementById('search')?.focus();
  else if (event.key === '?') view.aside = view.aside === 'help' ? null : 'help';
  else if (event.key.toLowerCase() === 'g') goUntil = performance.now() + 1500;
  else if (press(event.key.toLowerCase())) return true;
  else if (target.closest('.map')) return false; // the focused map zooms and pans by itself
  else if (event.key === '+' || event.key === '=') mapHand.zoom(1);
  else if (event.key === '-') mapHand.zoom(-1);
  else if (event.key in PAN && target === document.body) mapHand.pan(...PAN[event.key]!);
  else return false;
  return true;
}

function go(key: string): boolean {
  if (press(`g ${key}`)) return true;
  if (key === 'm') {
    view.page = 'map';
    mapHand.focus();
  } else if (key === 'l') openTab(view.tab === 'sources' ? 'gauges' : view.tab);
  else if (key === 'q') openTab('sources');
  else if (key === 't') openTab('tasks');
  else if (key === 'e') openTab('journal');
  else if (key === 's') openTab('staff');
  else if (key === 'g') openTab(before() ?? view.tab);
  else if (/^[1-9]$/.test(key)) {
    const there = offered().filter((tab) => (GROUPS[Number(key) - 1]?.tabs as readonly Tab[] | undefined)?.includes(tab));
    const tab = lastOf(there);
    if (!tab) return false;
    openTab(tab);
  }
  else if (key === 'v') {
    Object.assign(view, { aside: 'views', selection: null });
    void tick().then(() => document.querySelector<HTMLElement>('[data-testid=panel-close]')?.focus());
  }
  else return false;
  return true;
}

/** The page of a part that the address names, if there is one. */
export function fullPage(): PagePart | undefined {
  return PARTS.flatMap((part) => part.pages ?? []).find(({ id }) => id === view.page);
}

function escape(target: HTMLElement): void {
  if (view.selection || view.aside) {
    const key = view.selection?.key;
    view.aside = null;
    select(null);
    // Back to where the panel was opened from, if that is a row.
    void tick().then(() => key && document.querySelector<HTMLElement>(`[data-key="${CSS.escape(key)}"]`)?.focus({ preventScroll: true }));
  } else if (fullPage()) view.page = 'map';
  else target.blur();
}
