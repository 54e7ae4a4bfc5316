/** The parts of the page. A part lives in its own folder, exports one Part from its part.ts, and is named here. */
import { account } from './account/part';
import { admin } from './admin/part';
import type { Map as MapLibre } from 'maplibre-gl';
import type { Component } from 'svelte';
import type { Session } from './api/types';
import type { Thing } from './live/store.svelte';
import type { Theme } from './palette';
import { history } from './history/part';
import { journal } from './journal/part';
import { features } from './features/part';
import { satellite } from './satellite/part';
import { sensors } from './sensors/part';
import { situation } from './situation/part';
import { staff } from './staff/part';
import { arrivals } from './arrivals/part';
import { priority } from './priority/part';
import { requests } from './requests/part';
import { resources } from './resources/part';
import { shifts } from './shifts/part';
import { alarms } from './alarms/part';
import { custody } from './custody/part';
import { exchange } from './exchange/part';
import { liaison } from './liaison/part';
import { partners } from './partners/part';
import { roster } from './roster/part';
import { sharing } from './sharing/part';
import { volunteers } from './volunteers/part';
import { orders } from './tasks/part';
import type { Words } from './text/de';
import type { Layer, Selection, Tab } from './view';
import { views } from './views/part';

export interface TabPart {
  id: Tab;
  label: (words: Words) => string;
  component: Component;
  /** A count beside the label; null shows none. */
  badge?: () => string | number | null;
  /** How many things in it wait for somebody: said on the tab's group even while that is closed. */
  calls?: () => number;
  /** Whether this session gets the tab; without it everybody does. */
  needs?: (session: Session) => boolean;
}

/** A full page in place of map and list: `page=<id>` in the address, opened from the menu. */
export interface PagePart {
  id: string;
  label: (words: Words) => string;
  component: Component;
  needs?: (session: Session) => boolean;
  /** Not offered in the menu. */
  hidden?: boolean;
  /** Shown alone, without strip and foot. */
  bare?: boolean;
}

export interface MapPart {
  id: string;
  /** The switch of the rail that shows and hides all map layers that `add` adds. */
  layer: Layer;
  /** Sources, images and layers. Called when the style has loaded, and again when the theme changed: then it repaints
   *  what is there already. Its layers stand above our own unless it puts them elsewhere. */
  add(map: MapLibre, theme: Theme): void;
  /** Something changed: things of any kind, the selection, the filter or the clock (once a second). */
  update(map: MapLibre, now: { theme: Theme; selection: Selection | null; clock: number }): void;
  /** Its marks stand beneath the gauges, and a click asks it after them: a source may tell of a gauge once more. */
  underGauges?: boolean;
  /** What lies under a click at this point of the canvas. */
  at?(map: MapLibre, x: number, y: number): Selection | null;
}

/** What a key does. With a label it stands in the help. */
export type Key = (() => void) | { run: () => void; label: (words: Words) => string };

export interface Part {
  tabs?: TabPart[];
  /** By kind of thing. */
  panels?: Record<string, Component<{ thing: Thing }>>;
  /** By kind of what can be selected and is no thing of the picture; `id` is its key. */
  loose?: Record<string, Component<{ id: string }>>;
  /** By kind of thing: the form of one that is not there yet, selected under the key `new`. */
  fresh?: Record<string, Component>;
  /** Below the panel of any thing, whatever its kind: what can be done about it. */
  about?: Component<{ cited: string }>;
  /** A single key such as `l`, or `g t`: G, then T. */
  keys?: Record<string, Key>;
  layers?: MapPart[];
  /** Above the map, within its frame. */
  map?: Component;
  /** Whose images stand on the map now, as its makers want it said. */
  attributions?: () => string[];
  /** What its signs on the map mean, below the legend of ours. */
  legend?: Component;
  /** Below map and list. */
  foot?: Component;
  /** In the strip, before the search. */
  strip?: Component;
  pages?: PagePart[];
}

export const PARTS: Part[] = [features, resources, situation, orders, requests, priority, arrivals, shifts, alarms, custody, volunteers, partners, exchange, liaison, sharing, roster, journal, history, views, staff, satellite, account, sensors, admin];
