import { expect, test } from 'vitest';
import { bar, byNeed, byWaiting, fitting, isLent, mayDecline, mayOffer, mayRecall, mayWithdraw, missing, movesOf, overdue, rings, sentFor, timeline, whatOf } from '../../src/requests/rules';
import { inquirySentence, requestSentence } from '../../src/requests/sentences';
import type { InquiryBody, InquiryState, LineState, RequestBody } from '../../src/requests/types';
import { de } from '../../src/text/de';

const NOW = Date.parse('2026-11-22T15:00:00Z');
const minutes = (n: number) => new Date(NOW + n * 60_000).toISOString();

function inquiry(state: InquiryState, more: Partial<InquiryBody> = {}, ...lines: LineState[]): InquiryBody {
  const offered = lines.map((each, at) => ({ resource: `r${at}`, callsign: `Florian ${at}`, type: 'HLF20', quantity: 1, state: each }));
  return { request: 'q', incident: 'i', number: 4, requester: { organisation: 'a', name: 'Erftstadt' }, addressee: { organisation: 'b', name: 'Brühl' }, need: { title: 'Pumpen', capability: 'PUMPEN', quantity: 3, priority: 'URGENT' }, state, offered, ...more };
}
function request(more: Partial<RequestBody>): RequestBody {
  return { incident: 'i', staff: 's', organisation: 'a', number: 1, title: 'Pumpen', capability: 'PUMPEN', quantity: 3, priority: 'URGENT', state: 'ROUTED', ...more };
}

test('each side gets the steps that its lines allow, and nothing else', () => {
  expect(movesOf(inquiry('OFFERED', {}, 'OFFERED', 'OFFERED'), 'requester')).toEqual(['requisition']);
  expect(movesOf(inquiry('OFFERED', {}, 'OFFERED'), 'lender')).toEqual([]);
  expect(movesOf(inquiry('REQUISITIONED', {}, 'REQUISITIONED', 'NOT_TAKEN'), 'lender')).toEqual(['commit']);
  expect(movesOf(inquiry('REQUISITIONED', {}, 'REQUISITIONED', 'LAPSED'), 'requester')).toEqual([]);
  expect(movesOf(inquiry('COMMITTED', {}, 'COMMITTED'), 'requester')).toEqual(['en-route', 'arrive', 'release']);
  expect(movesOf(inquiry('ARRIVED', {}, 'ARRIVED'), 'requester')).toEqual(['in-use', 'release']);
  expect(movesOf(inquiry('IN_USE', {}, 'ARRIVED'), 'requester')).toEqual(['release']);
  expect(movesOf(inquiry('RELEASED', {}, 'RELEASED'), 'lender')).toEqual(['return']);
  expect(movesOf(inquiry('RETURNED', {}, 'RETURNED'), 'lender')).toEqual([]);
});

test('lapsed lines can be taken while the inquiry lives, and never after it was declined or withdrawn', () => {
  expect(fitting('requisition', inquiry('EXPIRED', {}, 'LAPSED'))).toHaveLength(1);
  for (const state of ['DECLINED', 'WITHDRAWN', 'DUPLICATE', 'RETURNED'] as const) expect(fitting('requisition', inquiry(state, {}, 'LAPSED'))).toHaveLength(0);
});

test('what was recalled comes back from wherever it is', () => {
  const recalled = { at: minutes(-5), by: 'person:x', reason: 'selbst gebraucht' };
  expect(movesOf(inquiry('ARRIVED', {}, 'ARRIVED'), 'lender')).toEqual([]);
  expect(movesOf(inquiry('ARRIVED', { recalled }, 'ARRIVED'), 'lender')).toEqual(['return']);
  expect(mayRecall(inquiry('ARRIVED', {}, 'ARRIVED'))).toBe(true);
  expect(mayRecall(inquiry('ARRIVED', { recalled }, 'ARRIVED'))).toBe(false);
  expect(mayRecall(inquiry('OFFERED', {}, 'OFFERED'))).toBe(false);
});

