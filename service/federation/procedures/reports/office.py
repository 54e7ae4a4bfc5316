"""Reports as people make and send them, the overview of those below, and silence as an event."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from geodata.model.ars import prefix, significant
from geodata.model.body import to_body
from geodata.model.clock import Clock
from geodata.model.editing import BadEdit
from geodata.model.fact import Confidence, Fact, Provenance
from geodata.model.incident import IncidentMode
from geodata.model.legal import LegalLevel
from geodata.model.ref import Ref
from geodata.model.resource import FleetLevel
from geodata.model.situation_report import REPORT, RHYTHM, SILENCE, Part, Rhythm, Silence, SituationReport, summed
from geodata.store import things
from geodata.store.database import Database, Transaction
from geodata.store.idempotency import Answered
from service.access.rights import Right
from service.access.visitor import Visitor
from service.bodies import Once
from service.federation.peers import store as peers
from service.federation.peers.peer import Peer, PeerState
from service.federation.procedures.parties import function_of, writing
from service.federation.procedures.partners_route import RANK, shown
from service.federation.procedures.reports import rules, sent, store

ACTOR = "exchange"


class Office:
    def __init__(
        self,
        database: Database,
        clock: Clock,
        *,
        origin: str,
        name: str,
        mode: IncidentMode,
        level: FleetLevel,
        ars: str,
        levels: Sequence[LegalLevel],
    ) -> None:
        self.database, self.clock, self.origin, self.name, self.mode = database, clock, origin, name, mode
        self.level, self.ars, self.levels = level, ars, levels

    async def preview(self, visitor: Visitor, given: sent.NewSituationReport) -> dict[str, Any]:
        """Exactly what would be sent; nothing is. Raises NotSignedIn, NotAllowed, NoSuchThing, BadMove."""
        visitor.needs(Right.SITUATION)
        report = await self._made(visitor, given, await self._to(visitor, given), self.clock.now())
        return {"body": to_body(report), "sum": to_body(summed(part.figures for part in report.as_parts()))}

    async def send(self, visitor: Visitor, given: sent.NewSituationReport, once: Once) -> Answered:
        """Raises as `preview`, BadEdit."""
        visitor.needs(Right.SITUATION)
        to = await self._to(visitor, given)
        if not to:
            raise BadEdit("to", "say to whom")
        now = self.clock.now()
        made = await self._made(visitor, given, to, now)
        async with self.database.transaction(visitor.actor, see=visitor.rooms, write=visitor.write) as tx:
            earlier = await once.earlier(tx)
            if earlier is not None:
                return earlier
            report = replace(made, number=await things.next_number(tx, REPORT, ""))
            refs = [Ref(self.origin, REPORT, things.new_id()) for _ in to]
            for ref, (_, room) in zip(refs, to, strict=True):
                _put(tx, ref, room, report, now)
            return await once.keep(tx, 201, {"refs": [str(ref) for ref in refs], "body": to_body(report)})

    async def overview(self, visitor: Visitor) -> dict[str, Any]:
        """Who has reported when and who is silent, the sum over all who have, and what those above ask of us."""
        async with self.database.reading() as connection:
            seen = [one for one in await peers.everyone(connection) if _shown(one, visitor)]
            reports = await store.reports(connection)
            asked = await store.asked(connection, self.origin)
            last = await store.last_sent(connection, self.origin)
        below = [one for one in seen if RANK[one.level] < RANK[self.level]]
        parts = self._parts([reports[one.id][1] for one in below if one.id in reports])
        nobody = store.Asked()
        return {
            "now": self.clock.now(),
            "level": rules.highest([part.level for part in parts], self.levels),
            "parts": [to_body(part) for part in parts],
            "sum": to_body(summed(part.figures for part in parts)),
            "below": [
                {**shown(one, self.level), **self._row(asked.get(one.id, nobody), reports.get(one.id))} for one in below
            ],
            "above": [
                {**shown(one, self.level), "sent_at": last.get(one.id), "asks": _body(asked.get(one.id, nobody).theirs)}
                for one in seen
                if RANK[one.level] > RANK[self.level]
            ],
        }

    async def areas(self, visitor: Visitor) -> dict[str, Any]:
        """Where those below us are: their areas, and every municipality of ours, whether it is a partner or not."""
        async with self.database.reading() as connection:
            seen = [one for one in await peers.everyone(connection) if _shown(one, visitor)]
            below = {one.id: one for one in seen if RANK[one.level] < RANK[self.level]}
            reports = [found[1] for id, found in (await store.reports(connection)).items() if id in below]
            told = [part.ars for report in reports for part in report.as_parts()]
            known = [*(one.ars for one in below.values()), *told]
            own = prefix(self.ars) if below and self.ars else None
            within = {own, *(significant(key) for key in known if key and prefix(key))} - {None, ""}
            found = await store.areas(connection, sorted(key for key in within if key), rules.area_keys(known))
        return {"within": own or None, "areas": found}

    async def ask(self, visitor: Visitor, given: sent.ReportRhythm) -> dict[str, Any]:
        """Those below shall report each so many hours. Raises as `preview`."""
        visitor.needs(Right.SITUATION)
        async with self.database.reading() as connection:
            known = [one for one in await peers.everyone(connection) if _shown(one, visitor)]
        chosen = given.partners or [one.id for one in known if RANK[one.level] < RANK[self.level]]
        rooms = [await writing(self.database, visitor, id, Right.SITUATION) for id in chosen]
        now = self.clock.now()
        async with self.database.transaction(visitor.actor, see=visitor.rooms, write=visitor.write) as tx:
            for peer, room in rooms:
                ref = Ref(self.origin, RHYTHM, peer.id)
                if given.hours is None:
                    tx.drop(ref)
                else:
                    _put(tx, ref, room, Rhythm(given.hours, now, function_of(visitor, right=Right.SITUATION)), now)
        return {"partners": [peer.id for peer, _ in rooms], "hours": given.hours}

    async def watch(self) -> None:
        """Silence begins and ends as an event in the log of both sides."""
        async with self.database.reading() as connection:
            asked = await store.asked(connection, self.origin)
            if not any(one.rhythm or one.silence for one in asked.values()):
                return
            reports = await store.reports(connection)
            known = {one.id: one for one in await peers.everyone(connection)}
        now = self.clock.now()
        news: list[tuple[Peer, Silence | None]] = []
        for id, one in asked.items():
            last = reports[id][1].at if id in reports else None
            due = rules.due(one.rhythm, last)
            silent = due is not None and due <= now and known[id].state is not PeerState.REVOKED
            if silent and (one.silence is None or one.silence.due != due):
                assert due is not None
                news.append((known[id], Silence(known[id].origin, due, last)))
            elif not silent and one.silence is not None:
                news.append((known[id], None))
        if news:
            async with self.database.transaction(ACTOR) as tx:
                for peer, silence in news:
                    ref = Ref(self.origin, SILENCE, peer.id)
                    if silence is None:
                        tx.drop(ref)
                    elif peer.exchange_room is not None:
                        _put(tx, ref, peer.exchange_room, silence, now)

    async def _to(self, visitor: Visitor, given: sent.NewSituationReport) -> list[tuple[Peer, str]]:
        return [await writing(self.database, visitor, id, Right.SITUATION) for id in dict.fromkeys(given.to)]

    async def _made(
        self, visitor: Visitor, given: sent.NewSituationReport, to: list[tuple[Peer, str]], now: datetime
    ) -> SituationReport:
        rooms = self.database.asked(visitor.rooms)
        async with self.database.reading(visitor.rooms) as connection:
            told = rules.told(await store.picture(connection, self.origin, rooms), self.levels)
        parts: list[Part] = []
        if given.aggregate:
            async with self.database.reading() as connection:
                seen = {
                    one.id for one in await peers.everyone(connection)
                    if _shown(one, visitor) and RANK[one.level] < RANK[self.level]
                }  # fmt: skip
                found = await store.reports(connection)
            parts = self._parts([report for id, (_, report) in found.items() if id in seen])
        text = (given.text or "").strip() or None
        return SituationReport(
            number=1, sender=self.origin, name=self.name, at=now, mode=self.mode, figures=told.figures,
            level=told.level, ars=self.ars or None, function=function_of(visitor, right=Right.SITUATION),
            to=tuple(peer.origin for peer, _ in to), text=text, incidents=told.incidents, requests=told.requests,
            warnings=told.warnings, parts=tuple(parts),
        )  # fmt: skip

    def _parts(self, reports: Sequence[SituationReport]) -> list[Part]:
        """Each node once, however many ways it reached us, and never ourselves."""
        return rules.newest(part for report in reports for part in report.as_parts() if part.origin != self.origin)

    def _row(self, asked: store.Asked, found: tuple[str, SituationReport] | None) -> dict[str, Any]:
        ref, report = found or (None, None)
        late = rules.due(asked.rhythm, report.at if report else None)
        return {
            "report": None if report is None else {"ref": ref, **to_body(report)},
            "hours": asked.rhythm.hours if asked.rhythm else None,
            "due": late,
            "silent": asked.silence is not None,
        }


def _shown(peer: Peer, visitor: Visitor) -> bool:
    return peer.exchange_room in visitor.rooms and peer.state in (PeerState.ACTIVE, PeerState.SUSPENDED)


def _body(value: Any) -> dict[str, Any] | None:
    return None if value is None else to_body(value)


def _put(tx: Transaction, ref: Ref, room: str, thing: Any, now: datetime) -> None:
    tx.put(Fact(ref, room, Provenance("people", now, now, Confidence.CONFIRMED), to_body(thing)), timeless=True)
