/** Requests to the server; what goes wrong comes back in words for people. */
import { text } from '../text/index.svelte';

/** `status` is 0 if the server was not reached; `field` names what was wrong in what was sent, `kind` what went wrong
 *  in one word of the interface: `out-of-units`. */
export class Failed extends Error {
  constructor(
    message: string,
    readonly status = 0,
    readonly field: string | null = null,
    readonly kind = '',
  ) {
    super(message);
  }
}

interface Problem {
  type?: string;
  title?: string;
  detail?: string;
  field?: string | null;
}

type Method = 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';

/** Told of each 401, so that the page can say that the session has ended. */
export const refusals = new Set<() => void>();

/** Asked before anything is sent that writes; what one of them throws goes to whoever wanted to send. */
export const objections = new Set<(path: string) => void>();

/** Raises Failed with the server's own explanation, or that it cannot be reached. A POST carries a key, so that
 *  sending it again creates nothing twice; give your own `key` to repeat the same act. */
export async function send<T>(method: Method, path: string, body?: unknown, { key, signal }: { key?: string; signal?: AbortSignal } = {}): Promise<T> {
  const headers: Record<string, string> = body === undefined ? {} : { 'Content-Type': 'application/json' };
  if (method === 'POST') headers['Idempotency-Key'] = key ?? newKey();
  if (method !== 'GET') for (const object of objections) object(path);
  let response: Response;
  try {
    response = await fetch(path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body), signal });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Failed(text().problem.network);
  }
  if (response.ok) return (response.status === 204 ? undefined : await response.json()) as T;
  const problem = (await response.json().catch(() => ({}))) as Problem;
  if (response.status === 401) for (const told of refusals) told();
  throw new Failed(problem.detail || problem.title || text().problem.refused(response.status), response.status, problem.field ?? null, (problem.type ?? '').replace(/^about:/, ''));
}

/** A GET, or a POST if there is a body. */
export function request<T>(path: string, body?: unknown, signal?: AbortSignal): Promise<T> {
  return send<T>(body === undefined ? 'GET' : 'POST', path, body, { signal });
}

/** Also where the page was not opened over https, and `crypto.randomUUID` is missing. */
export function newKey(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
