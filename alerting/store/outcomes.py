"""What became of calls: written down in bundles, and whoever was not reached is pursued on his next channel."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import text

from alerting.channels.contract import Outcome
from alerting.model import pursuit
from alerting.model.plan import Plan, Purpose, Step
from alerting.model.pursuit import Pursued, pursue
from alerting.model.recipient import CallKind, CallState, RecipientState
from alerting.store import course, hushed, opening
from alerting.store.claiming import Made
from geodata.model.body import from_body
from geodata.store.database import Transaction

ASKING = (CallKind.ALARM, CallKind.INFO)
"""Calls that move a person's state; the others tell what is over or new."""
PAGE = 500

_GIVEN = "jsonb_to_recordset(cast(:given AS jsonb))"
_LOCK = text("""
    SELECT id, plan, mode, ended_at FROM alarm WHERE id = ANY(cast(:ids AS text[])) ORDER BY id FOR UPDATE
""")
_TOUCH = text("UPDATE alarm SET dirty_at = clock_timestamp() WHERE id = ANY(cast(:ids AS text[]))")
_PEOPLE = text(f"""
    SELECT r.alarm, r.helper, r.step, r.round, r.state, r.rank, r.due_at FROM alarm_recipient r
    JOIN {_GIVEN} AS g (alarm text, helper text) ON g.alarm = r.alarm AND g.helper = r.helper
    ORDER BY r.alarm, r.helper FOR UPDATE OF r
""")
_CALLS = text(f"""
    SELECT c.alarm, c.helper, c.id, c.state, c.tries, c.step, c.round FROM alarm_call c
    JOIN {_GIVEN} AS g (alarm text, helper text) ON g.alarm = c.alarm AND g.helper = c.helper
""")
# A receipt can be here before what the provider said at once, and it knows more.
_TAKEN = text(f"""
    UPDATE alarm_call c SET gateway = g.gateway, provider_id = g.provider_id, lease_until = NULL, error = NULL,
        sent_at = coalesce(c.sent_at, g.at), delivered_at = coalesce(c.delivered_at, g.delivered),
        state = CASE WHEN c.state IN ('DELIVERED', 'READ') THEN c.state ELSE g.state END
    FROM {_GIVEN} AS g (id text, gateway text, provider_id text, state text, at timestamptz, delivered timestamptz)
    WHERE c.id = g.id AND c.state <> 'FAILED'
""")
_REACHED = text(f"""
    UPDATE alarm_recipient r SET notified_at = coalesce(r.notified_at, g.at), reason = NULL, state = CASE
        WHEN r.state IN ('PENDING', 'QUEUED') OR (r.state = 'SENT' AND g.state = 'DELIVERED') THEN g.state
        WHEN r.state = 'UNREACHABLE' AND NOT g.over THEN g.state
        WHEN r.state IN ('UNREACHABLE', 'SPARED') THEN 'SILENT'
        ELSE r.state END
    FROM (
        SELECT alarm, helper, min(at) AS at, min(state) AS state, bool_and(over) AS over
        FROM {_GIVEN} AS p (alarm text, helper text, state text, at timestamptz, over boolean) GROUP BY alarm, helper
    ) g
    WHERE r.alarm = g.alarm AND r.helper = g.helper
""")
_WORKS = text(f"""
    UPDATE helper_channel k SET failures = 0, problem = NULL, tested_at = coalesce(g.delivered, k.tested_at)
    FROM {_GIVEN} AS g (id text, delivered timestamptz) JOIN alarm_call c ON c.id = g.id
    WHERE k.id = c.address AND (k.failures > 0 OR g.delivered IS NOT NULL)
""")
_BROKEN = text(f"""
    UPDATE helper_channel k SET failures = k.failures + 1, problem = left(g.error, 200),
        closed_at = CASE WHEN g.gone THEN coalesce(k.closed_at, :now) ELSE k.closed_at END
    FROM {_GIVEN} AS g (id text, error text, gone boolean) JOIN alarm_call c ON c.id = g.id
    WHERE k.id = c.address
""")
_AGAIN = text(f"""
    UPDATE alarm_call c SET state = 'QUEUED', lease_until = NULL, due_at = g.due_at, error = left(g.error, 200)
    FROM {_GIVEN} AS g (id text, due_at timestamptz, error text) WHERE c.id = g.id AND c.state = 'SENDING'
""")
_FAILED = text(f"""
    UPDATE alarm_call c SET state = 'FAILED', lease_until = NULL, failed_at = :now, error = left(g.error, 200),
                            gateway = coalesce(g.gateway, c.gateway)
    FROM {_GIVEN} AS g (id text, error text, gateway text)
    WHERE c.id = g.id AND c.state NOT IN ('DELIVERED', 'READ', 'FAILED')
""")
_MOVE = text(f"""
    UPDATE alarm_recipient r SET rank = g.rank, due_at = g.due_at, reason = coalesce(g.reason, r.reason),
        state = CASE WHEN g.reason IS NULL THEN r.state ELSE 'UNREACHABLE' END
    FROM {_GIVEN} AS g (alarm text, helper text, rank int, due_at timestamptz, reason text)
    WHERE r.alarm = g.alarm AND r.helper = g.helper
""")
_NEXT = text(f"""
    INSERT INTO alarm_call (id, alarm, helper, kind, step, round, mode, channel, address, state, due_at, queued_at)
    SELECT gen_random_uuid()\\:\\:text, g.alarm, g.helper, g.kind, g.step, g.round, g.mode, g.channel, g.address,
           'QUEUED', :now, :now
    FROM {_GIVEN} AS g (alarm text, helper text, kind text, step int, round int, mode text, channel text, address text)
""")
# One that was closed meanwhile keeps its place, or the next one would be passed over.
_LADDER = """
    SELECT c.helper, array_agg(c.id ORDER BY {order}c.position, c.id) AS ids,
           array_agg(c.kind ORDER BY {order}c.position, c.id) AS kinds
    FROM helper_channel c
    WHERE c.helper = ANY(cast(:helpers AS text[])) AND c.kind <> 'MANUAL' {kinds}
      AND (c.closed_at IS NULL OR EXISTS (SELECT FROM alarm_call o WHERE o.alarm = :alarm AND o.helper = c.helper
                                          AND o.address = c.id AND o.round = :round))
    GROUP BY c.helper
"""
_DUE = text("SELECT alarm, helper FROM alarm_recipient WHERE due_at <= :now ORDER BY due_at LIMIT :page")

