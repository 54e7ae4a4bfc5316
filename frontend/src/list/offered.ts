/** The tabs that this session gets, what they are called, and what calls for somebody in them. */
import { condition, standing } from '../live/condition';
import { PARTS, type TabPart } from '../parts';
import { page, store } from '../state.svelte';
import type { Words } from '../text/de';
import type { Tab } from '../view';
import { inOrder } from './groups';

/** Those that a part makes. */
export function made(): Map<Tab, TabPart> {
  return new Map(PARTS.flatMap((part) => part.tabs ?? []).filter((tab) => tab.needs?.(page.session) ?? true).map((tab): [Tab, TabPart] => [tab.id, tab]));
}

/** All of them, in a staff's order. */
export function offered(): Tab[] {
  return inOrder([...made().keys(), 'gauges', 'warnings', 'sources']);
}

export function tabLabel(words: Words, tab: Tab): string {
  return PARTS.flatMap((part) => part.tabs ?? []).find(({ id }) => id === tab)?.label(words) ?? words.tabs[tab as 'gauges'];
}

/** How many things in these tabs wait for somebody. */
export function calling(tabs: readonly Tab[], known: Map<Tab, TabPart>): number {
  if (!store.loaded) return 0;
  return tabs.reduce((sum, tab) => sum + (tab === 'sources' ? broken() : (known.get(tab)?.calls?.() ?? 0)), 0);
}

function broken(): number {
  void store.revision;
  return [...store.feeds.values()].filter((feed) => standing(condition(feed, store.clock.now)) === 'bad').length;
}
