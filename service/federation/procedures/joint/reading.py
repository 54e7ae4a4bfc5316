"""An incident as it is shared with partners: how its links stand, what they let us see, and both logs in one order.

Everything is read in the rooms that the visitor sees, as if there were no link: a link opens nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from geodata.model.body import to_body
from geodata.model.clock import WallClock
from geodata.model.incident_link import LINK, IncidentLink, Standing, standing
from geodata.model.ref import BadRef, Ref
from geodata.store.database import Database
from geodata.store.things import NoSuchThing
from service.access.visitor import NotSignedIn, Visitor
from service.errors import Invalid
from service.federation.peers import store as peers
from service.federation.peers.peer import Peer, PeerState
from service.federation.procedures.joint import store
from service.federation.procedures.joint.store import Pair

Side = Literal["both", "ours", "theirs"]
_KNOWN = (PeerState.ACTIVE, PeerState.SUSPENDED, PeerState.REVOKED)


@dataclass(frozen=True, slots=True)
class Whole:
    """All of a joint log, newest first, for an export. `links` and `partners` as they go out."""

    incident: dict[str, Any]
    links: list[dict[str, Any]]
    partners: list[dict[str, Any]]
    entries: list[Any]


class Reading:
    """`origin` and `name` are ours."""

    def __init__(self, database: Database, *, origin: str, name: str) -> None:
        self.database, self.origin, self.name = database, origin, name

    async def overview(self, visitor: Visitor, id: str) -> dict[str, Any]:
        """How an incident of ours is linked, and with what it could be. Raises NotSignedIn, NoSuchThing."""
        incident = await self._own(visitor, id)
        known = await self._partners(visitor)
        rooms = self.database.asked(visitor.rooms)
        pairs = await self._pairs(visitor, incident["ref"])
        async with self.database.reading(visitor.rooms) as connection:
            offers = [await self._offers(connection, peer, rooms) for peer in known.values()]
        links = await self._links(visitor, pairs, known)
        taken = {link["theirs"] for link in links}
        return {
            "incident": {"id": id, "ref": incident["ref"]},
            "now": WallClock().now(),
            "links": links,
            "candidates": [one for some in offers for one in some if one["ref"] not in taken],
        }

    async def log(self, visitor: Visitor, id: str, side: Side, before: str | None, limit: int) -> dict[str, Any]:
        """One page of both logs, newest event first. Raises NotSignedIn, NoSuchThing, Invalid."""
        incident = await self._own(visitor, id)
        links, theirs = await self._linked(visitor, incident["ref"])
        found = await self._entries(visitor, id, theirs, side, _place(before), limit + 1)
        page = found[:limit]
        more = f"{page[-1].event_time.isoformat()}|{page[-1].ref}" if len(found) > limit else None
        return {
            "now": WallClock().now(),
            "own": {"origin": self.origin, "name": self.name},
            "partners": await self._sources(visitor, links, theirs),
            "entries": [shown(row, self.origin) for row in page],
            "next": more,
        }

    async def whole(self, visitor: Visitor, id: str, side: Side, most: int) -> Whole:
        """Raises as `log`; Invalid if there are more than `most` entries."""
        incident = await self._own(visitor, id)
        links, theirs = await self._linked(visitor, incident["ref"])
        found = await self._entries(visitor, id, theirs, side, None, most + 1)
        if len(found) > most:
            raise Invalid("side", f"one file holds {most} entries; take each log by itself, or CSV")
        return Whole(incident, links, await self._sources(visitor, links, theirs), found)

    async def _entries(
        self, visitor: Visitor, id: str, theirs: list[Ref], side: Side, before: tuple[datetime, str] | None, limit: int
    ) -> list[Any]:
        async with self.database.reading(visitor.rooms) as connection:
            return await store.entries(
                connection, self.origin, id, [] if side == "ours" else theirs, self.database.asked(visitor.rooms),
                ours=side != "theirs", before=before, limit=limit,
            )  # fmt: skip

    async def _own(self, visitor: Visitor, id: str) -> dict[str, Any]:
        if not visitor.signed_in:
            raise NotSignedIn(NotSignedIn.__doc__)
        try:
            ref = str(Ref(self.origin, "incident", id))
        except BadRef as error:
            raise NoSuchThing(NoSuchThing.__doc__) from error
        async with self.database.reading(visitor.rooms) as connection:
            found = await store.shared(connection, [ref], self.database.asked(visitor.rooms))
        if ref not in found:
            raise NoSuchThing(NoSuchThing.__doc__)
        return {**found[ref].body, "ref": ref}

    async def _partners(self, visitor: Visitor) -> dict[str, Peer]:
        async with self.database.reading() as connection:
            found = await peers.everyone(connection)
        return {one.id: one for one in found if one.exchange_room in visitor.rooms and one.state in _KNOWN}

    async def _pairs(self, visitor: Visitor, incident: str) -> list[Pair]:
        async with self.database.reading() as connection:
            return await store.links(connection, self.origin, incident, self.database.asked(visitor.rooms))

    async def _linked(self, visitor: Visitor, incident: str) -> tuple[list[dict[str, Any]], list[Ref]]:
        """Links that somebody stands by, and the partners' incidents of them."""
        pairs = await self._pairs(visitor, incident)
        links = await self._links(visitor, pairs, await self._partners(visitor))
        links = [link for link in links if link["standing"] != Standing.ENDED]
        return links, [Ref.parse(link["theirs"]) for link in links]

    async def _links(self, visitor: Visitor, pairs: Iterable[Pair], known: dict[str, Peer]) -> list[dict[str, Any]]:
        pairs = [pair for pair in pairs if pair.peer in known]
        rooms = self.database.asked(visitor.rooms)
        refs = [pair.theirs for pair in pairs]
        async with self.database.reading(visitor.rooms) as connection:
            seen = await store.shared(connection, refs, rooms)
        async with self.database.reading() as connection:
            gone = await store.gone(connection, [ref for ref in refs if ref not in seen])
            heard = await store.heard(connection)
            logs = await store.sharing_logs(connection)
        links = [self._link(pair, known[pair.peer], seen.get(pair.theirs), gone, heard, logs) for pair in pairs]
        return sorted(links, key=lambda one: (one["standing"] == Standing.ENDED, one["partner"]["name"].lower()))

    def _link(
        self, pair: Pair, peer: Peer, seen: Any, gone: dict[str, datetime], heard: dict[str, datetime | None],
        logs: set[str],
    ) -> dict[str, Any]:  # fmt: skip
        """`shared`: their incident as far as they let it be seen; none is not (or no longer, since `gone_at`)."""
        return {
            "id": pair.id,
            "ref": str(Ref(self.origin, LINK, pair.id)) if pair.id else None,
            "partner": {
                "id": peer.id, "origin": peer.origin, "name": peer.name, "state": peer.state.value,
                "heard_at": heard.get(peer.id), "shares_log": peer.id in logs,
            },
            "theirs": pair.theirs,
            "standing": standing(pair.ours, pair.told),
            "ours": _said(pair.ours),
            "told": _said(pair.told),
            "shared": _incident(seen) if seen is not None else None,
            "gone_at": gone.get(pair.theirs) if seen is None else None,
        }  # fmt: skip

    async def _offers(self, connection: Any, peer: Peer, rooms: Any) -> list[dict[str, Any]]:
        """Incidents of this partner that we know of."""
        if peer.state is PeerState.REVOKED or peer.exchange_room is None:
            return []
        found = {row.ref: _incident(row) for row in await store.all_shared(connection, peer.origin, rooms)}
        for ref, name in (await store.named(connection, peer.origin, peer.exchange_room)).items():
            found.setdefault(ref, {"name": name})
        whose = {"peer": peer.id, "origin": peer.origin, "partner": peer.name}
        return [{"ref": ref, **whose, **incident} for ref, incident in found.items()]

    async def _sources(self, visitor: Visitor, links: list[dict[str, Any]], theirs: list[Ref]) -> list[dict[str, Any]]:
        """Of each linked incident its partner and how much of its logs is here. `missing`: entries whose numbers we
        know of and that are not here."""
        async with self.database.reading(visitor.rooms) as connection:
            held = await store.held(connection, theirs, self.database.asked(visitor.rooms))
        return [
            {
                **link["partner"], "theirs": link["theirs"], "standing": link["standing"], "shared": link["shared"],
                "label": (link["told"] or {}).get("label"), "gone_at": link["gone_at"],
                "logs": [
                    {"staff": row.staff, "name": row.name, "held": row.held,
                     "missing": max(int(row.newest or 0) - row.held, 0)}
                    for row in held if f"{row.origin}/incident/{row.incident}" == link["theirs"]
                ],
            }
            for link in links
        ]  # fmt: skip


