/** Everything between us and one partner, gathered from the live picture. */
import { clockTime, span } from '../format';
import { asks, messages, otherOf, reached, receiptOf } from '../exchange/here.svelte';
import { above, askedOf, asksUs, lines, reports } from '../exchange/reports.svelte';
import { due } from '../exchange/figures';
import { inState, LATE, outState } from '../exchange/rules';
import { stateSaid } from '../exchange/sentences';
import type { Ask, CountBody } from '../exchange/types';
import { foreign, things } from '../live/things.svelte';
import { needed } from '../requests/here.svelte';
import { inquiryOver, linesOf, overdue, underWaySince, waitsForLender } from '../requests/rules';
import type { Inquiry } from '../requests/types';
import { page, select, store, view } from '../state.svelte';
import { text } from '../text/index.svelte';
import { byUrgency, lastDay, type Exchanged, type Item, type Urgency } from './relation';

const AWAY = ['COMMITTED', 'EN_ROUTE', 'ARRIVED', 'RELEASED'];
/** An order to alarm that nobody has confirmed for so long looks undelivered, in ms. */
const ASK_LATE = 60_000;
let last = $state('');

export function lookAt(origin: string): void {
  last = origin;
  view.page = 'liaison';
  select({ kind: 'partner', key: origin });
}

/** Whoever is here for one partner only: his seats are liaison alone, and only one exchange room is open to him. */
export function guestOf(): string | null {
  const { duties, rooms, admin } = page.session;
  if (admin || !duties.length || duties.some((duty) => duty.function !== 'VERBINDUNGSPERSON')) return null;
  const known = new Set(rooms.map(({ id }) => id));
  const mine = reached().filter(({ room }) => room && known.has(room));
  return mine.length === 1 ? mine[0]!.origin : null;
}

/** Whose relation is shown: the address says it; else whom we looked at last; else the first. */
export function chosen(): string {
  const guest = guestOf();
  if (guest) return guest;
  const named = view.selection?.kind === 'partner' ? view.selection.key : last;
  return reached().some(({ origin }) => origin === named) ? named : (reached()[0]?.origin ?? '');
}

const at = (value: string | undefined | null) => (value ? Date.parse(value) : null);

function ofMessages(origin: string, now: number): Item[] {
  return messages().filter((one) => otherOf(one) === origin).map((one): Item => {
    const receipt = receiptOf(one);
    const sent = Date.parse(one.body.at);
    const open = one.origin ? inState(receipt) : outState(one.body, receipt, now);
    const urgency: Urgency = { new: 'answer', late: 'late', way: 'waits', there: 'waits' }[open as string] as Urgency ?? 'calm';
    const late = open === 'way' ? sent + LATE[one.body.priority ?? 'ROUTINE'] : null;
    return { key: one.ref, part: 'messages', urgency, way: one.origin ? 'in' : 'out', title: one.body.text, state: stateSaid(one, receipt, { words: text(), now, span, clock: clockTime }), at: sent, due: late, kind: 'partner_message', id: one.id };
  });
}

const inquiries = (origin: string) => (things('inquiry') as Inquiry[]).filter((one) => !one.origin && one.body.across?.other === origin);

function ofRequests(origin: string, now: number): Item[] {
  const words = text().requests;
  return inquiries(origin).map((one): Item => {
    const { body } = one;
    const lends = body.across!.side === 'LENDER';
    const ours = lends ? waitsForLender(body) : body.state === 'OFFERED';
    const urgency: Urgency = inquiryOver(body) ? 'calm' : ours ? 'answer' : overdue(body, now) ? 'late' : ['ROUTED', 'OFFERED', 'REQUISITIONED', 'EXPIRED'].includes(body.state) ? 'waits' : 'calm';
    const way = underWaySince([body]);
    const waits = Number.isFinite(way) && now - way > 3_000 ? ` (${words.underWay(span(now - way))})` : '';
    return {
      key: one.ref, part: 'requests', urgency, way: lends ? 'in' : 'out', title: `${body.number} ${body.need.title}: ${needed(body.need)}`, state: `${words.states[body.state] ?? body.state}${waits}`,
      at: at(body.history?.[0]?.at), due: at(body.state === 'OFFERED' ? body.hold_until : ours || body.state === 'ROUTED' ? body.answer_due : null), kind: 'inquiry', id: one.id,
    };
  });
}

