/** The dictionary of facts by ref is the truth; gauges, warnings and feeds are put together from it as changes come. */
import { SvelteMap } from 'svelte/reactivity';
import { apply, EMPTY, pictureOf, type Picture } from './apply';
import { ServerClock } from './clock.svelte';
import type { Gauge, Reading } from './gauge';
import type { Body, Change, Fact, FeedBody, Held, Mode, PictureMessage, Provenance, ReadingBody, StationBody, WarningBody } from './types';
import type { Warning } from './warning';

/** `kinds` are the kinds of all other things that changed, `ids` which of them. After `all` everything may differ. */
export type Touched = { gauges: Set<string>; warnings: Set<string>; feeds: Set<string>; kinds: Set<string>; ids: Map<string, Set<string>>; all: boolean };

/** A fact that people made, as parts read it: an incident, a site, a task. */
export interface Thing {
  readonly ref: string;
  readonly kind: string;
  readonly id: string;
  readonly room: string;
  readonly body: Body;
  readonly provenance: Provenance | null;
  /** Whose it is, if it is not ours. */
  readonly origin?: string;
}

/** Kinds that we have ourselves. Two origins may hold the same kind and id (both ask the same gauge): what a partner
 *  holds of these stands apart under its full ref, in `foreign`, and never where our own things are looked for. Other
 *  kinds are those of procedures with partners: they stand together, a partner's also under its full ref. */
const OURS = new Set(
  'station reading forecast warning feature extent feed device incident staff post site sector zone facility task entry view resource position stock fleet resource_type request inquiry arrival allocation shift job meeting_point imagery_job alarm alarm_plan alarm_rule risk_alert custody roster helper'.split(' '),
);
/** The kind under which `turn` and `touched` tell of what partners hold. */
export const FOREIGN = 'foreign';

const NOWHERE: Provenance = { source: '', as_of: '1970-01-01T00:00:00Z', received_at: '', confidence: 'UNCONFIRMED' };

export class Store {
  readonly clock = new ServerClock();
  readonly gauges = new Map<string, Gauge>();
  readonly warnings = new Map<string, Warning>();
  readonly feeds = new Map<string, FeedBody>();
  /** By kind and id. Read them through things.svelte.ts. */
  readonly things = new Map<string, Map<string, Thing>>();
  /** What partners hold of kinds that we have too, by full ref. */
  readonly foreign = new Map<string, Thing>();
  mode = $state<Mode>('ACTUAL');
  origin = $state('');
  sight: string | undefined;
  /** False until the first picture came. */
  loaded = $state(false);
  /** Goes up once per animation frame in which something changed; whatever is derived from the maps reads it. */
  revision = $state(0);
  /** The past moment that is shown in place of the present, in ms. The present goes on beneath it. */
  past = $state<number | null>(null);
  #picture: Picture = pictureOf(0, []);
  #shown: ReadonlyMap<string, Held> = EMPTY.facts;
  #touched: Touched = nothing();
  /** The revision at which something of a kind changed last. */
  #turns = new SvelteMap<string, number>();
  #listeners = new Set<(touched: Touched) => void>();
  #scheduled = false;

  get cursor(): number {
    return this.#picture.cursor;
  }

  get size(): number {
    return this.#picture.facts.size;
  }

  /** By what a thing of this ref is selected and looked up: its id, or the whole ref where it stands apart. */
  keyOf(ref: string): string {
    const [origin = '', kind = '', id = ''] = ref.split('/', 3);
    return this.origin && origin !== this.origin && OURS.has(kind) ? ref : id;
  }

  /** Whatever reads this follows changes of one kind, and no others. */
  turn(kind: string): number | undefined {
    return this.#turns.get(kind);
  }

