/** The whole view as text in the address bar, and back. Unknown or broken parts fall back to what is usual. */
import type { Level, Theme } from './palette';

/** The switches of the rail, in its order. What stands on the map for a switch comes from style.ts or from a part. */
export const LAYERS = ['sites', 'sectors', 'facilities', 'zones', 'gauges', 'warnings', 'municipalities', 'districts', 'places', 'basemap'] as const;
export type Layer = (typeof LAYERS)[number];

/** Every tab beside the map there can be; the server refuses others in a view (service/views/rules.py). */
export const TABS = ['gauges', 'warnings', 'sources', 'incidents', 'staff', 'sites', 'sectors', 'facilities', 'zones', 'tasks', 'journal', 'changes', 'views'] as const;
export type Tab = (typeof TABS)[number];

/** Kinds of things that can be selected. */
export const KINDS = ['station', 'warning', 'incident', 'staff', 'post', 'site', 'sector', 'facility', 'zone', 'task', 'entry', 'view'] as const;
export type Kind = (typeof KINDS)[number];
export type Aside = 'legend' | 'help';
export type SortKey = 'level' | 'name' | 'water' | 'value' | 'trend' | 'age';
/** Of what people made: all, what is not closed, or only what is. */
export const STATUSES = ['open', 'all', 'closed'] as const;
/** Sorting of the lists of sites, sectors, facilities and zones. */
export const ORDERS = ['priority', 'number', 'name', 'state', 'age'] as const;
export const RANGES = [6, 24, 48, 168] as const;

export interface Selection {
  kind: Kind;
  key: string;
}

export interface View {
  zoom: number;
  latitude: number;
  longitude: number;
  layers: Layer[];
  selection: Selection | null;
  aside: Aside | null;
  tab: Tab;
  list: boolean;
  /** On a phone what the one column shows: map, list or sources. Else the id of a full page of a part. */
  page: string;
  /** Id of the incident that is worked on. */
  incident: string | null;
  /** Id of the task view that was applied last. */
  view: string | null;
  /** The past moment that is shown, ISO 8601; null is now. */
  at: string | null;
  /** Columns of the lists, in order; empty is what each list usually shows. */
  columns: string[];
  /** Tabs beside the map, in order; empty is all that there are. */
  tabs: Tab[];
  status: (typeof STATUSES)[number];
  /** Sites of this priority and graver; 0 asks nothing. */
  priority: number;
  order: (typeof ORDERS)[number];
  reverse: boolean;
  level: Level;
  quantity: string;
  water: string;
  inView: boolean;
  stale: boolean;
  sort: SortKey;
  descending: boolean;
  range: number;
  language: 'de' | 'en';
  theme: Theme | 'auto';
}

export const USUAL: View = {
  zoom: 7.4, latitude: 51.45, longitude: 7.6, layers: [...LAYERS],
  selection: null, aside: null, tab: 'gauges', list: true, page: 'map', incident: null, view: null, at: null, columns: [], tabs: [], status: 'open', priority: 0, order: 'priority', reverse: false, level: 0, quantity: 'W', water: '', inView: false, stale: true,
  sort: 'level', descending: true, range: 24, language: 'de', theme: 'auto',
};

const SORTS: SortKey[] = ['level', 'name', 'water', 'value', 'trend', 'age'];

function one<T>(value: string | null, allowed: readonly T[], otherwise: T): T {
  return allowed.find((each) => String(each) === value) ?? otherwise;
}

