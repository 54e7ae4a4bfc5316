"""Custody in PostgreSQL: a fact that people see, and a row with its deadline that workers claim.

The row's lock guards both. Whoever holds several takes that of the smaller area first.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.model import custody as steps
from alerting.model.custody import Custody, CustodyState, Terms, Tier, Watched
from alerting.model.risk import RiskAlert, RiskState
from alerting.model.warned import Keeper, above
from geodata.model.body import from_body, to_body
from geodata.model.editing import KEPT
from geodata.model.fact import Confidence, Fact, Provenance
from geodata.model.ref import Ref
from geodata.store import things
from geodata.store.database import Transaction
from geodata.store.things import NoSuchThing

KIND, ALERT, SOURCE = "custody", "risk_alert", "custody"

_ROSTERS = text("""
    SELECT id, body ->> 'room' AS room, body ->> 'name' AS name, body ->> 'ars' AS ars, body ->> 'contact' AS contact
    FROM fact WHERE kind = 'roster' AND origin = :origin ORDER BY id
""")
_INCIDENTS = text("""
    SELECT f.id, f.room, f.body ->> 'name' AS name,
           ARRAY(SELECT a.ars FROM area a WHERE a.level = 'municipality' AND ST_Intersects(a.geom, f.geom)
                 ORDER BY a.ars) AS areas
    FROM fact f
    WHERE f.kind = 'incident' AND f.origin = :origin AND f.body ->> 'state' IN ('OBSERVED', 'ACTIVE', 'STABILISING')
    ORDER BY f.id
""")
_FIND = text("""
    SELECT id FROM custody WHERE room = :room AND chain && cast(:refs AS text[]) ORDER BY open DESC, id DESC LIMIT 1
""")
_ABOUT = text("SELECT id FROM custody WHERE chain && cast(:refs AS text[]) AND open ORDER BY id")
_LOCK = text("SELECT room FROM custody WHERE id = :id FOR UPDATE")
_BODY = text("SELECT body FROM fact WHERE ref = :ref")
_ADD = text("INSERT INTO custody (id, room, chain, due_at) VALUES (:id, :room, :chain, :due_at)")
_SET = text("UPDATE custody SET chain = :chain, due_at = :due_at, open = :open WHERE id = :id")
_DUE = text("""
    SELECT id FROM custody WHERE due_at <= :now AND NOT id = ANY(cast(:skip AS text[]))
    ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED
""")


class Taken:
    """A custody as it stands, its row locked until the transaction ends."""

    def __init__(self, id: str, room: str, custody: Custody, version: int) -> None:
        self.id, self.room, self.custody, self.version = id, room, custody, version


async def keepers(connection: AsyncConnection, origin: str) -> tuple[list[Keeper], list[Keeper]]:
    """Rosters and open incidents."""
    rosters = [
        Keeper(row.room, row.ars or "", row.id, row.name, row.contact)
        for row in await connection.execute(_ROSTERS, {"origin": origin})
    ]
    incidents = [
        Keeper(row.room, name=row.name, incident=row.id, areas=tuple(row.areas))
        for row in await connection.execute(_INCIDENTS, {"origin": origin})
    ]
    return rosters, incidents


async def take(tx: Transaction, origin: str, id: str) -> Taken:
    """Raises NoSuchThing, also for what whoever asks may not write."""
    room = (await tx.connection.execute(_LOCK, {"id": id})).scalar()
    body = (await tx.connection.execute(_BODY, {"ref": f"{origin}/{KIND}/{id}"})).scalar() if room else None
    if room is None or body is None:
        raise NoSuchThing(NoSuchThing.__doc__)
    return Taken(id, room, custody_of(body), int(body.get("version", 1)))


def custody_of(body: dict[str, Any]) -> Custody:
    """The custody of a fact's body."""
    return from_body({name: value for name, value in body.items() if name not in KEPT}, Custody)


async def put(tx: Transaction, origin: str, taken: Taken, after: Custody, now: datetime) -> dict[str, Any]:
    """Write it as it stands after a step, with its deadline; the risk alert that it is about follows. Its body."""
    if after == taken.custody:
        return {**to_body(after), "version": taken.version}
    body = {**to_body(after), "version": taken.version + 1}
    tx.put(_fact(Ref(origin, KIND, taken.id), taken.room, body, now))
    given = {
        "id": taken.id, "chain": [*after.chain, after.about], "due_at": after.due_at,
        "open": after.state is not CustodyState.CLEARED,
    }  # fmt: skip
    await tx.connection.execute(_SET, given)
    if after.state is not taken.custody.state and after.about.split("/")[1] == ALERT:
        await _tell_alert(tx, after, taken.room, now)
    return body


