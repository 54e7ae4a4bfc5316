/** The whole view as text in the address bar, and back. Unknown or broken parts fall back to what is usual. */
import type { Level, Theme } from './palette';

/** The switches of the rail, in its order. What stands on the map for a switch comes from style.ts or from a part. */
export const LAYERS = ['alarms', 'helpers', 'resources', 'sites', 'sectors', 'facilities', 'zones', 'partners', 'reports', 'gauges', 'warnings', 'satellite', 'features', 'municipalities', 'districts', 'places', 'basemap'] as const;
export type Layer = (typeof LAYERS)[number];

/** Every tab beside the map there can be; the server refuses others in a view (service/views/rules.py). */
export const TABS = ['gauges', 'warnings', 'features', 'satellite', 'sources', 'incidents', 'staff', 'sites', 'sectors', 'facilities', 'zones', 'resources', 'requests', 'priority', 'alarms', 'custody', 'volunteers', 'partners', 'tasks', 'journal', 'changes', 'views'] as const;
export type Tab = (typeof TABS)[number];

/** Kinds of things that can be selected. */
export const KINDS = ['station', 'warning', 'incident', 'staff', 'post', 'site', 'sector', 'facility', 'zone', 'task', 'entry', 'view', 'feature', 'extent', 'imagery_job', 'resource', 'stock', 'fleet', 'request', 'inquiry', 'arrival', 'allocation', 'shift', 'alarm', 'alarm_plan', 'alarm_rule', 'risk_alert', 'custody', 'roster', 'helper', 'job', 'meeting_point', 'partner_message', 'alarm_request', 'situation_report', 'report_node', 'partner'] as const;
export type Kind = (typeof KINDS)[number];
const ASIDES = ['legend', 'help', 'views'] as const;
export type Aside = (typeof ASIDES)[number];
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
  /** Id of the satellite image on the map, or `<job>-swipe` for those before and after side by side. */
  image: string | null;
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
  /** Of what people made only what is public or released for the press. */
  released: boolean;
  inView: boolean;
  /** Of whom the lists show things: everybody (''), `own`, `partners`, or the origin of one partner. */
  whose: string;
  /** While an incident is chosen, also what belongs to partners' incidents linked with it. */
  joint: boolean;
  stale: boolean;
  sort: SortKey;
  descending: boolean;
  range: number;
  language: 'de' | 'en';
  theme: Theme | 'auto';
}

/** Cells of helpers and who has reported would lie over all else: they stand on the map when somebody asks for them. */
export const USUAL_LAYERS: Layer[] = LAYERS.filter((layer) => layer !== 'helpers' && layer !== 'reports');

export const USUAL: View = {
  zoom: 7.4, latitude: 51.45, longitude: 7.6, layers: USUAL_LAYERS,
  selection: null, aside: null, tab: 'gauges', list: true, page: 'map', incident: null, view: null, image: null, at: null, columns: [], tabs: [], status: 'open', priority: 0, order: 'priority', reverse: false, level: 0, quantity: 'W', water: '', released: false, inView: false, whose: '', joint: true, stale: true,
  sort: 'level', descending: true, range: 24, language: 'de', theme: 'auto',
};

const SORTS: SortKey[] = ['level', 'name', 'water', 'value', 'trend', 'age'];

function one<T>(value: string | null, allowed: readonly T[], otherwise: T): T {
  return allowed.find((each) => String(each) === value) ?? otherwise;
}

