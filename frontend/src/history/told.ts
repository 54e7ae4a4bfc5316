/** What became of a thing between two moments, as the list says it. */
import type { Body, WarningText } from '../live/types';

export interface Between {
  ref: string;
  what: 'new' | 'changed' | 'same' | 'gone' | 'passing';
  fields: string[];
  at: string;
  actor: string;
  room: string;
  lines: number;
  seq: number;
  before: Body | null;
  after: Body | null;
}

/** What the thing is called, with its number; a seat by its function, a warning by its headline. */
export function titleOf({ before, after, ref }: Pick<Between, 'before' | 'after' | 'ref'>): string {
  const body = after ?? before ?? {};
  const headline = (body.texts as WarningText[] | undefined)?.[0]?.headline;
  const called = [body.title, body.name, headline, body.text, body.function].find((each) => typeof each === 'string' && each.trim());
  const short = String(called ?? ref.split('/')[2]).slice(0, 140);
  return body.number === undefined ? short : `${String(body.number)} ${short}`;
}

/** Fields that say something to people. */
export function fieldsOf({ fields }: Pick<Between, 'fields'>): string[] {
  const silent = ['hash', 'history', 'state_before', 'key', 'sent'];
  const telling = fields.filter((field) => !silent.includes(field));
  return telling.length ? telling : fields;
}
