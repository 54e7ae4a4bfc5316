/** Whoever works by keys keeps a place on the page: where the element with the focus goes away or is switched off, the
 *  focus moves to what came in its place, back to what opened it, or to what stands around it. */

const FOCUSABLE = 'a[href], button, input, select, textarea, summary, [tabindex="0"]';
const REMEMBERED = 12;

/** Of an element with the focus, while it was there. */
interface Place {
  element: HTMLElement;
  around: HTMLElement[];
}

let last: Place | undefined;
let byKeys = false;
/** Test ids of what had the focus, the latest first: a button that comes back is known by it. */
let earlier: string[] = [];

/** Watches the whole page; call once. */
export function keepFocus(): void {
  addEventListener('keydown', () => (byKeys = true), true);
  addEventListener('pointerdown', () => (byKeys = false), true);
  addEventListener('focusin', ({ target }) => remember(target as HTMLElement), true);
  addEventListener('focusout', ({ target, relatedTarget }) => {
    if (relatedTarget === null) setTimeout(() => left(target as HTMLElement));
  }, true);
  new MutationObserver((changes) => {
    if (byKeys && last && document.activeElement === document.body) restore(last, changes);
  }).observe(document.body, { childList: true, subtree: true, attributeFilter: ['disabled'] });
}

function remember(element: HTMLElement): void {
  const around: HTMLElement[] = [];
  for (let each = element.parentElement; each && each !== document.body; each = each.parentElement) around.push(each);
  last = { element, around };
  const { testid } = element.dataset;
  if (testid) earlier = [testid, ...earlier.filter((each) => each !== testid)].slice(0, REMEMBERED);
}

/** Left on purpose: the element is still there and could have kept the focus. */
function left(element: HTMLElement): void {
  if (last?.element === element && document.activeElement === document.body && usable(element)) last = undefined;
}

function usable(element: HTMLElement): boolean {
  return element.isConnected && !element.matches(':disabled') && element.checkVisibility();
}

function restore(place: Place, changes: readonly MutationRecord[]): void {
  if (usable(place.element)) return place.element.focus({ preventScroll: true });
  // Switched off while it works: it comes back, or goes.
  if (place.element.isConnected) return;
  // Lists that draw only what is near move their rows themselves.
  if (place.element.matches('[role=row]')) return;
  const around = place.around.find((each) => each.isConnected);
  if (!around) return;
  const added = changes.flatMap(({ addedNodes }) => [...addedNodes]).filter((node): node is HTMLElement => node instanceof HTMLElement && node.isConnected && around.contains(node));
  const fresh = added.flatMap((node) => [node, ...node.querySelectorAll<HTMLElement>(FOCUSABLE)]).filter((each) => each.matches(FOCUSABLE) && usable(each) && each.tabIndex >= 0);
  (opener(fresh) ?? fresh[0] ?? inside(place.around))?.focus();
}

function opener(among: readonly HTMLElement[]): HTMLElement | undefined {
  const at = (each: HTMLElement) => earlier.indexOf(each.dataset.testid ?? '');
  return among.filter((each) => at(each) >= 0).sort((a, b) => at(a) - at(b))[0];
}

/** What was used last of what is left around it, else the first of it. */
function inside(around: readonly HTMLElement[]): HTMLElement | undefined {
  for (const each of around) {
    if (!each.isConnected) continue;
    const there = [...each.querySelectorAll<HTMLElement>(FOCUSABLE)].filter((one) => usable(one) && one.tabIndex >= 0);
    if (there.length) return opener(there) ?? there[0];
  }
  return undefined;
}
