/** What the server tells of a source to those who steer it. */
import { Failed, objections, request } from '../api/request';
import { text } from '../text/index.svelte';

export interface Aside {
  item: string;
  reason: string;
  raw: string;
  last_seen: string;
  times: number;
}

export interface Raw {
  id: number;
  url: string;
  at: string;
  until: string;
  times: number;
  content_type: string;
  size: number;
}

export interface Preview {
  token: string;
  recognised: boolean;
  items: number;
  outside: number;
  newest: string | null;
  titles: string[];
  dropped: { item: string; reason: string }[];
  dropped_count: number;
  unknown: Record<string, number>;
  [kind: string]: unknown;
}

const at = (feed: string, path: string) => `/api/feeds/${encodeURIComponent(feed)}/${path}`;

export const aside = (feed: string) => request<{ items: Aside[] }>(at(feed, 'aside'));
export const raw = (feed: string, before?: number) => request<{ days: number; payloads: Raw[] }>(at(feed, `raw?limit=20${before ? `&before=${before}` : ''}`));
export const rawAddress = (feed: string, id: number) => at(feed, `raw/${id}`);
export const lookAgain = (feed: string, id: number) => request<Preview>(at(feed, `raw/${id}/replay`), {});
export const take = (feed: string, token: string) => request<{ done: boolean }>(at(feed, `replay/${token}`), {});
export const act = (feed: string, what: 'poll' | 'pause' | 'resume') => request<{ done: boolean }>(at(feed, what), {});

/** A file goes as it is. Raises Failed with the server's own explanation. */
export async function look(feed: string, file: File): Promise<Preview> {
  const path = at(feed, `replay?file=${encodeURIComponent(file.name.slice(0, 200))}`);
  for (const object of objections) object(path);
  let response: Response;
  try {
    response = await fetch(path, { method: 'POST', headers: { 'Content-Type': 'application/octet-stream' }, body: file });
  } catch {
    throw new Failed(text().problem.network);
  }
  if (response.ok) return (await response.json()) as Preview;
  const problem = (await response.json().catch(() => ({}))) as { detail?: string; title?: string };
  throw new Failed(problem.detail || problem.title || text().problem.refused(response.status), response.status);
}