Key = tuple[str, str]
"""Alarm and person."""


@dataclass(frozen=True, slots=True)
class Lost:
    """A call that was not taken. `for_good`: it never will be, or a provider says later that it has failed."""

    id: str
    alarm: str
    helper: str
    kind: CallKind
    error: str | None
    gateway: str | None = None
    gone: bool = False
    for_good: bool = False
    retry_after: float | None = None

    @property
    def key(self) -> Key:
        return self.alarm, self.helper


@dataclass(slots=True)
class _Moves:
    """What is to be written, collected over many people."""

    again: list[dict[str, Any]] = field(default_factory=list)
    failed: list[dict[str, Any]] = field(default_factory=list)
    people: list[dict[str, Any]] = field(default_factory=list)
    following: list[dict[str, Any]] = field(default_factory=list)

    async def write(self, tx: Transaction, now: datetime) -> None:
        for statement, given in ((_AGAIN, self.again), (_MOVE, self.people)):
            if given:
                await tx.connection.execute(statement, {"given": packed(given)})
        for statement, given in ((_FAILED, self.failed), (_NEXT, self.following)):
            if given:
                await tx.connection.execute(statement, {"given": packed(given), "now": now})


class Bundle:
    """People of some alarms, locked: alarms first, by id, then people. `touch` has the facts follow."""

    def __init__(self, alarms: Mapping[str, Any], people: Mapping[Key, Any]) -> None:
        self.alarms, self.people = alarms, people
        self.plans = {id: from_body(row.plan, Plan) for id, row in alarms.items()}

    @classmethod
    async def take(cls, tx: Transaction, keys: Collection[Key]) -> Bundle:
        ids = sorted({alarm for alarm, _ in keys})
        alarms = {row.id: row for row in await tx.connection.execute(_LOCK, {"ids": ids})}
        await tx.connection.execute(_TOUCH, {"ids": ids})
        given = packed([{"alarm": alarm, "helper": helper} for alarm, helper in sorted(keys)])
        rows = await tx.connection.execute(_PEOPLE, {"given": given})
        return cls(alarms, {(row.alarm, row.helper): row for row in rows})

    def step(self, person: Any) -> Step:
        steps = self.plans[person.alarm].steps
        return steps[person.step] if 0 <= person.step < len(steps) else Step(at_once=True)

    def kind(self, alarm: str) -> CallKind:
        return CallKind.INFO if self.plans[alarm].purpose is Purpose.INFO else CallKind.ALARM

    async def ladders(self, tx: Transaction, keys: Collection[Key]) -> dict[Key, tuple[list[str], list[str]]]:
        """By person the ids and kinds of the channels that his step uses, in order."""
        groups: dict[tuple[str, int, int], list[str]] = defaultdict(list)
        for key in keys:
            person = self.people[key]
            groups[person.alarm, person.step, person.round].append(person.helper)
        found = {}
        for (alarm, _, round), helpers in groups.items():
            order, kinds, given = opening.channels_of(self.step(self.people[alarm, helpers[0]]))
            statement = text(_LADDER.format(order=order, kinds=kinds))
            params = {**given, "helpers": helpers, "alarm": alarm, "round": round}
            for row in await tx.connection.execute(statement, params):
                found[alarm, row.helper] = (list(row.ids), list(row.kinds))
        return found


