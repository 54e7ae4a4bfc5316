/** The resources of this page: rows, filter and who wants to hear of changes. One frame, one pass over what changed. */
import { untrack } from 'svelte';
import { mayBeReleased } from '../live/things.svelte';
import { currentIncident } from '../session/incident.svelte';
import { page, store, view } from '../state.svelte';
import { capabilitiesOf, catalogueRevision, learn, speedOf } from './catalogue.svelte';
import { test, USUAL, type Context, type Filter } from './filter';
import { Rows, type Row } from './rows';
import { measure, reached } from './travel.svelte';
import type { Place } from './types';

export const filter = $state<Filter>({ ...USUAL });
/** Centre of radius and travel time where it is a site. */
export const around = $state<{ name: string; place: Place | null }>({ name: '', place: null });

/** Null for `ids` means that all may have changed: another filter, another picture. */
export type Heard = (ids: ReadonlySet<string> | null) => void;

class Forces {
  readonly rows = new Rows(store, (thing) => !view.released || mayBeReleased(thing));
  /** Ids of those that pass the filter. */
  readonly shown = new Set<string>();
  /** Goes up once per frame in which a row changed. */
  revision = $state(0);
  #test: (row: Row) => boolean = () => true;
  #heard = new Set<Heard>();

  /** Called with what changed, before the page draws. Returns how to stop it. */
  listen(heard: Heard): () => void {
    this.#heard.add(heard);
    return () => this.#heard.delete(heard);
  }

  changed(ids: ReadonlySet<string>): void {
    if (ids.size === 0) return;
    for (const id of ids) this.#place(id);
    this.#tell(ids);
  }

  /** The filter, or what it asks about, is another. */
  refilter(context: Context): void {
    this.#test = test(filter, context);
    for (const id of this.rows.all.keys()) this.#place(id);
    this.#tell(null);
  }

  anew(): void {
    const ids = this.rows.anew(store.clock.read());
    for (const id of ids) this.#place(id);
    this.#tell(null);
  }

  #place(id: string): void {
    const row = this.rows.all.get(id);
    if (row && this.#test(row)) this.shown.add(id);
    else this.shown.delete(id);
  }

  #tell(ids: ReadonlySet<string> | null): void {
    this.revision += 1;
    for (const heard of this.#heard) heard(ids);
  }
}

export const forces = new Forces();

export function row(id: string | null | undefined): Row | undefined {
  void forces.revision;
  return id ? forces.rows.all.get(id) : undefined;
}

/** Where radius and travel time are measured from. */
export function centre(): Place | null {
  return filter.around === 'site' ? around.place : [view.longitude, view.latitude];
}

export function nameOfOrganisation(id: string): string {
  void store.turn('fleet');
  const fleet = store.things.get('fleet')?.get(id)?.body.name;
  return fleet ? String(fleet) : (page.session.organisations.find((each) => each.id === id)?.name ?? id.slice(0, 8));
}

export function mine(): ReadonlySet<string> {
  return new Set(page.session.organisations.map(({ id }) => id));
}

store.onTouched((touched) => {
  if (touched.all) forces.anew();
  else if (touched.ids.has('resource') || touched.ids.has('position') || touched.ids.has('fleet')) forces.changed(forces.rows.take(touched, store.clock.read()));
});

$effect.root(() => {
  $effect(() => {
    forces.rows.mine = mine();
    void view.released;
    untrack(() => forces.anew());
  });
  $effect(() => {
    const asked = $state.snapshot(filter);
    void catalogueRevision();
    const placed = asked.radius || asked.travel ? centre() : null;
    untrack(() => measure(placed, asked.travel));
    const context: Context = {
      reached: asked.travel ? reached() : null,
      centre: placed,
      incident: asked.here ? (currentIncident()?.id ?? null) : null,
      capabilities: ({ body }) => capabilitiesOf(body.type, body.capabilities),
      speed: ({ body }) => speedOf(body.type),
    };
    untrack(() => forces.refilter(context));
  });
  $effect(() => {
    if (page.session.signed_in) learn();
  });
  $effect(() => {
    // Positions grow old although nothing comes: the clock ticks once a second.
    const now = store.clock.now;
    untrack(() => forces.changed(forces.rows.age(now)));
  });
});
