/** One row for each resource, kept by difference: what changed in a frame is looked at, the other twenty thousand are not. */
import type { Thing, Touched } from '../live/store.svelte';
import { availabilityOf, freshness, isFree, placeOf, relationOf, type Freshness, type Relation } from './rules';
import { kept, type Strength } from './strength';
import type { FleetBody, Place, PositionBody, ResourceBody } from './types';

export interface Row {
  readonly id: string;
  readonly thing: Thing;
  readonly body: ResourceBody;
  readonly position: PositionBody | undefined;
  readonly place: Place | null;
  readonly relation: Relation;
  readonly strength: Strength | null;
  /** What of its strength is summed: nothing of a unit of which a member reports its own, as in the overview. */
  readonly counted: Strength | null;
  readonly free: boolean;
  /** In small letters, for looking up words. */
  readonly words: string;
  /** Its call sign for sorting: numbers by their size, umlauts beside their vowels. */
  readonly order: string;
  readonly fresh: Freshness;
  /** When `fresh` changes by itself, in ms. */
  readonly turns: number;
}

export type Source = { things: ReadonlyMap<string, ReadonlyMap<string, Thing>> };

export class Rows {
  readonly all = new Map<string, Row>();
  #byOrganisation = new Map<string, Set<string>>();
  #members = new Map<string, Set<string>>();

  constructor(readonly source: Source, readonly may: (thing: Thing) => boolean = () => true, public mine: ReadonlySet<string> = new Set()) {}

  fleet(organisation: string): FleetBody | undefined {
    return this.source.things.get('fleet')?.get(organisation)?.body as FleetBody | undefined;
  }

  /** Ids whose row is another one now, or gone. */
  take(touched: Pick<Touched, 'ids' | 'all'>, now: number): Set<string> {
    if (touched.all) return this.anew(now);
    const changed = new Set<string>([...(touched.ids.get('resource') ?? []), ...(touched.ids.get('position') ?? [])]);
    for (const organisation of touched.ids.get('fleet') ?? []) for (const id of this.#byOrganisation.get(organisation) ?? []) changed.add(id);
    const units = new Set<string>();
    for (const id of changed) {
      const before = this.all.get(id)?.body.parent;
      this.#look(id, now);
      for (const unit of [before, this.all.get(id)?.body.parent]) if (unit) units.add(unit);
    }
    for (const id of units) {
      this.#look(id, now);
      changed.add(id);
    }
    return changed;
  }

  members(id: string): ReadonlySet<string> {
    return this.#members.get(id) ?? new Set();
  }

  /** Everything from the start: a fresh picture, a past moment, another session. */
  anew(now: number): Set<string> {
    const changed = new Set(this.all.keys());
    this.all.clear();
    this.#byOrganisation.clear();
    this.#members.clear();
    for (const id of this.source.things.get('resource')?.keys() ?? []) {
      changed.add(id);
      this.#look(id, now);
    }
    for (const id of this.#members.keys()) this.#look(id, now);
    return changed;
  }

  /** Ids of those whose position grew old meanwhile. */
  age(now: number): Set<string> {
    const changed = new Set<string>();
    for (const row of this.all.values()) {
      if (now < row.turns) continue;
      this.all.set(row.id, { ...row, ...freshness(row.position, this.fleet(row.body.organisation), now) });
      changed.add(row.id);
    }
    return changed;
  }

  #memberSpeaks(unit: string): boolean {
    for (const id of this.#members.get(unit) ?? []) {
      const body = this.all.get(id)?.body;
      if (body?.strength && body.parent === unit) return true;
    }
    return false;
  }

  #look(id: string, now: number): void {
    const before = this.all.get(id);
    const thing = this.source.things.get('resource')?.get(id);
    if (!thing || !this.may(thing)) {
      this.all.delete(id);
      if (before) this.#byOrganisation.get(before.body.organisation)?.delete(id);
      for (const link of [before?.body.parent, before?.body.carried_by]) if (link) this.#members.get(link)?.delete(id);
      return;
    }
    const body = thing.body as unknown as ResourceBody;
    const position = this.source.things.get('position')?.get(id)?.body as PositionBody | undefined;
    const fleet = this.fleet(body.organisation);
    const same = before?.thing === thing;
    if (!same) {
      if (before && before.body.organisation !== body.organisation) this.#byOrganisation.get(before.body.organisation)?.delete(id);
      const among = this.#byOrganisation.get(body.organisation) ?? new Set<string>();
      this.#byOrganisation.set(body.organisation, among.add(id));
      for (const link of [before?.body.parent, before?.body.carried_by]) if (link) this.#members.get(link)?.delete(id);
      for (const link of [body.parent, body.carried_by]) if (link) this.#members.set(link, (this.#members.get(link) ?? new Set()).add(id));
    }
    const strength = same ? before.strength : kept(body.strength);
    this.all.set(id, {
      id, thing, body, position,
      place: placeOf(body, position),
      relation: relationOf(body, this.mine),
      strength,
      counted: body.kind === 'UNIT' && this.#memberSpeaks(id) ? null : strength,
      free: isFree(body),
      words: same ? before.words : [body.callsign, body.type, body.opta, body.home_name, body.note, fleet?.name].filter(Boolean).join(' ').toLocaleLowerCase('de'),
      order: same ? before.order : orderOf(body.callsign),
      ...freshness(position, fleet, now),
    });
  }
}

export function orderOf(text: string): string {
  return text.toLocaleLowerCase('de').normalize('NFD').replace(/\p{M}/gu, '').replace(/\d+/g, (digits) => digits.padStart(6, '0'));
}

/** Which group a row stands in. */
export function groupOf(row: Row, by: 'status' | 'organisation'): string {
  return by === 'status' ? availabilityOf(row.body) : row.body.organisation;
}