def packed(given: Sequence[Mapping[str, Any]]) -> str:
    return orjson.dumps(list(given)).decode()


async def record(tx: Transaction, made: Sequence[Made], now: datetime) -> None:
    """Write down what became of these calls; failed ones are tried again or followed by the next channel."""
    bundle = await Bundle.take(tx, {(one.call.alarm, one.call.helper) for one in made})
    taken = [one for one in made if one.receipt.outcome in (Outcome.TAKEN, Outcome.DELIVERED)]
    if taken:
        await _take(tx, taken, bundle)
    lost = [_lost(one) for one in made if one.receipt.outcome in (Outcome.REFUSED, Outcome.FAILED)]
    if lost:
        await fail(tx, bundle, lost, now)
    await settle_ended(tx, bundle)
    await course.wake(tx.connection)


async def settle_ended(tx: Transaction, bundle: Bundle) -> None:
    for id, row in bundle.alarms.items():
        if row.ended_at is not None:
            await opening.settle(tx, id)


async def _take(tx: Transaction, taken: Sequence[Made], bundle: Bundle) -> None:
    given = []
    for one in taken:
        delivered = one.receipt.outcome is Outcome.DELIVERED
        state = CallState.DELIVERED if delivered else CallState.SENT
        given.append({
            "id": one.call.id, "alarm": one.call.alarm, "helper": one.call.helper, "gateway": one.gateway,
            "provider_id": one.receipt.provider_id, "state": state.value, "at": one.at,
            "delivered": one.at if delivered else None, "over": bundle.alarms[one.call.alarm].ended_at is not None,
        })  # fmt: skip
    await tx.connection.execute(_TAKEN, {"given": packed(given)})
    asked = [row for row, one in zip(given, taken, strict=True) if one.call.kind in ASKING]
    if asked:
        await tx.connection.execute(_REACHED, {"given": packed(asked)})
    await tx.connection.execute(_WORKS, {"given": packed(given)})


def _lost(one: Made) -> Lost:
    call, receipt = one.call, one.receipt
    for_good = receipt.outcome is Outcome.REFUSED or receipt.gone
    return Lost(call.id, call.alarm, call.helper, call.kind, receipt.error, one.gateway, receipt.gone, for_good,
                receipt.retry_after)  # fmt: skip


async def fail(tx: Transaction, bundle: Bundle, lost: Sequence[Lost], now: datetime) -> None:
    """Each of these calls is tried again, or its person called on the next channel, or given up."""
    broken = [{"id": one.id, "error": one.error, "gone": one.gone} for one in lost]
    await tx.connection.execute(_BROKEN, {"given": packed(broken), "now": now})
    keys = {one.key for one in lost if one.key in bundle.people}
    ladders = await bundle.ladders(tx, keys)
    given = packed([{"alarm": alarm, "helper": helper} for alarm, helper in sorted(keys)])
    calls: dict[Key, dict[str, Any]] = defaultdict(dict)
    for row in await tx.connection.execute(_CALLS, {"given": given}):
        calls[row.alarm, row.helper][row.id] = row
    moves = _Moves()
    for one in lost:
        mine = calls[one.key]
        if one.id in mine:
            _pursue(bundle, one, mine, ladders.get(one.key, ([], [])), moves, now)
    await moves.write(tx, now)


