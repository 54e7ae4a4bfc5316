/** Whether the joint log stands in place of one's own, and how links stand, in words. */
import { moment } from '../format';
import { openTab } from '../keyboard';
import { things } from '../live/things.svelte';
import { face } from '../partners/face.svelte';
import { prefilled } from '../sharing/prefill.svelte';
import { labelOf } from '../staff/levels.svelte';
import { page, select, view } from '../state.svelte';
import { text } from '../text/index.svelte';
import type { SharedIncident } from './types';

/** The incident whose joint log is open; null shows one's own. */
export const jointly = $state<{ incident: string | null }>({ incident: null });

export function openJointLog(incident: string): void {
  jointly.incident = incident;
  seenBehind();
  openTab('journal');
}

/** On a phone the panel would cover what was asked for. */
function seenBehind(): void {
  if (matchMedia('(max-width: 899px)').matches) select(null);
  else view.page = 'map';
}

/** What is known of a partner's incident, in one line. */
export function incidentSaid(shared: SharedIncident | null, goneAt: string | null, label: string | null | undefined): string {
  const words = text();
  if (shared) {
    const name = [shared.number, shared.name].filter(Boolean).join(' ');
    return [name, words.staff.states[shared.state ?? ''] ?? shared.state, shared.level ? labelOf(shared.level) : ''].filter(Boolean).join(' · ');
  }
  const why = goneAt ? words.joint.gone(moment(goneAt)) : words.joint.notShared;
  return label ? `${words.joint.called(label)} · ${why}` : why;
}

const PICTURE = ['incident', 'staff', 'site', 'sector', 'zone', 'facility', 'task', 'feature', 'extent', 'warning', 'resource'];

/** One press from a linked incident to the agreement about it: what is still to be said stands in the form. */
export function share(what: 'picture' | 'log', incident: string, peer: string, title: string): void {
  const rooms = new Set(page.session.rooms.filter(({ share: may }) => may).map(({ id }) => id));
  prefilled.wanted = { peer, room: roomFor(what, incident, rooms) ?? '', name: title, kinds: what === 'log' ? ['entry'] : PICTURE };
  face.shown = 'shares';
  seenBehind();
  openTab('partners');
}

/** The room of the incident, or of the staff's log in it, that this session may share on. */
export function roomFor(what: 'picture' | 'log', incident: string, rooms: ReadonlySet<string>): string | null {
  const own = what === 'picture'
    ? things('incident').filter(({ id }) => id === incident).map(({ body }) => String(body.room))
    : things('staff').filter(({ body }) => body.incident === incident).map(({ body }) => String(body.room));
  return own.find((room) => rooms.has(room)) ?? null;
}