test('until something was promised it can be offered, declined and withdrawn', () => {
  expect(mayOffer({ state: 'REQUISITIONED' })).toBe(false);
  for (const state of ['ROUTED', 'OFFERED', 'EXPIRED'] as const) for (const may of [mayOffer, mayDecline, mayWithdraw]) expect(may({ state })).toBe(true);
  for (const state of ['COMMITTED', 'ARRIVED', 'RETURNED', 'DECLINED'] as const) for (const may of [mayOffer, mayDecline, mayWithdraw]) expect(may({ state })).toBe(false);
  expect(isLent(inquiry('COMMITTED', {}, 'COMMITTED', 'DECLINED'))).toBe(true);
  expect(isLent(inquiry('RETURNED', {}, 'RETURNED', 'NOT_TAKEN'))).toBe(false);
});

test('nothing named means all; a part is named, with what was ticked', () => {
  const body = inquiry('OFFERED', { stock: [{ stock: 's0', article: 'Sandsäcke', unit: 'Stück', quantity: 500, state: 'OFFERED' }] }, 'OFFERED', 'OFFERED', 'NOT_TAKEN');
  expect(sentFor('requisition', body, new Set(), {})).toEqual({});
  expect(sentFor('requisition', body, new Set(['r0', 'r1', 's0']), {})).toEqual({});
  expect(sentFor('requisition', body, new Set(['r1']), {})).toEqual({ resources: ['r1'] });
  expect(sentFor('requisition', body, new Set(['s0']), { s0: 200 })).toEqual({ resources: [], stock: [{ stock: 's0', quantity: 200 }] });
  expect(sentFor('requisition', body, new Set(['r0', 'r1', 's0']), { s0: 200 })).toEqual({ resources: ['r0', 'r1'], stock: [{ stock: 's0', quantity: 200 }] });
  // In use and back are said of what is named only: unnamed, the server takes what is still on its way as well.
  expect(sentFor('in-use', inquiry('ARRIVED', {}, 'ARRIVED', 'EN_ROUTE'), new Set(), {})).toEqual({ resources: ['r0'] });
  expect(sentFor('return', inquiry('ARRIVED', {}, 'RELEASED', 'ARRIVED'), new Set(), {})).toEqual({ resources: ['r0'] });
  expect(sentFor('return', inquiry('RELEASED', {}, 'RELEASED', 'RETURNED'), new Set(), {})).toEqual({});
  expect(sentFor('return', inquiry('RELEASED', { stock: [{ stock: 's0', article: 'Sandsäcke', unit: 'Stück', quantity: 500, state: 'RELEASED' }] }), new Set(), { s0: 0 })).toEqual({ resources: [], stock: [{ stock: 's0', quantity: 0 }] });
  expect(sentFor('arrive', inquiry('COMMITTED', {}, 'COMMITTED', 'EN_ROUTE'), new Set(['r1']), {})).toEqual({ resources: ['r1'] });
});

test('the bar counts each one once and never runs over', () => {
  const shares = (counts: RequestBody['counts'], quantity: number) => Object.fromEntries(bar(counts, quantity).map(({ name, value }) => [name, value]));
  expect(shares({ requested: 4, offered: 1, requisitioned: 0, committed: 2, arrived: 1, returned: 0, recalled: 0 }, 4)).toEqual({ arrived: 1, committed: 1, requisitioned: 0, offered: 1 });
  expect(shares(undefined, 4)).toEqual({ arrived: 0, committed: 0, requisitioned: 0, offered: 0 });
  for (const counts of [{ committed: 9, arrived: 9 }, { committed: 2, arrived: 2, recalled: 1 }, { offered: 7, committed: 1 }]) expect(bar(counts, 4).reduce((sum, { share }) => sum + share, 0)).toBeLessThanOrEqual(1);
  expect(missing({ committed: 3, recalled: 1 }, 4)).toBe(2);
  expect(missing({ committed: 6 }, 4)).toBe(0);
});

