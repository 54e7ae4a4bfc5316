/** What the whole page shares: the store, the link to the server, the view, the session and the settings. */
import { refusals } from './api/request';
import { STRANGER, type Session, type SettingsOut } from './api/types';
import { Live, wakeUps, type Link } from './live/socket';
import { Store } from './live/store.svelte';
import type { Mode } from './live/types';
import type { Theme } from './palette';
import { speak } from './text/index.svelte';
import { formatView, parseView, USUAL, type Selection, type View } from './view';

export interface Basemap {
  kind: 'raster' | 'vector' | 'pmtiles';
  url: string;
  attribution: string;
}

export type Settings = Partial<Omit<SettingsOut, 'basemap'>> & { basemap?: Basemap | null };

const REMEMBERED = 'lagebild.view';

export const store = new Store();
/** Whether address or memory say where to look; else the map shows the whole land. */
export const placed = /[#&]map=/.test(location.hash || remembered());
export const view = $state<View>(parseView(address()));
export const page = $state({
  link: { state: 'connecting', since: Date.now(), heard: 0, behind: 0, following: true, refused: null, attempts: 0 } as Link,
  /** Wall time in ms, once a second; only for the age of the connection. */
  wall: Date.now(),
  /** West, south, east, north of what the map shows; null while there is no map. */
  bounds: null as [number, number, number, number] | null,
  deviceDark: matchMedia('(prefers-color-scheme: dark)').matches,
  settings: {} as Settings,
  landAttribution: '',
  session: STRANGER as Session,
  /** We were signed in and the server says that we no longer are. What was typed stays. */
  ended: false,
  /** Whether the form to sign in is open. */
  signingIn: false,
  noMap: false,
});

/** Whether a function held now allows it; the server decides anew at each request. The past allows nothing. */
export function can(right: string): boolean {
  return store.past === null && view.at === null && page.session.rights.includes(right);
}

export const live = new Live(store, '', (link) => (page.link = link), undefined, () => {
  if (!page.session.signed_in) return;
  live.hold();
  void whoAmI();
});

/** What the address says, or what was kept of the last visit. */
export function address(): string {
  return location.hash || remembered();
}

function remembered(): string {
  try {
    return localStorage.getItem(REMEMBERED) ?? '';
  } catch {
    return '';
  }
}

/** Null while nobody has told: a page that does not know must not say that this is real. */
export function knownMode(): Mode | null {
  return store.loaded ? store.mode : (page.settings.mode ?? null);
}

export function theme(): Theme {
  return view.theme === 'auto' ? (page.deviceDark ? 'dark' : 'light') : view.theme;
}

export function select(selection: Selection | null): void {
  view.selection = selection;
  if (selection) view.aside = null;
}

/** What the address says nothing about: the usual, or that of the task view that was applied. */
export const base = $state({ usual: USUAL, of: null as string | null });

/** The map hears of it through this; it decides how far it has to move. */
export const flight = $state<{ to: { point?: [number, number]; bbox?: [number, number, number, number]; zoom?: number } | null }>({ to: null });

let addressTimer: ReturnType<typeof setTimeout> | undefined;

/** Writes the view to the address bar, at most four times a second: browsers throttle more. */
export function keepAddress(): void {
  const hash = formatView(view, base.usual);
  // A view that is not known yet: the address still says more than we do.
  if (view.view !== base.of) return;
  // A wall passes by one view after another; its address stays that of the wall.
  if (view.page === 'wall' && /[#&]page=wall/.test(location.hash)) return;
  clearTimeout(addressTimer);
  addressTimer = setTimeout(() => {
    if (hash === location.hash) return;
    history.replaceState(null, '', hash);
    try {
      localStorage.setItem(REMEMBERED, hash);
    } catch {
      // A browser that stores nothing still has the address bar.
    }
  }, 250);
}

async function ask<T>(path: string): Promise<T | null> {
  try {
    const response = await fetch(path);
    return response.ok ? ((await response.json()) as T) : null;
  } catch {
    return null;
  }
}

/** Asks again until it is answered: a page opened while the server starts must still learn its settings. */
async function learn(): Promise<void> {
  for (let pause = 500; ; pause = Math.min(pause * 2, 5_000)) {
    const [settings, land, session] = await Promise.all([
      ask<Settings>('/api/settings'), ask<{ attribution: string }>('/api/land'), ask<Session>('/api/session'),
    ]);
    if (settings) page.settings = settings;
    if (land) page.landAttribution = land.attribution;
    if (session) page.session = { ...STRANGER, ...session };
    if (settings && land && session) return;
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}

/** Asks who we are. Whoever was signed in and no longer is gets told; what stands on the page stays until he answers. */
export async function whoAmI(): Promise<void> {
  const session = await ask<Session>('/api/session');
  if (session && page.session.signed_in && !session.signed_in) {
    page.ended = true;
    return live.hold();
  }
  if (session) page.session = { ...STRANGER, ...session };
  live.release();
}

/** After signing in or out: another session, and a fresh picture with its rooms. */
export async function becomes(): Promise<void> {
  page.session = { ...STRANGER, ...(await ask<Session>('/api/session')) };
  page.ended = false;
  live.renew();
}

export function begin(): void {
  refusals.add(() => page.session.signed_in && !page.ended && void whoAmI());
  // A fresh picture may mean other rooms.
  store.onTouched(({ all }) => all && store.past === null && page.session.signed_in && !page.ended && void whoAmI());
  speak(view.language);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', (event) => (page.deviceDark = event.matches));
  addEventListener('hashchange', () => Object.assign(view, parseView(location.hash, base.usual)));
  let last = performance.now();
  setInterval(() => {
    page.wall = Date.now();
    store.clock.tick();
    // A gap means that the machine slept: what we hold may be long dead.
    if (performance.now() - last > 6_000) live.nudge();
    last = performance.now();
  }, 1000);
  wakeUps(live);
  void live.run();
  void learn();
}
