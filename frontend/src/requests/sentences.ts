/** Ready sentences for the operations log: how a request or an inquiry stands, what it brings, and why. */
import type { Words } from '../text/de';
import { linesOf } from './rules';
import type { InquiryBody, RequestBody } from './types';

type Said = Words['requests'];

/** The reason of the last step, if it gave one. */
function why(history: { text?: string; state: string }[] | undefined, words: Said): string {
  const last = history?.at(-1)?.text?.trim().replace(/\.$/, '');
  return last ? ` ${words.sentence.why(last)}` : '';
}

export function requestSentence(body: RequestBody, needed: string, words: Said): string {
  return words.sentence.request(body.number, body.title, needed, words.states[body.state] ?? body.state) + why(body.history, words);
}

export function inquirySentence(body: InquiryBody, needed: string, words: Said): string {
  const given = linesOf(body).filter(({ state }) => !['NOT_TAKEN', 'DECLINED', 'LAPSED'].includes(state));
  const said = words.sentence.inquiry(body.number, body.need.title, needed, body.requester.name, body.addressee.name, words.states[body.state] ?? body.state);
  return said + (given.length ? ` ${words.sentence.gives(given.map(({ label, quantity, unit, stock }) => (stock ? `${quantity} ${unit} ${label}` : label)).join(', '))}` : '') + why(body.history, words);
}