async def receive(
    tx: Transaction, origin: str, keeper: Keeper, rosters: Collection[Keeper], seen: Watched, terms: Terms,
    now: datetime,
) -> str | None:  # fmt: skip
    """What has come in, into the hands of this keeper: new, or the next version of what he has, or its end.

    The id of the custody; None if it is over and he never had it."""
    await things.lock(tx, f"custody of {keeper.room}")
    found = await tx.connection.execute(_FIND, {"room": keeper.room, "refs": [seen.ref, *seen.replaces]})
    id = found.scalar()
    if id is not None:
        taken = await take(tx, origin, str(id))
        if seen.over:
            after = steps.cleared(taken.custody, steps.SYSTEM, now, "its source says that it is over")
        else:
            after = steps.updated(taken.custody, seen, terms, now)
        await put(tx, origin, taken, after, now)
        return str(id)
    if seen.over:
        return None
    higher = above(keeper, rosters)
    custody = steps.begin(
        seen, terms, now, organisation=keeper.organisation, name=keeper.name, incident=keeper.incident,
        partner=_called(higher) if higher else None,
    )  # fmt: skip
    id = things.new_id()
    await tx.connection.execute(_ADD, {"id": id, "room": keeper.room, "chain": [seen.ref], "due_at": custody.due_at})
    tx.put(_fact(Ref(origin, KIND, id), keeper.room, {**to_body(custody), "version": 1}, now))
    return id


async def about(connection: AsyncConnection, refs: Collection[str]) -> list[str]:
    """Ids of the open custodies of these warnings or alerts."""
    return [str(id) for id in (await connection.execute(_ABOUT, {"refs": list(refs)})).scalars()]


async def end(tx: Transaction, origin: str, id: str, now: datetime, why: str) -> None:
    """What it is about is no longer stated."""
    taken = await take(tx, origin, id)
    await put(tx, origin, taken, steps.cleared(taken.custody, steps.SYSTEM, now, why), now)


async def claim_due(tx: Transaction, now: datetime, skip: Collection[str] = ()) -> str | None:
    """The custody with the oldest deadline that has passed and that nobody else is at, locked."""
    id = (await tx.connection.execute(_DUE, {"now": now, "skip": list(skip)})).scalar()
    return None if id is None else str(id)


async def do_due(tx: Transaction, origin: str, id: str, now: datetime, terms: Terms) -> None:
    """What its deadline demands. Raises NoSuchThing."""
    taken = await take(tx, origin, id)
    after = steps.due(taken.custody, terms, now)
    if after.tier is Tier.PARTNER and taken.custody.tier is not Tier.PARTNER:
        after = await _up(tx, origin, taken, after, terms, now)
    await put(tx, origin, taken, after, now)


async def _up(tx: Transaction, origin: str, taken: Taken, after: Custody, terms: Terms, now: datetime) -> Custody:
    """Into the hands of the roster above, if it is kept on this node."""
    rosters, _ = await keepers(tx.connection, origin)
    here = next((one for one in rosters if one.room == taken.room), None)
    higher = above(here, rosters) if here else None
    if higher is None or here is None:
        return after
    await things.lock(tx, f"custody of {higher.room}")
    refs = [*after.chain, after.about]
    id = (await tx.connection.execute(_FIND, {"room": higher.room, "refs": refs})).scalar()
    if id is None:
        seen = Watched(
            after.about, after.title, after.level, after.mode, after.keys, after.areas, after.channel, after.sender,
            after.sent, after.expires,
        )  # fmt: skip
        begun = steps.begin(seen, terms, now, organisation=higher.organisation, name=higher.name,
                            partner=_called(above(higher, rosters)))  # fmt: skip
        begun = steps.handed_up(begun, here.name or "?", terms, now)
        id = things.new_id()
        await tx.connection.execute(_ADD, {"id": id, "room": higher.room, "chain": refs, "due_at": begun.due_at})
        tx.put(_fact(Ref(origin, KIND, id), higher.room, {**to_body(begun), "version": 1}, now))
    else:
        theirs = await take(tx, origin, str(id))
        asked = steps.handed_up(theirs.custody, here.name or "?", terms, now)
        await put(tx, origin, theirs, asked, now)
    return steps.passed_on(after, _called(higher) or "?", "Lagebild", steps.SYSTEM, now)


async def _tell_alert(tx: Transaction, custody: Custody, room: str, now: datetime) -> None:
    pending = tx.pending(custody.about)
    try:
        held = await things.read(tx, Ref.parse(custody.about), [room])
    except NoSuchThing:
        return
    body = pending.body if pending else held.body
    alert = from_body({name: value for name, value in body.items() if name not in KEPT}, RiskAlert)
    state = RiskState(custody.state.value)
    if alert.alarm and state in (RiskState.RAISED, RiskState.NOTIFIED):
        state = RiskState.LINKED
    after = replace(alert, state=state, cleared_at=now if state is RiskState.CLEARED else None)
    put_alert(tx, held.ref, room, after, int(body.get("version", 1)) + 1, now)


def put_alert(tx: Transaction, ref: Ref, room: str, alert: RiskAlert, version: int, now: datetime) -> None:
    """A risk alert lies where its rule does; its place is that of what it is about."""
    fact = _fact(ref, room, {**to_body(alert), "version": version}, now)
    tx.put(replace(fact, geometry=alert.geometry))


def _called(keeper: Keeper | None) -> str | None:
    if keeper is None:
        return None
    return ": ".join(part for part in (keeper.name, keeper.contact) if part)[:200] or None


def _fact(ref: Ref, room: str, body: dict[str, Any], now: datetime) -> Fact:
    return Fact(ref, room, Provenance(SOURCE, now, now, Confidence.CONFIRMED), body)
