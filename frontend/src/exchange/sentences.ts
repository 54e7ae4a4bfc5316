/** How a message stands, and the ready sentence for the operations log, in words. */
import type { Words } from '../text/de';
import { inState, outState } from './rules';
import type { Message, ReceiptBody } from './types';

interface Telling {
  words: Words;
  now: number;
  span: (milliseconds: number) => string;
  clock: (at: number) => string;
}

/** "gelesen von S2 19:47", "seit 6 min nicht zugestellt". */
export function stateSaid({ origin, body }: Pick<Message, 'origin' | 'body'>, receipt: ReceiptBody | undefined, { words, now, span, clock }: Telling): string {
  const said = words.exchange;
  const who = words.functions[receipt?.read_by ?? ''] ?? receipt?.read_by ?? '?';
  const at = (moment: string | undefined) => (moment ? clock(Date.parse(moment)) : '');
  if (origin) {
    const state = inState(receipt);
    return state === 'new' ? said.in.new : state === 'read' ? said.in.read(who, at(receipt?.read_at)) : said.in.answered(who, at(receipt?.answered_at));
  }
  const state = outState(body, receipt, now);
  if (state === 'late') return said.out.late(span(now - Date.parse(body.at)));
  return state === 'read' ? said.out.read(who, at(receipt?.read_at)) : state === 'answered' ? said.out.answered(who, at(receipt?.answered_at)) : said.out[state];
}

/** For the log: which message, with whom, what it says and how it stands. */
export function logSentence(message: Pick<Message, 'origin' | 'body'>, name: string, state: string, words: Words): string {
  const { body, origin } = message;
  const named = origin && body.function ? `${name} (${words.functions[body.function] ?? body.function})` : name;
  const number = body.priority && body.priority !== 'ROUTINE' ? `${body.number} (${words.exchange.precedence[body.priority]})` : String(body.number);
  const text = body.text.trim().replace(/\s+/g, ' ').slice(0, 2_000);
  return origin ? words.exchange.sentence.in(number, named, text) : words.exchange.sentence.out(number, named, text, state);
}
