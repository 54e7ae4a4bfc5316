/** Staffs and seats of the incident that is worked on, as the live picture shows them. */
import { things, type Thing } from '../live/things.svelte';
import { currentIncident } from '../session/incident.svelte';

export interface Holder {
  assignment: string;
  person: string;
  deputy: boolean;
  state: 'PLANNED' | 'ON_DUTY' | 'HANDOVER';
  starts: string;
  ends?: string;
}

export interface PostBody {
  incident: string;
  staff: string;
  function: string;
  required: boolean;
  holders?: Holder[];
}

/** After so many hours on duty people should be relieved (DOMAIN 10.12). */
export const RELIEF_MS = 12 * 3_600_000;

/** The order in which seats are shown; what is missing here comes last. */
const ORDER = ['LEITUNG', 'LDS', 'S1', 'S2', 'S3', 'S4', 'S5', 'S6', 'KGS', 'SMS', 'EMS', 'BUMA', 'FACHBERATER', 'VERBINDUNGSPERSON', 'MELDEKOPF', 'OBSERVER'];

export function bodyOf(post: Thing): PostBody {
  return post.body as unknown as PostBody;
}

export function holdersOf(post: Thing): Holder[] {
  return bodyOf(post).holders ?? [];
}

export function isVacant(post: Thing): boolean {
  return !holdersOf(post).some(({ state }) => state !== 'PLANNED');
}

export function isMissing(post: Thing): boolean {
  return bodyOf(post).required && isVacant(post);
}

/** Whether somebody sits here for longer than people should, by the server's clock. */
export function reliefDue(holder: Holder, now: number): boolean {
  return holder.state !== 'PLANNED' && now - Date.parse(holder.starts) > RELIEF_MS;
}

export function staffsOf(incident: Thing | undefined): Thing[] {
  return things('staff').filter(({ body }) => body.incident === incident?.id).sort((a, b) => (a.id < b.id ? -1 : 1));
}

function rank(post: Thing): number {
  const at = ORDER.indexOf(bodyOf(post).function);
  return at < 0 ? ORDER.length : at;
}

export function postsOf(staff: Thing): Thing[] {
  return things('post').filter(({ body }) => body.staff === staff.id).sort((a, b) => rank(a) - rank(b));
}

/** Other functions that this person exercises now in the same incident. */
export function elsewhere(post: Thing, person: string): string[] {
  const { incident } = bodyOf(post);
  return things('post')
    .filter((other) => other.id !== post.id && other.body.incident === incident && holdersOf(other).some((held) => held.person === person && held.state !== 'PLANNED'))
    .map((other) => bodyOf(other).function);
}

/** Required seats of the current incident that nobody holds; null without an incident. */
export function missing(): number | null {
  const incident = currentIncident();
  return incident ? things('post').filter((post) => post.body.incident === incident.id && isMissing(post)).length : null;
}
