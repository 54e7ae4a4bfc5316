/** What the Meldekopf works with: live while there is a line, from this browser's memory while there is none. */
import { foreign, theirs, thing, things, type Thing } from '../live/things.svelte';
import { announced, vehiclesOf } from '../marches/here.svelte';
import { neighbours } from '../sharing/neighbours.svelte';
import { currentIncident } from '../session/incident.svelte';
import { page, store } from '../state.svelte';
import { written } from './book';
import { mark, resume, shownNow } from './clock';
import { forgetDesk, keepDesk, keptDesk, wasUsed } from './kept';
import { clerk, put, queue } from './queue.svelte';
import type { Act, ActKind, Desk, Entry, Force, Named } from './types';

const PLACES = ['MELDEKOPF', 'BEREITSTELLUNGSRAUM'];
const UNDER_WAY = ['ALERTED', 'EN_ROUTE'];
const MOST_FORCES = 25_000;
const KEEP_EVERY = 1_500;

class Known {
  /** As it was last known; null before anything was. Never changed in place: it may hold thousands of forces. */
  now = $state.raw<Desk | null>(null);
  /** What is shown comes from memory. */
  remembered = $state(false);
  used = $state(wasUsed());
}

export const desk = new Known();
let timer: ReturnType<typeof setTimeout> | undefined;

/** The book with what still waits, newest arrival first by `byArrival`. */
export function entries(): Map<string, Entry> {
  const mine = queue.items.filter(({ incident, refused }) => incident === desk.now?.incident.id && !refused).map(({ act }) => act);
  const sent = [...(desk.remembered ? (desk.now?.sent ?? []) : []), ...queue.sent];
  const shown = written(desk.now?.book ?? [], sent);
  for (const entry of shown.values()) if (entry.waiting) shown.set(entry.id, { ...entry, waiting: false });
  return written(shown.values(), mine);
}

/** Something happens now. Resolves once it cannot be lost. */
export async function act(kind: ActKind, fields: Record<string, unknown>, more: { arrival?: string; reason?: string; at?: number } = {}): Promise<string> {
  const id = uuid();
  const given = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined && value !== ''));
  const made: Act = { id, kind, at: new Date(more.at ?? shownNow()).toISOString(), arrival: more.arrival ?? id, fields: given, clerk: clerk(desk.now?.person), reason: more.reason };
  await put(desk.now!.incident.id, made);
  return made.arrival;
}

/** Also where the page was not opened over https, and `crypto.randomUUID` is missing. */
function uuid(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

function ofIncident(kind: string, incident: string): Thing[] {
  return things(kind).filter(({ body }) => body.incident === incident);
}

const named = ({ id, body }: Thing): Named => ({ id, name: `${body.number ?? ''} ${String(body.name ?? body.title ?? '')}`.trim() });

function look(): void {
  const incident = currentIncident();
  if (!store.loaded || store.past !== null || !page.session.signed_in || !incident) return;
  const id = incident.id;
  desk.now = {
    incident: { id, name: String(incident.body.name), mode: String(incident.body.mode) },
    person: page.session.person,
    places: ofIncident('facility', id).filter(({ body }) => PLACES.includes(String(body.type)) && body.state !== 'CLOSED')
      .map((each) => ({ ...named(each), type: String(each.body.type) })).sort((a, b) => a.name.localeCompare(b.name)),
    sites: ofIncident('site', id).map(named),
    sectors: ofIncident('sector', id).map(named),
    forces: [...forces(id), ...partners(id)],
    book: bookOf(id),
    sent: $state.snapshot(queue.sent) as Act[],
    at: Date.now(),
    clock: mark() ?? { shown: Date.now(), wall: Date.now(), speed: 1 },
  };
  desk.remembered = false;
  settle();
}

const bookOf = (incident: string) => ofIncident('arrival', incident).map(({ id, body }) => ({ history: [], ...(body as object), id }) as unknown as Entry);

function forces(incident: string): Force[] {
  return things('resource').slice(0, MOST_FORCES).map(({ id, ref, body }) => ({
    id, ref, callsign: String(body.callsign), type: body.type as string | undefined, strength: body.strength as string | undefined, eta: body.eta as string | undefined,
    organisation_name: thing('fleet', body.organisation as string)?.body.name as string | undefined,
    expected: body.incident === incident && UNDER_WAY.includes(String(body.deployment)),
  }));
}

/** Partners' forces under way to here: lent to us by the stream, announced by a march, or both; each once. */
function partners(incident: string): Force[] {
  const found = new Map<string, Force>();
  for (const { ref, origin, body } of foreign('resource')) {
    if (!body.loan || body.incident !== incident) continue;
    found.set(ref, {
      id: ref, ref, partner: true, callsign: String(body.callsign), type: body.type as string | undefined, strength: body.strength as string | undefined, eta: body.eta as string | undefined,
      endurance_until: body.endurance_until as string | undefined, organisation_name: neighbours.name(origin), expected: UNDER_WAY.includes(String(body.deployment)),
    });
  }
  for (const march of announced(incident, shownNow())) {
    const { sender: by, at } = march.body;
    for (const { ref, callsign, type, strength, eta, endurance_until } of vehiclesOf(march)) {
      const said = { callsign, type, organisation_name: by, ...(strength && { strength }), ...(eta && { eta }), ...(endurance_until && { endurance_until }) };
      const known = theirs(ref);
      const further = known !== undefined && ![...UNDER_WAY, 'AT_HOME'].includes(String(known.body.deployment));
      found.set(ref, { ...found.get(ref), ...said, id: ref, ref, partner: true, expected: !further, announced: { by, at, file: march.provenance?.source === 'file' } });
    }
  }
  return [...found.values()];
}

/** What the picture has brought need not be shown from here any more. */
function settle(): void {
  const known = new Set(desk.now?.book.flatMap(({ history }) => history.map(({ act: id }) => id)));
  if (queue.sent.some(({ id }) => known.has(id))) queue.sent = queue.sent.filter(({ id }) => !known.has(id));
}

/** Once per page: follows the picture and keeps what it says. */
export function openDesk(): () => void {
  let due: ReturnType<typeof setTimeout> | undefined;
  const soon = (pause: number) => {
    due ??= setTimeout(() => {
      due = undefined;
      look();
      keep();
    }, pause);
  };
  const stop = store.onTouched(({ kinds, all }) => {
    if (all || kinds.has('arrival') || kinds.has('facility')) {
      look();
      keep();
    } else if (['resource', 'fleet', 'site', 'sector', 'incident', 'march', 'foreign'].some((kind) => kinds.has(kind))) soon(KEEP_EVERY);
  });
  void keptDesk().then((found) => {
    resume(found?.clock);
    if (!found || desk.now) return;
    desk.now = found;
    desk.remembered = true;
  }, () => undefined);
  look();
  const ticking = setInterval(mark, 1_000);
  return () => {
    stop();
    clearTimeout(due);
    clearTimeout(timer);
    clearInterval(ticking);
  };
}

/** Called too when the session or the incident changes. */
export function lookAgain(): void {
  look();
  keep();
}

function keep(): void {
  timer ??= setTimeout(() => {
    timer = undefined;
    if (!desk.now || desk.remembered) return;
    desk.used = true;
    const { now } = desk;
    void keepDesk({ ...now, sent: $state.snapshot(queue.sent) as Act[], clock: mark() ?? now.clock }).catch(() => undefined);
  }, KEEP_EVERY);
}

export async function empty(): Promise<void> {
  clearTimeout(timer);
  timer = undefined;
  await forgetDesk();
  desk.used = false;
}