test('life rings at once, the rest when its time has passed, and only while we owe an answer', () => {
  const grave = { title: 'Boot', capability: 'BOOT', quantity: 1, priority: 'LIFE_SAVING' as const };
  expect(rings(inquiry('ROUTED', { need: grave, answer_due: minutes(9) }), NOW)).toBe(true);
  expect(rings(inquiry('ROUTED', { answer_due: minutes(9) }), NOW)).toBe(false);
  expect(rings(inquiry('ROUTED', { answer_due: minutes(-1) }), NOW)).toBe(true);
  expect(rings(inquiry('ROUTED', { overdue: true, answer_due: minutes(30) }), NOW)).toBe(true);
  expect(rings(inquiry('OFFERED', { need: grave, answer_due: minutes(-1) }, 'OFFERED'), NOW)).toBe(false);
  // Its time has passed and it still waits; a hold that lapsed is no missing answer.
  expect(rings(inquiry('EXPIRED', { answer_due: minutes(-1) }), NOW)).toBe(true);
  expect(rings(inquiry('EXPIRED', { answer_due: minutes(-1) }, 'LAPSED'), NOW)).toBe(false);
  expect(overdue(inquiry('OFFERED', { answer_due: minutes(-1) }), NOW)).toBe(false);
});

test('what waits stands first: overdue, then life, then what is due soonest', () => {
  const grave = { title: 'Boot', capability: 'BOOT', quantity: 1, priority: 'LIFE_SAVING' as const };
  const all = { done: inquiry('RETURNED'), offered: inquiry('OFFERED'), late: inquiry('ROUTED', { answer_due: minutes(-1) }), life: inquiry('ROUTED', { need: grave, answer_due: minutes(8) }), soon: inquiry('ROUTED', { answer_due: minutes(5) }), later: inquiry('ROUTED', { answer_due: minutes(20) }) };
  const order = byWaiting(NOW);
  const sorted = Object.entries(all).sort(([, a], [, b]) => order(a, b)).map(([name]) => name);
  expect(sorted).toEqual(['late', 'life', 'soon', 'later', 'offered', 'done']);
  expect([request({ number: 1, state: 'CLOSED', priority: 'LIFE_SAVING' }), request({ number: 2, priority: 'ROUTINE' }), request({ number: 3 })].sort(byNeed).map(({ number }) => number)).toEqual([3, 2, 1]);
});

test('every step stands once in the course, though both sides tell it', () => {
  const step = (state: string, at: number, addressee?: string) => ({ state, at: minutes(at), by: 'person:x', ...(addressee && { addressee }) });
  const course = timeline([step('SUBMITTED', 0), step('ROUTED', 1, 'Brühl'), step('OFFERED', 2, 'Brühl')], [{ name: 'Brühl', history: [step('ROUTED', 1), step('OFFERED', 2), step('COMMITTED', 4)] }, { name: 'Hürth', history: [step('ROUTED', 1), step('DECLINED', 3)] }]);
  expect(course.map(({ state, whom }) => `${state} ${whom}`.trim())).toEqual(['SUBMITTED', 'ROUTED Brühl', 'ROUTED Hürth', 'OFFERED Brühl', 'DECLINED Hürth', 'COMMITTED Brühl']);
});

test('what is asked for is the one that is named', () => {
  expect(whatOf({ article: 'Sandsäcke' })).toEqual(['article', 'Sandsäcke']);
  expect(whatOf({})).toBeNull();
});

test('the sentence for the log names what goes and why, not what was left', () => {
  const said = inquirySentence(inquiry('DECLINED', { history: [{ state: 'DECLINED', at: minutes(0), by: 'x', text: 'Selbst im Einsatz.' }] }, 'DECLINED', 'OFFERED'), '3 × Pumpen', de.requests);
  expect(said).toBe('Anforderung 4 „Pumpen“ (3 × Pumpen) von Erftstadt an Brühl: abgelehnt. Angebot: Florian 1. Grund: Selbst im Einsatz.');
  expect(requestSentence(request({ state: 'FULFILLED' }), '3 × Pumpen', de.requests)).toBe('Anforderung 1 „Pumpen“ (3 × Pumpen): ganz zugesagt.');
});
