/** The book with what has not been sent yet written into it: what the page shows. */
import type { Act, Entry, Force } from './types';

const LEADS_TO = { SEND_ON: 'SENT_ON', CHECK_OUT: 'CHECKED_OUT', TAKE_BACK: 'CHECKED_IN', CANCEL: 'CANCELLED' } as const;

/** The entries after these acts; an act that stands in an entry already changes nothing. */
export function written(book: Iterable<Entry>, acts: Iterable<Act>): Map<string, Entry> {
  const entries = new Map<string, Entry>();
  for (const entry of book) entries.set(entry.id, entry);
  for (const act of acts) {
    const before = entries.get(act.arrival);
    if (before?.history.some((step) => step.act === act.id)) continue;
    const after = act.kind === 'CHECK_IN' ? (before ?? begun(act)) : before && continued(before, act);
    if (after) entries.set(act.arrival, { ...after, waiting: true });
  }
  return entries;
}

function begun(act: Act): Entry {
  return { ...(act.fields as unknown as Entry), id: act.arrival, number: null, state: 'CHECKED_IN', arrived_at: act.at, history: [stepOf(act)] };
}

function continued(entry: Entry, act: Act): Entry {
  const state = LEADS_TO[act.kind as keyof typeof LEADS_TO];
  const left = state === 'SENT_ON' || state === 'CHECKED_OUT';
  const after: Entry = { ...entry, ...act.fields, history: [...entry.history, stepOf(act)] };
  if (state) Object.assign(after, { state, left_at: left ? act.at : undefined, state_reason: act.reason });
  return after;
}

function stepOf({ id, kind, at, reason }: Act) {
  return { act: id, kind, at, reason };
}

/** Newest arrival first. */
export function byArrival(entries: Iterable<Entry>): Entry[] {
  return [...entries].sort((a, b) => Date.parse(b.arrived_at) - Date.parse(a.arrived_at) || (b.number ?? Infinity) - (a.number ?? Infinity));
}

export function total(strength: string | undefined): number {
  return Number(strength?.split('//')[1] ?? 0);
}

/** `1/3/18//22` from its numbers; nothing if nobody was counted. */
export function strengthOf([leaders, subleaders, crew]: readonly [number, number, number]): string | undefined {
  const sum = leaders + subleaders + crew;
  return sum ? `${leaders}/${subleaders}/${crew}//${sum}` : undefined;
}

export function numbersOf(strength: string | undefined): [number, number, number] {
  const [leaders = 0, subleaders = 0, crew = 0] = (strength?.split('//')[0] ?? '').split('/').map((each) => Number(each) || 0);
  return [leaders, subleaders, crew];
}

/** All strengths together. */
export function sum(entries: Iterable<Entry>): string {
  const all: [number, number, number] = [0, 0, 0];
  for (const { strength } of entries) numbersOf(strength).forEach((each, place) => (all[place]! += each));
  return strengthOf(all) ?? '0/0/0//0';
}

/** Of each force that is there its newest entry: one that was checked in twice counts once. */
export function present(entries: Iterable<Entry>, facility: string): Entry[] {
  const newest = new Map<string, Entry>();
  for (const entry of byArrival(entries).reverse()) {
    if (entry.facility === facility && entry.state === 'CHECKED_IN') newest.set(entry.resource ?? entry.partner_resource ?? plain(`${entry.callsign} ${entry.organisation_name ?? ''}`), entry);
  }
  return byArrival(newest.values());
}

/** Expected, and not in the book as being here or having been here since. */
export function missing(forces: readonly Force[], entries: Iterable<Entry>): Force[] {
  const here = new Set<string | undefined>();
  for (const { state, resource, partner_resource: theirs } of entries) {
    if (state === 'CHECKED_IN') here.add(resource);
    // A partner's own state stays as its node last told: whoever was here once is not expected again.
    if (state !== 'CANCELLED') here.add(theirs);
  }
  return forces.filter(({ id, expected }) => expected && !here.has(id)).sort((a, b) => due(a) - due(b) || a.callsign.localeCompare(b.callsign));
}

const due = ({ eta }: Force) => (eta ? Date.parse(eta) : Number.MAX_SAFE_INTEGER);

/** As people type it: without case, umlauts and signs. */
export function plain(text: string): string {
  const bare = text.toLowerCase().normalize('NFD').replace(/\p{M}+/gu, '').replaceAll('ß', 'ss');
  return bare.replace(/([aou])e/g, '$1').replace(/[^a-z0-9]+/g, ' ').trim();
}

/** Known forces whose call sign has every word that was typed, somewhere. */
export function matching(forces: readonly Force[], typed: string, most = 6): Force[] {
  const parts = plain(typed).split(' ').filter(Boolean);
  if (!parts.length) return [];
  return forces.filter(({ callsign, organisation_name: of = '' }) => { const name = plain(`${callsign} ${of}`); return parts.every((part) => name.includes(part)); })
    .sort((a, b) => Number(b.expected) - Number(a.expected) || a.callsign.localeCompare(b.callsign)).slice(0, most);
}

/** What a label says: `LAGEBILD:origin/resource/id call sign`. Null if it is none of ours. */
export function labelled(code: string): { ref: string; id: string; callsign: string } | null {
  const found = /^LAGEBILD:([a-z0-9][a-z0-9.-]{0,62}\/resource\/([A-Za-z0-9][A-Za-z0-9_.:+~-]{0,199}))(?: (.{1,200}))?$/.exec(code.trim());
  return found ? { ref: found[1]!, id: found[2]!, callsign: found[3]?.trim() ?? '' } : null;
}