function ofLoans(origin: string, now: number): Item[] {
  const all = text();
  return inquiries(origin).flatMap((one) => {
    const { body } = one;
    const back = at(body.recalled?.back_by ?? body.terms?.until);
    const lends = body.across!.side === 'LENDER';
    return linesOf(body).filter(({ state, leader }) => AWAY.includes(state) && !leader).map((line): Item => ({
      key: `${one.ref} ${line.id}`, part: 'loans', urgency: back !== null && back < now ? (lends ? 'late' : 'answer') : 'calm', way: lends ? 'out' : 'in',
      title: `${line.stock ? `${line.quantity} ${line.unit} ` : ''}${line.label}${body.need.place_name ? `, ${body.need.place_name}` : ''}`,
      state: `${lends ? all.liaison.lent : all.liaison.borrowed}, ${all.requests.lineStates[line.state] ?? line.state}${body.recalled ? `, ${all.liaison.recalled}` : ''}`,
      at: at(body.history?.at(-1)?.at), due: back, kind: 'inquiry', id: one.id,
    }));
  });
}

function countsSaid(count: CountBody | undefined): string {
  const words = text().exchange;
  return count?.alarm ? (['coming', 'later', 'not_coming', 'silent', 'arrived'] as const).map((each) => `${count[each] ?? 0} ${words.counts[each]}`).join(', ') : '';
}

function ofPeople(origin: string, now: number): Item[] {
  const words = text().exchange;
  const theirs = asks().filter(({ ask }) => ask.origin === origin).map(({ ask, count, state }): Item => ({
    key: ask.ref, part: 'people', urgency: state === 'PROPOSED' ? 'answer' : 'calm', way: 'in', title: `${ask.body.title}${ask.body.total ? ` (${ask.body.total})` : ''}`,
    state: [words.states[state], countsSaid(count)].filter(Boolean).join(': '), at: Date.parse(ask.body.at), due: state === 'PROPOSED' ? at(ask.body.until) : null, kind: 'alarm_request', id: ask.id,
  }));
  const counts = new Map(things('alarm_count').filter((one) => one.origin === origin).map(({ body }) => [String(body.request), body as unknown as CountBody]));
  const ours = (things('alarm_request') as Ask[]).filter((one) => !one.origin && one.body.to === origin).map((ask): Item => {
    const count = counts.get(ask.ref);
    const began = Date.parse(ask.body.at);
    const over = ask.body.wish === 'ENDED' || ask.body.wish === 'CANCELLED';
    const urgency: Urgency = over ? 'calm' : !count ? (now - began > ASK_LATE ? 'late' : 'waits') : count.state === 'PROPOSED' ? 'waits' : 'calm';
    return {
      key: ask.ref, part: 'people', urgency, way: 'out', title: `${ask.body.title}${ask.body.total ? ` (${ask.body.total})` : ''}`,
      state: count ? [words.states[count.state] ?? count.state, count.reason, countsSaid(count)].filter(Boolean).join(': ') : urgency === 'late' ? words.out.late(span(now - began)) : words.out.way,
      at: began, due: urgency === 'calm' ? null : at(ask.body.until), kind: 'alarm_request', id: ask.id,
    };
  });
  return [...theirs, ...ours];
}

