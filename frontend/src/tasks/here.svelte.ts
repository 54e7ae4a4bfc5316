/** The orders that this page knows, and the one that is being written. */
import { newKey, send } from '../api/request';
import { thing, things, type Thing } from '../live/things.svelte';
import { name } from '../people.svelte';
import { currentIncident } from '../session/incident.svelte';
import { can, page, select, store, view } from '../state.svelte';
import { text } from '../text/index.svelte';
import { byUrgency, concerns, overdue, type Receiver, type TaskBody, type Who } from './state';

export interface Task extends Thing {
  readonly body: Thing['body'] & TaskBody;
}

const LINKS = ['site', 'sector', 'entry'] as const;

export interface Draft {
  incident: string;
  staff: string;
  title: string;
  text: string;
  receiver: string;
  unit: string;
  due: string;
  links: Partial<Record<(typeof LINKS)[number], string>>;
  key: string;
}

export const writing = $state({ draft: null as Draft | null, lastReceiver: '' });

export function who(): Who {
  return page.session;
}

/** Of the incident that is worked on, the most urgent first. */
export function tasks(): Task[] {
  const incident = currentIncident()?.id;
  const now = store.clock.now;
  const all = things('task') as Task[];
  return all.filter(({ body }) => !incident || body.incident === incident).sort((a, b) => byUrgency(now)(a.body, b.body));
}

export function overdueForMe(): Task[] {
  return tasks().filter(({ body }) => overdue(body, store.clock.now) && concerns(body, who()));
}

/** `<staff>|<function>`, as the choice of a receiver holds it. */
export function choice({ staff, function: what }: Receiver): string {
  return `${staff}|${what ?? ''}`;
}

export function receiverOf(chosen: string, unit: string): Receiver {
  const [staff = '', what = ''] = chosen.split('|');
  return { staff, ...(what && { function: what }), ...(unit.trim() && { unit: unit.trim() }) };
}

export interface Choices {
  staff: string;
  label: string;
  options: { value: string; label: string }[];
}

/** Every staff of the incident and its seats, with who sits there. */
export function receivers(incident: string): Choices[] {
  const posts = things('post');
  const holders = (post: Thing) => ((post.body.holders ?? []) as { person: string; state: string }[]).filter(({ state }) => state === 'ON_DUTY' || state === 'HANDOVER');
  return things('staff').filter(({ body }) => body.incident === incident).map((staff) => ({
    staff: staff.id,
    label: String(staff.body.name),
    options: [
      { value: `${staff.id}|`, label: `${staff.body.name} (${text().tasks.wholeStaff})` },
      ...posts.filter(({ body }) => body.staff === staff.id && body.function !== 'OBSERVER').map((post) => {
        const people = holders(post).map(({ person }) => name(person)).join(', ');
        const what = String(post.body.function);
        return { value: `${staff.id}|${what}`, label: `${text().functions[what as never] ?? what}${people ? `: ${people}` : ''}` };
      }),
    ],
  }));
}

export function receiverName(receiver: Receiver): string {
  const staff = thing('staff', receiver.staff)?.body.name ?? receiver.staff.slice(0, 8);
  return [staff, receiver.function, receiver.person && name(receiver.person), receiver.unit].filter(Boolean).join(' · ');
}

/** A new order, about what is selected if it is a site, a sector or an entry. What was begun goes on, unless it is
 *  about something else. */
export function newTask(about: Thing | undefined = view.selection ? thing(view.selection.kind, view.selection.key) : undefined): void {
  const incident = String(about?.body.incident ?? currentIncident()?.id ?? '');
  const kind = LINKS.find((each) => each === about?.kind);
  // About a vehicle: for its crew, at the site to which it is assigned.
  const unit = about?.kind === 'resource' ? String(about.body.callsign) : '';
  const links = kind && about ? { [kind]: about.id } : unit && about?.body.site ? { site: String(about.body.site) } : {};
  const staff = page.session.duties.find((duty) => duty.incident === incident)?.staff ?? '';
  const same = writing.draft?.incident === incident && JSON.stringify(writing.draft.links) === JSON.stringify(links) && (!unit || writing.draft.unit === unit);
  if (!same) {
    const called = about && kind && kind !== 'entry' ? text().tasks.titleFor(`${about.body.number} ${about.body.title ?? about.body.name}`).slice(0, 150) : '';
    writing.draft = { incident, staff, title: called, text: '', receiver: writing.lastReceiver, unit, due: '', links, key: newKey() };
  }
  view.aside = null;
  select({ kind: 'task', key: 'new' });
}

export function mayIssue(): boolean {
  return can('ORDER');
}

interface Answer {
  id: string;
  body: TaskBody;
}

export async function issue(draft: Draft, state: 'ISSUED' | 'DRAFT'): Promise<Answer> {
  const fields = {
    title: draft.title.trim(), state, receiver: receiverOf(draft.receiver, draft.unit), ...draft.links,
    ...(draft.text.trim() && { text: draft.text.trim() }), ...(draft.due && { due_at: new Date(draft.due).toISOString() }),
  };
  const answer = await send<Answer>('POST', `/api/staffs/${encodeURIComponent(draft.staff)}/tasks`, { fields }, { key: draft.key });
  writing.lastReceiver = draft.receiver;
  writing.draft = null;
  // A panel must not say that it is gone before the live picture has brought it.
  for (let tries = 0; tries < 40 && !store.things.get('task')?.has(answer.id); tries += 1) await new Promise((resolve) => setTimeout(resolve, 50));
  return answer;
}

export function move(id: string, state: string, said?: string): Promise<Answer> {
  return send('POST', `/api/tasks/${encodeURIComponent(id)}/state`, { state, ...(said && { text: said }) });
}

export function change(task: Task, base: number, fields: Record<string, unknown>): Promise<Answer> {
  return send('PATCH', `/api/tasks/${encodeURIComponent(task.id)}`, { base, fields });
}

export function settle(task: Task, index: number, field: string, take: boolean): Promise<Answer> {
  return send('POST', `/api/tasks/${encodeURIComponent(task.id)}/conflicts/${index}`, { take, field });
}

/** For an input of local time; empty for none. */
export function localTime(at: number | string | undefined): string {
  const value = typeof at === 'string' ? Date.parse(at) : at;
  if (value === undefined || !Number.isFinite(value)) return '';
  return new Date(value - new Date(value).getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
