/** The log line: what is being written, and into which journal. Kept in the browser until it is sent. */
import { tick } from 'svelte';
import { things, type Thing } from '../live/things.svelte';
import { currentIncident } from '../session/incident.svelte';
import { page, store, view } from '../state.svelte';
import { refOf } from './cited';
import { merged, prefixed, USUAL, type Entry, type Written } from './kinds';
import { put } from './outbox.svelte';

const DRAFT = 'lagebild.entry-draft';
const LONGEST = 10_000;

export const line = $state({
  text: draft(),
  kind: USUAL as Written,
  /** Cited beside what is selected. */
  refs: [] as string[],
  /** What is selected, and shall not be cited. */
  without: null as string | null,
  corrects: null as number | null,
  /** The journal that was chosen; null takes one's own. */
  staff: null as string | null,
  /** Number of the entry last taken by the server. */
  written: 0,
});

/** The staff whose journal is open: the chosen one, else one's own in this incident, else the first there is to see. */
export function journal(): string | null {
  const all = journals();
  const incident = currentIncident()?.id;
  const own = page.session.duties.find((duty) => duty.incident === incident && all.includes(duty.staff));
  return all.find((staff) => staff === line.staff) ?? own?.staff ?? all[0] ?? null;
}

/** Staffs whose journal one may see: those one works in first. */
export function journals(): string[] {
  const rooms = new Set(page.session.rooms.map(({ id }) => id));
  const seen = staffs().filter(({ body }) => rooms.has(String(body.room))).map(({ id }) => id);
  return [...new Set([...page.session.duties.map(({ staff }) => staff), ...seen])];
}

export function staffName(staff: string): string {
  return String(staffs().find(({ id }) => id === staff)?.body.name ?? staff.slice(0, 8));
}

/** The function in which one writes there; null for who only reads. */
export function writesAs(staff: string | null): string | null {
  return page.session.duties.find((duty) => duty.staff === staff && duty.function !== 'OBSERVER')?.function ?? null;
}

function staffs(): Thing[] {
  return things('staff');
}

let before: { made: Thing[]; entries: Entry[] } = { made: [], entries: [] };

/** Of this journal in the live picture, newest first; the same list as before unless one of them changed. */
export function liveEntries(staff: string | null): Entry[] {
  const made = things('entry').filter(({ body }) => body.staff === staff);
  if (made.length !== before.made.length || made.some((thing, i) => thing !== before.made[i])) {
    before = { made, entries: merged(made.map((thing) => ({ ...(thing.body as unknown as Entry), ref: thing.ref }))) };
  }
  return before.entries;
}

/** What the entry will cite: what is selected, unless it was taken out, and what was added. */
export function refs(): string[] {
  const selected = refOf(view.selection);
  return [...new Set([...(selected && selected !== line.without ? [selected] : []), ...line.refs])];
}

export function uncite(ref: string): void {
  line.refs = line.refs.filter((each) => each !== ref);
  if (refOf(view.selection) === ref) line.without = ref;
}

/** Cites a thing, or one change of it, and goes on in the line. */
export function cite(ref: string | null, seq?: number): void {
  if (ref && ref === line.without) line.without = null;
  const whole = ref && seq ? `${ref}@${seq}` : ref;
  if (whole && !refs().includes(whole)) line.refs.push(whole);
  focusLine();
}

export function correct(number: number): void {
  line.corrects = number;
  focusLine();
}

export function typed(value: string): void {
  const { kind, text } = prefixed(value);
  if (kind) line.kind = kind;
  line.text = text.slice(0, LONGEST);
  remember();
}

/** Puts the line on its way and empties it. */
export function write(): void {
  const staff = journal();
  const said = line.text.trim();
  if (!staff || !said) return;
  const wanted = refs();
  put(staff, {
    kind: line.corrects ? 'CORRECTION' : line.kind,
    text: said,
    ...(store.loaded ? { event_time: new Date(store.clock.now).toISOString() } : {}),
    ...(wanted.length ? { refs: wanted } : {}),
    ...(line.corrects ? { corrects: line.corrects } : {}),
  });
  Object.assign(line, { text: '', kind: USUAL, refs: [], corrects: null });
  remember();
}

export function focusLine(): void {
  const found = () => document.getElementById('log-line');
  if (!found() && writesAs(journal())) Object.assign(view, { page: 'list', list: true, tab: 'journal' });
  void tick().then(() => found()?.focus());
}

function remember(): void {
  try {
    localStorage.setItem(DRAFT, line.text);
  } catch {
    // Kept only while the page is open.
  }
}

function draft(): string {
  try {
    return localStorage.getItem(DRAFT) ?? '';
  } catch {
    return '';
  }
}