function ofReports(origin: string, now: number): Item[] {
  const words = text().exchange.reports;
  const items: Item[] = [];
  const line = lines().find((one) => one.origin === origin);
  const partner = reached().find((one) => one.origin === origin);
  if (line && partner && (line.part || askedOf(partner))) {
    items.push({
      key: `below ${origin}`, part: 'reports', urgency: line.overdue ? 'late' : 'calm', way: 'in', title: line.part ? words.number(line.part.number) : words.none,
      state: line.overdue ? (line.look === 'silent' ? words.silent : words.overdue)(span(now - line.due!)) : text().exchange.map.looks[line.look]!, at: at(line.part?.at), due: line.due, kind: 'report_node', id: origin,
    });
  }
  const up = above().find((one) => one.origin === origin);
  if (up) {
    const sent = reports().find((one) => !one.origin && one.room === up.room);
    const next = due(asksUs(up), sent?.body.at);
    const overdue = next !== null && next <= now;
    items.push({
      key: `above ${origin}`, part: 'reports', urgency: overdue ? 'answer' : 'calm', way: 'out', title: sent ? words.number(sent.body.number) : words.neverSent,
      state: overdue ? words.overdue(span(now - next)) : next !== null ? words.dueAt(clockTime(next)) : words.own, at: at(sent?.body.at), due: next, kind: 'situation_report', id: sent?.id ?? '',
    });
  }
  return items;
}

/** All of it, what needs an answer first. */
export function items(origin: string): Item[] {
  const now = store.clock.now;
  return [...ofMessages(origin, now), ...ofRequests(origin, now), ...ofLoans(origin, now), ...ofPeople(origin, now), ...ofReports(origin, now)].sort(byUrgency);
}

/** Incidents of theirs that we see. */
export const shared = (origin: string) => foreign('incident').filter((one) => one.origin === origin);

/** What went to and fro in the last 24 hours. */
export function exchanged(origin: string): Exchanged[] {
  const all = text();
  const words = all.liaison.strip;
  const found: Exchanged[] = [];
  const put = (moment: string | undefined | null, one: Omit<Exchanged, 'at'>) => moment && found.push({ ...one, at: Date.parse(moment) });
  for (const one of messages().filter((each) => otherOf(each) === origin)) {
    const base = { kind: 'partner_message', id: one.id };
    const [way, back] = one.origin ? (['in', 'out'] as const) : (['out', 'in'] as const);
    const receipt = receiptOf(one);
    put(one.body.at, { ...base, key: one.ref, way, said: words.message(one.body.number, one.body.text.slice(0, 80)) });
    put(receipt?.read_at, { ...base, key: `${one.ref} read`, way: back, said: words.read(one.body.number) });
  }
  for (const one of inquiries(origin)) {
    const lender = one.body.across!.side === 'LENDER';
    for (const [index, step] of (one.body.history ?? []).entries()) {
      put(step.at, { key: `${one.ref} ${index}`, kind: 'inquiry', id: one.id, way: step.origin === origin || (index === 0 && lender) ? 'in' : 'out', said: words.request(one.body.number, all.requests.states[step.state] ?? step.state) });
    }
  }
  for (const one of things('alarm_request') as Ask[]) {
    if (one.origin !== origin && (one.origin || one.body.to !== origin)) continue;
    put(one.body.at, { key: one.ref, kind: 'alarm_request', id: one.id, way: one.origin ? 'in' : 'out', said: words.people(one.body.title) });
  }
  for (const { ref, origin: by, body } of things('alarm_count')) {
    const asked = (things('alarm_request') as Ask[]).find((each) => each.ref === body.request);
    if (!asked || (by ?? asked.origin) !== origin) continue;
    put(body.decided_at as string | undefined, { key: ref, kind: 'alarm_request', id: asked.id, way: by ? 'in' : 'out', said: words.decided(asked.body.title, all.exchange.states[String(body.state)] ?? String(body.state)) });
  }
  const room = reached().find((one) => one.origin === origin)?.room;
  for (const one of reports()) {
    if (one.origin ? one.origin !== origin : one.room !== room) continue;
    put(one.body.at, { key: one.ref, kind: 'situation_report', id: one.id, way: one.origin ? 'in' : 'out', said: words.report(one.body.number) });
  }
  return lastDay(found, store.clock.now);
}

/** Opens one of them where it is dealt with. */
export function open({ kind, id }: { kind: string; id: string }): void {
  view.page = 'list';
  if (id) select({ kind: kind as 'inquiry', key: id });
}
