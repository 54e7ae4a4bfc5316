/** Importing a table into a fleet: looked at first, written when confirmed. */
import { Failed, newKey } from '../api/request';
import { text } from '../text/index.svelte';

export const OUTCOMES = ['new', 'changed', 'unchanged', 'bad'] as const;

export interface Preview {
  columns: { heading: string; field: string | null }[];
  rows: Record<(typeof OUTCOMES)[number], number>;
  errors: { row: number; column?: string; field?: string; value?: unknown; reason: string }[];
  sample: Record<string, unknown>[];
}

const TYPES: Record<string, string> = { csv: 'text/csv', xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet' };

/** csv or xlsx by the file's name; null for anything else. */
export function formatOf(name: string): 'csv' | 'xlsx' | null {
  const ending = name.split('.').pop()?.toLowerCase() ?? '';
  return ending === 'csv' || ending === 'xlsx' ? ending : null;
}

/** Sends the file as it is. `progress` hears the percentage that was sent. Raises Failed. */
export function upload<T>(path: string, file: File, progress: (percent: number) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    const asked = new XMLHttpRequest();
    asked.open('POST', path);
    asked.setRequestHeader('Content-Type', TYPES[formatOf(file.name) ?? 'csv']!);
    asked.setRequestHeader('Idempotency-Key', newKey());
    asked.upload.onprogress = ({ lengthComputable, loaded, total }) => lengthComputable && progress(Math.round((loaded / total) * 100));
    asked.onerror = () => reject(new Failed(text().problem.network));
    asked.onload = () => {
      let answer: Record<string, unknown> = {};
      try {
        answer = JSON.parse(asked.responseText) as Record<string, unknown>;
      } catch {
        // Said below by its status.
      }
      if (asked.status >= 200 && asked.status < 300) return resolve(answer as T);
      reject(new Failed(String(answer.detail ?? answer.title ?? text().problem.refused(asked.status)), asked.status, (answer.field as string | undefined) ?? null));
    };
    asked.send(file);
  });
}
