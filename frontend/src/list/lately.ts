/** Which tabs were open last, the latest first; kept in this browser. */
import { TABS, type Tab } from '../view';

const KEPT = 'lagebild.tabs';

let order: Tab[] = read();

function read(): Tab[] {
  try {
    const kept = (localStorage.getItem(KEPT) ?? '').split(',');
    return TABS.filter((tab) => kept.includes(tab)).sort((a, b) => kept.indexOf(a) - kept.indexOf(b));
  } catch {
    return [];
  }
}

export function opened(tab: Tab): void {
  if (order[0] === tab) return;
  order = [tab, ...order.filter((each) => each !== tab)];
  try {
    localStorage.setItem(KEPT, order.join(','));
  } catch {
    // Kept only for this visit.
  }
}

/** Of these the one that was open last, else the first. */
export function lastOf(tabs: readonly Tab[]): Tab | undefined {
  return order.find((tab) => tabs.includes(tab)) ?? tabs[0];
}

/** The one before the present one. */
export function before(): Tab | undefined {
  return order[1];
}