export function parseView(hash: string): View {
  const given = new URLSearchParams(hash.replace(/^#/, ''));
  const [zoom, latitude, longitude] = (given.get('map') ?? '').split('/').map(Number);
  const placed = [zoom, latitude, longitude].every((n) => n !== undefined && Number.isFinite(n));
  const [kind = '', ...key] = (given.get('sel') ?? '').split(':');
  const known = KINDS.find((each) => each === kind);
  const id = (name: string) => (/^[A-Za-z0-9._-]{1,80}$/.test(given.get(name) ?? '') ? given.get(name) : null);
  const names = (name: string) => (given.get(name) ?? '').split(',').filter((each) => /^[a-z_-]{1,24}$/.test(each));
  const flag = (name: string, otherwise: boolean) => (given.has(name) ? given.get(name) === '1' : otherwise);
  return {
    zoom: placed ? clamp(zoom!, 4, 19) : USUAL.zoom,
    latitude: placed ? clamp(latitude!, -85, 85) : USUAL.latitude,
    longitude: placed ? clamp(longitude!, -180, 180) : USUAL.longitude,
    layers: given.has('layers') ? LAYERS.filter((layer) => given.get('layers')!.split(',').includes(layer)) : USUAL.layers,
    selection: known && key.length ? { kind: known, key: key.join(':').slice(0, 220) } : null,
    aside: one<Aside | null>(given.get('aside'), ['legend', 'help'], null),
    tab: one<Tab>(given.get('tab'), TABS, USUAL.tab),
    list: flag('list', USUAL.list),
    page: names('page')[0] ?? USUAL.page,
    incident: id('incident') ?? null,
    view: id('view') ?? null,
    at: given.has('at') && Number.isFinite(Date.parse(given.get('at')!)) ? new Date(given.get('at')!).toISOString() : null,
    columns: names('columns').slice(0, 20),
    tabs: TABS.filter((tab) => names('tabs').includes(tab)).sort((a, b) => names('tabs').indexOf(a) - names('tabs').indexOf(b)),
    status: one(given.get('status'), STATUSES, USUAL.status),
    priority: one<number>(given.get('priority'), [0, 1, 2, 3, 4], USUAL.priority),
    order: one(given.get('order')?.replace(/^-/, '') ?? null, ORDERS, USUAL.order),
    reverse: given.get('order')?.startsWith('-') ?? USUAL.reverse,
    level: one<Level>(given.get('level'), [0, 1, 2, 3, 4], USUAL.level),
    quantity: one(given.get('quantity'), ['W', 'Q'], USUAL.quantity),
    water: (given.get('water') ?? '').slice(0, 80),
    inView: flag('inview', USUAL.inView),
    stale: flag('stale', USUAL.stale),
    sort: one(given.get('sort')?.replace(/^-/, '') ?? null, SORTS, USUAL.sort),
    descending: given.has('sort') ? given.get('sort')!.startsWith('-') : USUAL.descending,
    range: one<number>(given.get('range'), RANGES, USUAL.range),
    language: one(given.get('lang'), ['de', 'en'], USUAL.language),
    theme: one(given.get('theme'), ['auto', 'light', 'dark', 'night'], USUAL.theme),
  };
}

/** Only what differs from the usual, besides the place, so that links stay short. */
export function formatView(view: View): string {
  const parts: string[] = [`map=${view.zoom.toFixed(2)}/${view.latitude.toFixed(4)}/${view.longitude.toFixed(4)}`];
  const put = (name: string, value: string, usual: string) => value !== usual && parts.push(`${name}=${encodeURIComponent(value)}`);
  const flag = (value: boolean) => (value ? '1' : '0');
  put('layers', view.layers.join(','), USUAL.layers.join(','));
  if (view.selection) parts.push(`sel=${view.selection.kind}:${encodeURIComponent(view.selection.key)}`);
  put('aside', view.aside ?? '', '');
  put('tab', view.tab, USUAL.tab);
  put('list', flag(view.list), flag(USUAL.list));
  put('page', view.page, USUAL.page);
  put('incident', view.incident ?? '', '');
  put('view', view.view ?? '', '');
  put('at', view.at ?? '', '');
  put('columns', view.columns.join(','), '');
  put('tabs', view.tabs.join(','), '');
  put('status', view.status, USUAL.status);
  put('priority', String(view.priority), String(USUAL.priority));
  put('order', (view.reverse ? '-' : '') + view.order, USUAL.order);
  put('level', String(view.level), String(USUAL.level));
  put('quantity', view.quantity, USUAL.quantity);
  put('water', view.water, USUAL.water);
  put('inview', flag(view.inView), flag(USUAL.inView));
  put('stale', flag(view.stale), flag(USUAL.stale));
  put('sort', (view.descending ? '-' : '') + view.sort, '-level');
  put('range', String(view.range), String(USUAL.range));
  put('lang', view.language, USUAL.language);
  put('theme', view.theme, USUAL.theme);
  return '#' + parts.join('&');
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}