def shown(row: Any, own: str) -> dict[str, Any]:
    """An entry as it goes out; `author` is known of ours only."""
    return {
        "ref": row.ref, "origin": row.origin, "ours": row.origin == own, "staff": row.staff,
        "staff_name": row.staff_name, "number": int(row.number or 0), "event_time": row.event_time,
        "recorded_at": row.recorded_at, "kind": row.kind, "text": row.text, "function": row.function,
        "author": row.author, "corrects": int(row.corrects) if row.corrects else None,
    }  # fmt: skip


def _incident(row: Any) -> dict[str, Any]:
    legal = row.body.get("legal") or [{}]
    return {
        "name": row.body.get("name"), "number": row.body.get("number"), "state": row.body.get("state"),
        "mode": row.body.get("mode"), "level": legal[-1].get("level"), "as_of": row.provenance.get("as_of"),
    }  # fmt: skip


def _said(link: IncidentLink | None) -> dict[str, Any] | None:
    return None if link is None else to_body(link)


def _place(before: str | None) -> tuple[datetime, str] | None:
    """Raises Invalid."""
    if before is None:
        return None
    at, _, ref = before.partition("|")
    try:
        moment = datetime.fromisoformat(at)
        Ref.parse(ref)
    except (ValueError, BadRef) as error:
        raise Invalid("before", "this is no `next` of a page before") from error
    if moment.tzinfo is None:
        raise Invalid("before", "this is no `next` of a page before")
    return moment, ref
