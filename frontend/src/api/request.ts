/** One request to the server; what goes wrong comes back in words for people. */
import { text } from '../text/index.svelte';

export class Failed extends Error {}

interface Problem {
  title?: string;
  detail?: string;
}

/** Raises Failed with the server's own explanation, or that it cannot be reached. */
export async function request<T>(path: string, body?: unknown, signal?: AbortSignal): Promise<T> {
  let response: Response;
  try {
    response = await fetch(path, {
      method: body === undefined ? 'GET' : 'POST',
      headers: body === undefined ? {} : { 'Content-Type': 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(body),
      signal,
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Failed(text().problem.network);
  }
  if (response.ok) return (await response.json()) as T;
  const problem = (await response.json().catch(() => ({}))) as Problem;
  throw new Failed(problem.detail || problem.title || text().problem.refused(response.status));
}
