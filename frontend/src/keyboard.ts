/** The keys that work anywhere on the page. */
import { tick } from 'svelte';
import { select, view } from './state.svelte';

/** Calls of the map that other parts make; the map fills them in while it is there. */
export const mapHand = {
  pan: (_x: number, _y: number): void => {},
  zoom: (_by: number): void => {},
  focus: (): void => {},
  home: (): void => {},
};

const PAN: Record<string, [number, number]> = { ArrowLeft: [-120, 0], ArrowRight: [120, 0], ArrowUp: [0, -120], ArrowDown: [0, 120] };
let goUntil = 0;

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
  else if (target.closest('.map')) return false; // the focused map zooms and pans by itself
  else if (event.key === '+' || event.key === '=') mapHand.zoom(1);
  else if (event.key === '-') mapHand.zoom(-1);
  else if (event.key in PAN && target === document.body) mapHand.pan(...PAN[event.key]!);
  else return false;
  return true;
}

function go(key: string): boolean {
  if (key === 'm') {
    view.page = 'map';
    mapHand.focus();
  } else if (key === 'l' || key === 'q') {
    view.list = true;
    view.tab = key === 'q' ? 'sources' : view.tab === 'sources' ? 'gauges' : view.tab;
    view.page = key === 'q' ? 'sources' : 'list';
    void tick().then(() => {
      const column = document.getElementById('list-column');
      (column?.querySelector<HTMLElement>('[role=row][tabindex="0"]') ?? column?.querySelector<HTMLElement>('[tabindex="0"], summary'))?.focus();
    });
  } else return false;
  return true;
}

function escape(target: HTMLElement): void {
  if (view.selection || view.aside) {
    const key = view.selection?.key;
    view.aside = null;
    select(null);
    // Back to where the panel was opened from, if that is a row.
    void tick().then(() => key && document.querySelector<HTMLElement>(`[data-key="${CSS.escape(key)}"]`)?.focus({ preventScroll: true }));
  } else target.blur();
}