  /** Everything this page shows: at its cursor, or of the past moment. */
  held(): { cursor: number; past: number | null; facts: Record<string, Held> } {
    return { cursor: this.cursor, past: this.past, facts: Object.fromEntries(this.#shown) };
  }

  /** Called once per frame with what changed since the last call. Returns how to stop it. */
  onTouched(listener: (touched: Touched) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  replace(message: PictureMessage): void {
    this.#picture = pictureOf(message.cursor, message.facts);
    this.mode = message.mode;
    this.origin = message.origin;
    this.sight = message.sight;
    this.clock.sync(message.now, message.speed);
    this.loaded = true;
    if (this.past === null) this.#show(this.#picture.facts);
  }

  /** Shows the facts of a past moment until `present` is called. */
  recall(facts: Fact[], at: number): void {
    this.past = at;
    this.clock.stand(at);
    this.#show(pictureOf(0, facts).facts);
  }

  present(): void {
    if (this.past === null) return;
    this.past = null;
    this.clock.stand(null);
    this.#show(this.#picture.facts);
  }

  #show(shown: ReadonlyMap<string, Held>): void {
    this.#shown = shown;
    this.gauges.clear();
    this.warnings.clear();
    this.feeds.clear();
    this.things.clear();
    this.foreign.clear();
    const facts = [...shown];
    for (const [ref, held] of facts) if (ref.split('/')[1] === 'station') this.#index(ref, held);
    for (const [ref, held] of facts) if (ref.split('/')[1] !== 'station') this.#index(ref, held);
    this.#touched.all = true;
    this.#touched.ids.clear();
    this.#schedule();
  }

  take(changes: Change[], upTo: number): void {
    const { picture, touched } = apply(this.#picture, changes, upTo, true);
    this.#picture = picture;
    if (this.past !== null) return;
    this.#shown = picture.facts;
    for (const ref of touched) this.#index(ref, picture.facts.get(ref));
    if (touched.size) this.#schedule();
  }

  #index(ref: string, held: Held | undefined): void {
    const [origin = '', kind = '', id = ''] = ref.split('/', 3);
    if (this.origin && origin !== this.origin) this.#theirs(ref, origin, kind, id, held);
    else if (kind === 'station') this.#station(ref, id, held);
    else if (kind === 'reading') this.#reading(id, held);
    else if (kind === 'warning') this.#warning(ref, id, held);
    else if (kind === 'feed') this.#feed(id, held);
    else if (kind === 'forecast') this.#touched.gauges.add(id.slice(0, id.lastIndexOf('.')));
    else this.#thing(ref, kind, id, held);
  }

  #thing(ref: string, kind: string, id: string, held: Held | undefined, origin?: string): void {
    this.#touched.kinds.add(kind);
    const ids = this.#touched.ids.get(kind) ?? new Set<string>();
    this.#touched.ids.set(kind, ids.add(id));
    const all = this.things.get(kind) ?? new Map<string, Thing>();
    this.things.set(kind, all);
    const key = origin ? ref : id;
    if (!held?.body) all.delete(key);
    else all.set(key, { ref, kind, id, room: held.room, body: held.body, provenance: held.provenance, ...(origin && { origin }) });
  }

  #theirs(ref: string, origin: string, kind: string, id: string, held: Held | undefined): void {
    if (!OURS.has(kind)) return this.#thing(ref, kind, id, held, origin);
    this.#touched.kinds.add(FOREIGN);
    if (!held?.body) this.foreign.delete(ref);
    else this.foreign.set(ref, { ref, kind, id, room: held.room, body: held.body, provenance: held.provenance, origin });
  }

  #station(ref: string, key: string, held: Held | undefined): void {
    this.#touched.gauges.add(key);
    if (!held?.body) this.gauges.delete(key);
    else {
      const station = held.body as unknown as StationBody;
      const readings = this.gauges.get(key)?.readings ?? this.#readingsOf(ref, key, station);
      this.gauges.set(key, { key, ref, station, provenance: held.provenance, readings });
    }
  }

  /** Readings that came before their station. */
  #readingsOf(ref: string, key: string, station: StationBody): Record<string, Reading> {
    const origin = ref.split('/')[0];
    const readings: Record<string, Reading> = {};
    for (const { quantity } of station.series ?? []) {
      const held = this.#shown.get(`${origin}/reading/${key}.${quantity}`);
      if (held?.body) readings[quantity] = reading(held);
    }
    return readings;
  }

  #reading(id: string, held: Held | undefined): void {
    const dot = id.lastIndexOf('.');
    const [key, quantity] = [id.slice(0, dot), id.slice(dot + 1)];
    const gauge = this.gauges.get(key);
    if (!gauge) return;
    this.#touched.gauges.add(key);
    const { [quantity]: _, ...others } = gauge.readings;
    const readings = held?.body ? { ...others, [quantity]: reading(held) } : others;
    this.gauges.set(key, { ...gauge, readings });
  }

  #warning(ref: string, key: string, held: Held | undefined): void {
    this.#touched.warnings.add(key);
    if (!held?.body) this.warnings.delete(key);
    else this.warnings.set(key, { key, ref, body: held.body as unknown as WarningBody, provenance: held.provenance });
  }

  #feed(name: string, held: Held | undefined): void {
    this.#touched.feeds.add(name);
    if (!held?.body) this.feeds.delete(name);
    else this.feeds.set(name, held.body as unknown as FeedBody);
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    requestAnimationFrame(() => {
      this.#scheduled = false;
      const touched = this.#touched;
      this.#touched = nothing();
      this.revision += 1;
      for (const kind of touched.all ? new Set([...this.#turns.keys(), ...this.things.keys(), FOREIGN]) : touched.kinds) this.#turns.set(kind, this.revision);
      for (const listener of this.#listeners) listener(touched);
    });
  }
}

function nothing(): Touched {
  return { gauges: new Set(), warnings: new Set(), feeds: new Set(), kinds: new Set(), ids: new Map(), all: false };
}

function reading(held: Held): Reading {
  const provenance = held.provenance ?? NOWHERE;
  return { ...(held.body as unknown as ReadingBody), at: Date.parse(provenance.as_of), provenance };
}
