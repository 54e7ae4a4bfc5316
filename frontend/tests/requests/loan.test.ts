import { expect, test } from 'vitest';
import { loanMark as marked, type Marked } from '../../src/requests/loan';
import { de } from '../../src/text/de';

const parties = { addressee: { name: 'Brühl' }, requester: { name: 'Erftstadt' } };
const loanMark = (body: Marked, mine: string[], now: number) => marked(body, mine, now, de.requests.mark, () => parties);

const NOW = Date.parse('2026-11-22T15:00:00Z');
const later = '2026-11-22T17:30:00Z';
const loan = { inquiry: 'q', organisation: 'erftstadt', since: '2026-11-22T14:00:00Z' };

test('what is ours and away is lent, what is theirs and with us is borrowed', () => {
  expect(loanMark({ organisation: 'bruehl', loan }, ['bruehl'], NOW)?.kind).toBe('LENT');
  expect(loanMark({ organisation: 'bruehl', loan }, ['erftstadt'], NOW)).toMatchObject({ kind: 'BORROWED', text: 'geliehen von Brühl' });
  expect(marked({ organisation: 'bruehl', loan }, ['bruehl'], NOW, de.requests.mark, () => undefined)?.text).toBe('verliehen an andere Organisation');
  expect(loanMark({ organisation: 'bruehl', loan: { ...loan, until: later } }, ['bruehl'], NOW)?.text).toBe('verliehen an Erftstadt bis 22.11. 18:30');
});

test('a hold counts until it has run out', () => {
  const hold = { inquiry: 'q', organisation: 'erftstadt', until: later };
  expect(loanMark({ organisation: 'bruehl', hold }, [], NOW)?.kind).toBe('HELD');
  expect(loanMark({ organisation: 'bruehl', hold }, [], Date.parse(later))).toBeNull();
  expect(loanMark({ organisation: 'bruehl' }, [], NOW)).toBeNull();
});
