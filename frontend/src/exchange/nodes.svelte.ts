/** Where the nodes below us are, and whose municipalities are whose, for the map. */
import { send } from '../api/request';
import { page, view } from '../state.svelte';
import { areaKey, ownerOf, type Look } from './looks';
import { below, lines, type Line } from './reports.svelte';

export interface Area {
  ars: string;
  name: string;
  level: string;
  point: [number, number];
}

export interface Place extends Line {
  key: string | null;
  point: [number, number] | null;
  /** Not its own area but the district around it. */
  roughly: boolean;
}

/** Which figure stands on the map, by its place in the table; -1 none. */
export const mapped = $state({ figure: 2 });
let loaded = $state.raw({ areas: [] as Area[], known: false, problem: '' });
export const areas = () => loaded;

const byKey = $derived(new Map(loaded.areas.map((area) => [area.ars, area])));
const placed = $derived.by(() => {
  const crowd = new Map<string, number>();
  return lines().map((line): Place => {
    const key = areaKey(line.ars);
    const own = key ? byKey.get(key) : undefined;
    const around = own ?? (key ? byKey.get(key.slice(0, 5)) : undefined);
    if (!around) return { ...line, key, point: null, roughly: false };
    if (own) return { ...line, key, point: own.point, roughly: false };
    const nth = crowd.get(around.ars) ?? 0;
    crowd.set(around.ars, nth + 1);
    const angle = nth * 2.4;
    const away = 0.012 * Math.sqrt(nth + 1);
    return { ...line, key, point: [around.point[0] + away * Math.cos(angle), around.point[1] + away * 0.63 * Math.sin(angle)], roughly: true };
  });
});
/** What we were told ourselves counts before what was passed on, should two name the same area. */
const owners = $derived.by(() => {
  const found = new Map<string, Place>();
  for (const place of placed) if (place.key && (!found.has(place.key) || (found.get(place.key)!.part?.via && !place.part?.via))) found.set(place.key, place);
  return found;
});
const towns = $derived(loaded.areas.filter(({ level }) => level === 'municipality'));
const looks = $derived(new Map(towns.map((area): [string, Look] => [area.ars, ownerOf(area.ars, owners)?.look ?? 'stranger'])));

export const places = () => placed;
/** By the key of each municipality that we know of. */
export const looksOfTowns = () => looks;
export const ownerOfTown = (ars: string) => ownerOf(ars, owners);
export const areaOf = (ars: string) => byKey.get(ars);
export const strangers = () => towns.filter(({ ars }) => looks.get(ars) === 'stranger');
export const mapShown = () => page.session.signed_in && view.layers.includes('reports') && below().length > 0;

async function load(): Promise<void> {
  try {
    const { areas } = await send<{ areas: Area[] }>('GET', '/api/situation-reports/areas');
    loaded = { areas, known: true, problem: '' };
  } catch (error) {
    loaded = { ...loaded, problem: error instanceof Error ? error.message : String(error) };
  }
}

const wanted = $derived(mapShown() ? lines().map(({ ars }) => ars ?? '').sort().join() : null);

$effect.root(() => {
  $effect(() => {
    if (wanted === null) return;
    void load();
    const again = setInterval(() => loaded.problem && void load(), 15_000);
    return () => clearInterval(again);
  });
  // Held while the map asks, so that it is worked out once for all who read it.
  $effect(() => {
    if (mapShown()) void [placed, looks];
  });
});
