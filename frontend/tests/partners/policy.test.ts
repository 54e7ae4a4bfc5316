import { describe, expect, it } from 'vitest';
import { policySaid, sentOf, termsOf, type Terms } from '../../src/partners/policy';
import { de } from '../../src/text/de';

const OFF: Terms = { on: false, plan: '', most: null, skills: [], begins: '', ends: '' };
const ON: Terms = { on: true, plan: 'p', most: 10, skills: ['AGT'], begins: '18:00', ends: '06:00' };
const tell = (terms: Terms) => policySaid({ name: 'Altdorf', mode: 'ACTUAL', terms, plan: 'Vollalarm', skill: (code) => code, words: de.partners.policy, modes: de.modes });

describe('a written policy', () => {
  it('is said with all of its limits', () => {
    expect(tell(ON)).toBe('ECHT: Bittet Altdorf um Leute, beginnt sofort und ohne Rückfrage unser Alarmplan „Vollalarm“. Gilt für höchstens 10 Personen, nur für AGT, nur von 18:00 bis 06:00 Uhr; alles andere wartet auf einen Menschen.');
    expect(tell({ ...ON, most: null, skills: [], begins: '' })).toContain('Gilt für jede Anzahl, rund um die Uhr;');
    expect(tell(OFF)).toBe('ECHT: Jede Bitte von Altdorf wartet auf einen Menschen.');
  });
  it('comes back from the server as it was sent, and what is off leaves nothing behind', () => {
    const sent = sentOf({ ACTUAL: ON, EXERCISE: { ...ON, on: false }, TEST: { ...OFF, on: true, plan: 'q' } });
    expect(sent).toEqual({ plans: { ACTUAL: 'p', TEST: 'q' }, limits: { ACTUAL: { most: 10, skills: ['AGT'], begins: '18:00', ends: '06:00' }, TEST: {} } });
    expect(termsOf(sent, 'ACTUAL')).toEqual(ON);
    expect(termsOf(sent, 'EXERCISE')).toEqual(OFF);
  });
});
