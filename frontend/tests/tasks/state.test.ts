import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Duty } from '../../src/api/types';
import { byUrgency, concerns, movesFor, overdue, TASK_STATES, type TaskBody, type TaskState } from '../../src/tasks/state';

const contract = JSON.parse(readFileSync('../tests/contracts/overdue.json', 'utf8')) as { now: string; cases: { state: TaskState; due_at?: string; overdue: boolean }[] };
const NOW = Date.parse(contract.now);

function task(fields: Partial<TaskBody> = {}): TaskBody {
  return { incident: 'i', staff: 'el', number: 1, title: 't', state: 'ISSUED', issuer: { function: 'S3', person: 'anna' }, receiver: { staff: 'ks', function: 'BUMA' }, ...fields };
}
function duty(staff: string, what: string): Duty {
  return { staff, incident: 'i', model: '', function: what, room: '', deputy: false };
}
const somebody = (person: string, ...duties: Duty[]) => ({ person, duties });

test.each(contract.cases)('overdue by the rule that the server has too: $state $due_at', ({ overdue: expected, ...given }) => {
  expect(overdue(given, NOW)).toBe(expected);
});

test('the receiver and its head answer, the issuing staff takes back and controls, others do nothing', () => {
  const press = somebody('bert', duty('ks', 'BUMA'));
  const head = somebody('cora', duty('ks', 'LEITUNG'));
  const office = somebody('dora', duty('ks', 'KGS'));
  const issuing = somebody('emil', duty('el', 'S2'));
  const answers = ['ACKNOWLEDGED', 'IN_PROGRESS', 'REPORTED_DONE', 'REFUSED'];
  expect(movesFor(task(), press)).toEqual(answers);
  expect(movesFor(task(), head)).toEqual(answers);
  expect(movesFor(task(), office)).toEqual([]);
  expect(movesFor(task(), issuing)).toEqual(['CANCELLED']);
  expect(movesFor(task({ state: 'REPORTED_DONE' }), press)).toEqual([]);
  expect(movesFor(task({ state: 'REPORTED_DONE' }), issuing)).toEqual(['CONTROLLED', 'IN_PROGRESS']);
  for (const state of ['CONTROLLED', 'CANCELLED'] as const) expect([...movesFor(task({ state }), press), ...movesFor(task({ state }), issuing)]).toEqual([]);
  expect(movesFor(task({ receiver: { staff: 'ks', person: 'dora' } }), office)).toEqual(answers);
  expect(movesFor(task({ receiver: { staff: 'ks' } }), somebody('otto', duty('ks', 'OBSERVER')))).toEqual([]);
});

test('who issued it, who heads that staff and who should do it hear that it is overdue', () => {
  expect(concerns(task(), somebody('anna', duty('el', 'S3')))).toBe(true);
  expect(concerns(task(), somebody('lena', duty('el', 'LDS')))).toBe(true);
  expect(concerns(task(), somebody('bert', duty('ks', 'BUMA')))).toBe(true);
  expect(concerns(task(), somebody('emil', duty('el', 'S2')))).toBe(false);
});

test('overdue ones come first, then what is due soonest, then by number', () => {
  const all = [task({ number: 4 }), task({ number: 3 }), task({ number: 2, due_at: '2026-11-22T05:00:00Z' }), task({ number: 5, due_at: '2026-11-22T01:00:00Z' }), task({ number: 6, state: 'CONTROLLED', due_at: '2026-11-22T00:00:00Z' })];
  expect(all.sort(byUrgency(NOW)).map(({ number }) => number)).toEqual([5, 6, 2, 3, 4]);
});

test('every state has its place in the list', () => {
  expect(new Set(contract.cases.map(({ state }) => state))).toEqual(new Set(TASK_STATES));
});