/** `usual` is what holds where the address says nothing. */
export function parseView(hash: string, usual: View = USUAL): View {
  const given = new URLSearchParams(hash.replace(/^#/, ''));
  const [zoom, latitude, longitude] = (given.get('map') ?? '').split('/').map(Number);
  const placed = [zoom, latitude, longitude].every((n) => n !== undefined && Number.isFinite(n));
  const [kind = '', ...key] = (given.get('sel') ?? '').split(':');
  const known = KINDS.find((each) => each === kind);
  const id = (name: string) => (/^[A-Za-z0-9._-]{1,80}$/.test(given.get(name) ?? '') ? given.get(name) : null);
  const names = (name: string) => (given.get(name) ?? '').split(',').filter((each) => /^[a-z_-]{1,24}$/.test(each));
  const flag = (name: string, otherwise: boolean) => (given.has(name) ? given.get(name) === '1' : otherwise);
  return {
    zoom: placed ? clamp(zoom!, 4, 19) : usual.zoom,
    latitude: placed ? clamp(latitude!, -85, 85) : usual.latitude,
    longitude: placed ? clamp(longitude!, -180, 180) : usual.longitude,
    layers: given.has('layers') ? LAYERS.filter((layer) => given.get('layers')!.split(',').includes(layer)) : usual.layers,
    selection: known && key.length ? { kind: known, key: key.join(':').slice(0, 220) } : null,
    aside: given.has('aside') ? one<Aside | null>(given.get('aside'), ASIDES, null) : usual.aside,
    tab: one<Tab>(given.get('tab'), TABS, usual.tab),
    list: flag('list', usual.list),
    page: names('page')[0] ?? usual.page,
    incident: id('incident') ?? null,
    view: id('view') ?? null,
    image: id('image') ?? null,
    at: given.has('at') && Number.isFinite(Date.parse(given.get('at')!)) ? new Date(given.get('at')!).toISOString() : null,
    columns: given.has('columns') ? names('columns').slice(0, 20) : usual.columns,
    tabs: !given.has('tabs') ? usual.tabs : TABS.filter((tab) => names('tabs').includes(tab)).sort((a, b) => names('tabs').indexOf(a) - names('tabs').indexOf(b)),
    status: one(given.get('status'), STATUSES, usual.status),
    priority: one<number>(given.get('priority'), [0, 1, 2, 3, 4], usual.priority),
    order: one(given.get('order')?.replace(/^-/, '') ?? null, ORDERS, usual.order),
    reverse: given.get('order')?.startsWith('-') ?? usual.reverse,
    level: one<Level>(given.get('level'), [0, 1, 2, 3, 4], usual.level),
    quantity: one(given.get('quantity'), ['W', 'Q', 'N'], usual.quantity),
    water: (given.get('water') ?? usual.water).slice(0, 80),
    released: flag('released', usual.released),
    inView: flag('inview', usual.inView),
    whose: /^[a-z0-9][a-z0-9.-]{0,62}$/.test(given.get('whose') ?? '') ? given.get('whose')! : '',
    joint: flag('joint', usual.joint),
    stale: flag('stale', usual.stale),
    sort: one(given.get('sort')?.replace(/^-/, '') ?? null, SORTS, usual.sort),
    descending: given.has('sort') ? given.get('sort')!.startsWith('-') : usual.descending,
    range: one<number>(given.get('range'), RANGES, usual.range),
    language: one(given.get('lang'), ['de', 'en'], usual.language),
    theme: one(given.get('theme'), ['auto', 'light', 'dark', 'night'], usual.theme),
  };
}

/** Only what differs from the usual, besides the place, so that links stay short. */
export function formatView(view: View, usual: View = USUAL): string {
  const parts: string[] = [`map=${view.zoom.toFixed(2)}/${view.latitude.toFixed(4)}/${view.longitude.toFixed(4)}`];
  const put = (name: string, value: string, otherwise: string) => value !== otherwise && parts.push(`${name}=${encodeURIComponent(value)}`);
  const flag = (value: boolean) => (value ? '1' : '0');
  put('layers', view.layers.join(','), usual.layers.join(','));
  if (view.selection) parts.push(`sel=${view.selection.kind}:${encodeURIComponent(view.selection.key)}`);
  put('aside', view.aside ?? '', usual.aside ?? '');
  put('tab', view.tab, usual.tab);
  put('list', flag(view.list), flag(usual.list));
  put('page', view.page, usual.page);
  put('incident', view.incident ?? '', '');
  put('view', view.view ?? '', '');
  put('image', view.image ?? '', '');
  put('at', view.at ?? '', '');
  put('columns', view.columns.join(','), usual.columns.join(','));
  put('tabs', view.tabs.join(','), usual.tabs.join(','));
  put('status', view.status, usual.status);
  put('priority', String(view.priority), String(usual.priority));
  put('order', (view.reverse ? '-' : '') + view.order, (usual.reverse ? '-' : '') + usual.order);
  put('level', String(view.level), String(usual.level));
  put('quantity', view.quantity, usual.quantity);
  put('water', view.water, usual.water);
  put('inview', flag(view.inView), flag(usual.inView));
  put('whose', view.whose, '');
  put('joint', flag(view.joint), flag(usual.joint));
  put('stale', flag(view.stale), flag(usual.stale));
  put('sort', (view.descending ? '-' : '') + view.sort, (usual.descending ? '-' : '') + usual.sort);
  put('released', flag(view.released), flag(usual.released));
  put('range', String(view.range), String(usual.range));
  put('lang', view.language, usual.language);
  put('theme', view.theme, usual.theme);
  return '#' + parts.join('&');
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}