def _pursue(
    bundle: Bundle, one: Lost, calls: dict[str, Any], ladder: tuple[list[str], list[str]], moves: _Moves, now: datetime
) -> None:
    person, tries = bundle.people[one.key], calls[one.id].tries
    event = pursuit.Failed(tries, one.for_good, one.retry_after)
    if one.kind in ASKING:
        others = tuple(
            CallState(row.state) for row in calls.values() if row.id != one.id and row.round == person.round
        )  # fmt: skip
        who = _pursued(person, bundle.step(person), len(ladder[0]), others)
        effects = pursue(who, event, now) if bundle.alarms[one.alarm].ended_at is None else []
        if _is_old(calls[one.id], person, calls.values()):
            # What can wait may be held back until both are due: then he would be rung twice.
            waits = one.kind is CallKind.INFO
            effects = [effect for effect in effects if isinstance(effect, pursuit.Retry) and not waits]
    else:
        # What is over or new is told on each channel by itself.
        effects = pursue(Pursued(RecipientState.SENT, 1, calls=(CallState.SENT,)), event, now)
    again = [effect for effect in effects if isinstance(effect, pursuit.Retry)]
    if again:
        moves.again.append({"id": one.id, "due_at": again[0].at, "error": one.error})
        return
    moves.failed.append({"id": one.id, "error": one.error, "gateway": one.gateway})
    calls[one.id] = _Gone(calls[one.id])
    _move(bundle, person, effects, ladder, moves, one.error)


def _is_old(call: Any, person: Any, calls: Iterable[Any]) -> bool:
    """He has been called again since, in another step or round: what fails here does not bring his next channel."""
    current = person.step, person.round
    return (call.step, call.round) != current and any((row.step, row.round) == current for row in calls)


class _Gone:
    """A call's row once it has failed, for others of the same person in the same bundle."""

    def __init__(self, row: Any) -> None:
        self.id, self.tries, self.step, self.round = row.id, row.tries, row.step, row.round
        self.state = CallState.FAILED


def _move(
    bundle: Bundle, person: Any, effects: Sequence[pursuit.Effect], ladder: tuple[list[str], list[str]],
    moves: _Moves, error: str | None,
) -> None:  # fmt: skip
    ids, kinds = ladder
    key = {"alarm": person.alarm, "helper": person.helper}
    for effect in effects:
        match effect:
            case pursuit.Next(rank, due_at):
                moves.people.append({**key, "rank": rank, "due_at": due_at, "reason": None})
                moves.following.append({
                    **key, "kind": bundle.kind(person.alarm).value, "step": person.step, "round": person.round,
                    "mode": bundle.alarms[person.alarm].mode, "channel": kinds[rank], "address": ids[rank],
                })  # fmt: skip
            case pursuit.Wait(due_at):
                moves.people.append({**key, "rank": person.rank, "due_at": due_at, "reason": None})
            case pursuit.Rest():
                moves.people.append({**key, "rank": person.rank, "due_at": None, "reason": None})
            case pursuit.GiveUp():
                reason = (error or "every channel has failed")[:200]
                moves.people.append({**key, "rank": person.rank, "due_at": None, "reason": reason})


def _pursued(
    person: Any, step: Step, channels: int, calls: tuple[CallState, ...] = (), held: datetime | None = None
) -> Pursued:
    state = RecipientState(person.state)
    return Pursued(state, channels, person.rank, step.criterion, step.fall_back, person.due_at, calls, held)


async def fall_back(tx: Transaction, now: datetime) -> int:
    """Whoever has waited long enough on one channel is called on the next. How many people were looked at."""
    due = {(row.alarm, row.helper) for row in await tx.connection.execute(_DUE, {"now": now, "page": PAGE})}
    if not due:
        return 0
    bundle = await Bundle.take(tx, due)
    people = {key: row for key, row in bundle.people.items() if row.due_at is not None and row.due_at <= now}
    ladders = await bundle.ladders(tx, people.keys())
    waits = [key for key in people if bundle.kind(key[0]) is CallKind.INFO]
    held = await hushed.unmade(tx.connection, waits, now) if waits else {}
    moves = _Moves()
    for key, person in people.items():
        ladder = ladders.get(key, ([], []))
        over = bundle.alarms[person.alarm].ended_at is not None
        who = _pursued(person, bundle.step(person), 0 if over else len(ladder[0]), held=held.get(key))
        _move(bundle, person, pursue(who, pursuit.Due(), now), ladder, moves, None)
    await moves.write(tx, now)
    await course.wake(tx.connection)
    return len(people)
