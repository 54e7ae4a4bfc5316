// What a message between two staffs looks like follows from its receipt and, without one, from its age.
import { describe, expect, it, test } from 'vitest';
import { byTime, inState, outState } from '../../src/exchange/rules';
import { logSentence, stateSaid } from '../../src/exchange/sentences';
import type { Message, ReceiptBody } from '../../src/exchange/types';
import { de } from '../../src/text/de';

const AT = '2026-11-22T18:40:00Z';
const NOW = Date.parse(AT);
const after = (minutes: number, seconds = 0) => NOW + minutes * 60_000 + seconds * 1000;
const there: ReceiptBody = { message: 'altdorf/partner_message/1', number: 1, delivered_at: AT };
const read = { ...there, read_at: '2026-11-22T18:47:00Z', read_by: 'S2' };
const answered = { ...read, answered_at: '2026-11-22T18:50:00Z', answer: 'bergheim/partner_message/9' };

describe('a message of ours', () => {
  it.each([
    [undefined, after(15), 'way'], [undefined, after(15, 1), 'late'], ['ROUTINE', after(15, 1), 'late'],
    ['IMMEDIATE', after(5), 'way'], ['IMMEDIATE', after(5, 1), 'late'], ['FLASH', after(1), 'way'], ['FLASH', after(1, 1), 'late'],
  ] as const)('%s without a receipt', (priority, now, wanted) => expect(outState({ at: AT, priority }, undefined, now)).toBe(wanted));

  it('is never late once it is there, however old', () => {
    expect(outState({ at: AT, priority: 'FLASH' }, there, after(6000))).toBe('there');
    expect(outState({ at: AT }, read, after(6000))).toBe('read');
    expect(outState({ at: AT }, answered, after(6000))).toBe('answered');
  });
});

test('a message of theirs is new until somebody has opened it; that it came here says nothing', () => {
  expect([undefined, there, read, answered].map(inState)).toEqual(['new', 'new', 'read', 'answered']);
});

test('newest first, and of the same moment always in the same order', () => {
  const one = (ref: string, at: string) => ({ ref, body: { at } });
  const all = [one('b', AT), one('c', '2026-11-22T18:41:00Z'), one('a', AT)];
  expect(all.sort(byTime).map(({ ref }) => ref)).toEqual(['c', 'a', 'b']);
});

const telling = { words: de, now: after(6), span: (ms: number) => `${ms / 60_000} min`, clock: (at: number) => new Date(at).toISOString().slice(11, 16) };
const message = (origin: string | undefined, more: object = {}) => ({ origin, body: { number: 4, sender: 'Altdorf', to: 'bergheim', text: 'Deich hält.\nNoch.', at: AT, mode: 'ACTUAL', ...more } }) as unknown as Message;

test('states in words', () => {
  const said = (receipt?: ReceiptBody, origin?: string, priority = 'IMMEDIATE') => stateSaid(message(origin, { priority }), receipt, telling);
  expect([said(undefined, undefined, 'ROUTINE'), said(), said(there), said(read), said(answered)]).toEqual([
    'unterwegs', 'seit 6 min nicht zugestellt', 'da, nicht gelesen', `gelesen von ${de.functions.S2 ?? 'S2'} 18:47`, `beantwortet von ${de.functions.S2 ?? 'S2'} 18:50`,
  ]);
  expect(said(undefined, 'bergheim')).toBe('neu');
  expect(said(read, 'bergheim')).toContain('hier gelesen von');
});

test('the sentence for the log is one line that says who, what and how it stands', () => {
  expect(logSentence(message(undefined, { priority: 'FLASH' }), 'Bergheim', 'unterwegs', de)).toBe('Nachricht 4 (Blitz) an Bergheim: „Deich hält. Noch.“ (unterwegs).');
  expect(logSentence(message('bergheim'), 'Bergheim', 'neu', de)).toBe('Nachricht 4 von Bergheim: „Deich hält. Noch.“.');
});
