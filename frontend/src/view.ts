/** The whole view as text in the address bar, and back. Unknown or broken parts fall back to what is usual. */
import type { Level, Theme } from './palette';

export const LAYERS = ['gauges', 'warnings', 'municipalities', 'districts', 'places', 'basemap'] as const;
export type Layer = (typeof LAYERS)[number];

export type Tab = 'gauges' | 'warnings' | 'sources';
export type Aside = 'legend' | 'help';
export type SortKey = 'level' | 'name' | 'water' | 'value' | 'trend' | 'age';
export const RANGES = [6, 24, 48, 168] as const;

export interface Selection {
  kind: 'station' | 'warning';
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
  /** Only on a phone: what the one column shows. */
  page: 'map' | 'list' | 'sources';
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
  zoom: 7.4, latitude: 51.45, longitude: 7.6, layers: ['gauges', 'warnings', 'municipalities', 'districts', 'places', 'basemap'],
  selection: null, aside: null, tab: 'gauges', list: true, page: 'map', level: 0, quantity: 'W', water: '', inView: false, stale: true,
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
  const known = kind === 'station' || kind === 'warning';
  const flag = (name: string, otherwise: boolean) => (given.has(name) ? given.get(name) === '1' : otherwise);
  return {
    zoom: placed ? clamp(zoom!, 4, 19) : USUAL.zoom,
    latitude: placed ? clamp(latitude!, -85, 85) : USUAL.latitude,
    longitude: placed ? clamp(longitude!, -180, 180) : USUAL.longitude,
    layers: given.has('layers') ? LAYERS.filter((layer) => given.get('layers')!.split(',').includes(layer)) : USUAL.layers,
    selection: known && key.length ? { kind, key: key.join(':').slice(0, 220) } : null,
    aside: one<Aside | null>(given.get('aside'), ['legend', 'help'], null),
    tab: one(given.get('tab'), ['gauges', 'warnings', 'sources'], USUAL.tab),
    list: flag('list', USUAL.list),
    page: one(given.get('page'), ['map', 'list', 'sources'], USUAL.page),
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
