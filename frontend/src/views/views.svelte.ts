/** The task views there are, and what one does to the page. Shipped ones come from the server once, all others live. */
import { send } from '../api/request';
import { things } from '../live/things.svelte';
import { functions } from '../session/incident.svelte';
import { base, page, view } from '../state.svelte';
import { LAYERS, ORDERS, parseView, TABS, USUAL, type Aside, type Layer, type SortKey, type Tab, type View } from '../view';

export interface TaskView {
  id: string;
  room: string;
  version: number;
  name: string;
  shipped?: boolean;
  owner?: string;
  audience?: string;
  layers?: Layer[];
  filter?: { level?: number; quantity?: string; water?: string; in_view?: boolean; stale?: boolean; status?: string; priority?: number };
  area?: { zoom: number; latitude: number; longitude: number };
  tabs?: Tab[];
  panels?: ('list' | 'legend' | 'help')[];
  columns?: string[];
  order?: string;
  released_only?: boolean;
  wall?: { views: string[]; seconds: number };
}

export type Fields = Omit<TaskView, 'id' | 'room' | 'version' | 'shipped' | 'owner'>;

const SORTS: SortKey[] = ['level', 'name', 'water', 'value', 'trend', 'age'];
const shipped = $state({ views: [] as TaskView[], asked: false });

export async function learnShipped(): Promise<void> {
  for (let pause = 500; !shipped.asked; pause = Math.min(pause * 2, 10_000)) {
    try {
      const { views } = await send<{ views: TaskView[] }>('GET', '/api/views');
      shipped.views = views.filter((each) => each.shipped).map((each) => ({ ...each, version: 1 }));
      shipped.asked = true;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }
}

/** Shipped views in their order, those of one's own function first; then one's own and shared ones by name. */
export function allViews(): TaskView[] {
  const held = functions();
  const mine = (each: TaskView) => (each.audience ?? '').split(' ').some((name) => held.includes(name));
  const kept = things('view')
    .map(({ id, room, body }) => ({ ...(body as unknown as TaskView), id, room }))
    .sort((a, b) => a.name.localeCompare(b.name, 'de'));
  return [...shipped.views.filter(mine), ...shipped.views.filter((each) => !mine(each)), ...kept];
}

export function viewOf(id: string | null): TaskView | undefined {
  return id ? allViews().find((each) => each.id === id) : undefined;
}

/** Whether all views that there are for us are here, so that one that is not found does not exist. */
export function viewsKnown(loaded: boolean): boolean {
  return shipped.asked && loaded;
}

/** What the page usually shows under this task view. */
export function usualOf(task: TaskView): View {
  const { filter = {}, area, panels, order = '' } = task;
  const sort = order.replace(/^-/, '');
  const aside = (panels ?? []).find((panel): panel is 'legend' | 'help' => panel !== 'list') ?? null;
  const made: View = {
    ...USUAL,
    ...(area ?? {}),
    layers: task.layers ? LAYERS.filter((layer) => task.layers!.includes(layer)) : [],
    tabs: (task.tabs ?? []).filter((tab) => TABS.includes(tab)),
    list: panels?.includes('list') ?? false,
    aside: aside as Aside | null,
    columns: task.columns ?? [],
    released: task.released_only ?? false,
    level: (filter.level ?? USUAL.level) as View['level'],
    quantity: filter.quantity ?? USUAL.quantity,
    water: filter.water ?? USUAL.water,
    inView: filter.in_view ?? USUAL.inView,
    stale: filter.stale ?? USUAL.stale,
    status: (filter.status ?? USUAL.status) as View['status'],
    priority: filter.priority ?? USUAL.priority,
  };
  if (made.tabs[0]) made.tab = made.tabs[0];
  if (SORTS.includes(sort as SortKey)) Object.assign(made, { sort, descending: order.startsWith('-') });
  if ((ORDERS as readonly string[]).includes(sort)) Object.assign(made, { order: sort, reverse: order.startsWith('-') });
  return made;
}

/** Language, theme, incident and moment stay: they are the reader's, not the view's. So does the place without `area`. */
function put(task: TaskView, { language, theme, incident, at, view: _, page: __, zoom, latitude, longitude, ...made }: View): void {
  Object.assign(view, made, { selection: null }, task.area ?? {});
}

export function applyView(task: TaskView): void {
  const usual = usualOf(task);
  put(task, usual);
  view.view = task.id;
  view.page = task.wall ? 'wall' : view.page === 'list' ? 'list' : 'map';
  Object.assign(base, { usual, of: task.id });
}

/** For the wall: shows it without becoming the view of the address. */
export function passBy(task: TaskView): void {
  put(task, usualOf(task));
}

export function leaveView(): void {
  view.view = null;
  Object.assign(view, { tabs: [], columns: [], released: false, layers: [...USUAL.layers] });
  Object.assign(base, { usual: USUAL, of: null });
}

/** An address that names a view says only what differs from it: read it again, now that the view is known. */
export function readAgain(hash: string, task: TaskView): void {
  const usual = usualOf(task);
  Object.assign(base, { usual, of: task.id });
  Object.assign(view, parseView(hash, usual));
}

/** What the page shows now, as the fields of a view. */
export function asFields(name: string, kept: Partial<Fields> = {}, withArea = false): Fields {
  const { level, quantity, water, inView, stale, status, priority } = view;
  const sorted = view.tab === 'gauges' ? (view.descending ? '-' : '') + view.sort : (view.reverse ? '-' : '') + view.order;
  return {
    ...kept,
    name,
    layers: [...view.layers],
    filter: { level, quantity, water, in_view: inView, stale, status, priority },
    ...(withArea ? { area: { zoom: view.zoom, latitude: view.latitude, longitude: view.longitude } } : {}),
    tabs: [...view.tabs],
    panels: [...(view.list ? (['list'] as const) : []), ...(view.aside === 'legend' ? (['legend'] as const) : [])],
    columns: [...view.columns],
    order: sorted,
    released_only: view.released,
  };
}

/** Whether we may change it: our own always, one of a room with the right and the room's. The server decides anew. */
export function changeable(task: TaskView): boolean {
  if (task.shipped || !page.session.signed_in) return false;
  const room = page.session.rooms.find(({ id }) => id === task.room);
  return task.room.startsWith('p-') || (page.session.rights.includes('VIEWS') && room?.write === true);
}
