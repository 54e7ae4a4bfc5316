/** What staffs and incidents ask of the server. Every refusal comes as Failed, with the field at fault. */
import { send } from '../api/request';
import { whoAmI } from '../state.svelte';

export interface Level {
  code: string;
  label: string;
  label_en: string;
  basis: string;
  in_force?: boolean;
  valid: boolean;
}

export interface Sat {
  id: string;
  function: string;
  person: string;
  deputy: boolean;
  state: string;
  starts: string;
  ends: string | null;
  note: string | null;
}

interface Opened {
  id: string;
}

const at = (path: string) => path.split('/').map(encodeURIComponent).join('/');

/** What somebody may do follows where he sits. */
async function seated<T>(answer: Promise<T>): Promise<T> {
  const done = await answer;
  await whoAmI();
  return done;
}

export function assign(staff: string, what: { function: string; person: string; deputy?: boolean; starts?: string }): Promise<{ assignment: string }> {
  return seated(send('POST', `/api/${at(`staffs/${staff}/assignments`)}`, what));
}

export function shift(assignment: string, state: string, note?: string): Promise<unknown> {
  return seated(send('POST', `/api/${at(`assignments/${assignment}/state`)}`, { state, ...(note && { note }) }));
}

export function sat(staff: string): Promise<{ assignments: Sat[] }> {
  return send('GET', `/api/${at(`staffs/${staff}/assignments`)}`);
}

export function openIncident(what: Record<string, unknown>, key: string): Promise<Opened> {
  return seated(send<Opened>('POST', '/api/incidents', what, { key }));
}

export function addStaff(incident: string, what: { model: string; name: string }): Promise<unknown> {
  return seated(send('POST', `/api/${at(`incidents/${incident}/staffs`)}`, what));
}

export function moveIncident(incident: string, state: string, reason?: string): Promise<unknown> {
  return seated(send('POST', `/api/${at(`incidents/${incident}/state`)}`, { state, ...(reason && { reason }) }));
}

export function editIncident(incident: string, base: number, fields: Record<string, unknown>): Promise<unknown> {
  return send('PATCH', `/api/${at(`incidents/${incident}`)}`, { base, fields });
}

export function settleIncident(incident: string, number: number, field: string, take: boolean): Promise<unknown> {
  return send('POST', `/api/${at(`incidents/${incident}/conflicts/${number}`)}`, { take, field });
}

export function declare(incident: string, what: { level: string; text: string; since?: string }): Promise<unknown> {
  return send('POST', `/api/${at(`incidents/${incident}/legal`)}`, what);
}

export function levels(): Promise<{ levels: Level[] }> {
  return send('GET', '/api/legal-levels');
}

/** Local time of a date field as the server wants it; nothing if it is empty. */
export function moment(value: string): string | undefined {
  return value ? new Date(value).toISOString() : undefined;
}
