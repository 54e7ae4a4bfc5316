"""The people of a roster: listed, added, changed, exported and forgotten by whoever keeps it.

Who may write in the roster's room keeps its people. Who only sees the room sees how many can do what, without names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import msgspec
import orjson
import segno

from alerting.model.availability import state_at
from alerting.model.plan import Verification
from alerting.store import availability, erasing, forgetting, links, people
from alerting.store import roster as store
from alerting.store.people import Address, HelperKind, NewHelper, Skill
from alerting.store.roster import Wanted
from alerting.store.sealing import Seal
from geodata.model.body import to_body
from geodata.model.editing import BadEdit
from geodata.store.database import Database, Transaction
from geodata.store.idempotency import Answered
from geodata.store.things import NoSuchThing
from service.access.audit.store import note, note_reading
from service.access.keeping import demand_write
from service.access.visitor import Visitor
from service.bodies import Once
from service.roster.rosters import roster_of
from service.roster.shapes import ChannelGiven, NewPerson, SkillGiven, address

LINK_LASTS = timedelta(days=30)
"""Of a link to somebody's own page, unless it is made anew."""
_PUBLIC = ("id", "room", "organisation", "kind", "state", "units", "functions", "available", "version")
_KEPT = (
    *_PUBLIC, "external_id", "name", "adult", "languages", "equipment", "home_ars", "language", "legal_basis",
    "consent", "availability", "bound_to", "keep_until", "made_at", "changed_at", "skills", "distance_m",
)  # fmt: skip


class People:
    def __init__(self, database: Database, seal: Seal, origin: str, public_url: str) -> None:
        self.database, self.seal, self.origin, self.public_url = database, seal, origin, public_url

    async def page(self, visitor: Visitor, organisation: str | None, wanted: Wanted, now: datetime) -> dict[str, Any]:
        """Names and channels only where the visitor keeps them. Raises NoSuchThing."""
        rooms = [await self.room_of(visitor, organisation)] if organisation else self.database.asked(visitor.rooms)
        wanted = replace(wanted, rooms=rooms, write=sorted(set(rooms) & visitor.write))
        async with self.database.reading(visitor.rooms) as connection:
            total, rows = await store.page(connection, wanted, now)
        mine = [row["id"] for row in rows if row["room"] in visitor.write]
        async with self.database.reading() as connection:
            channels = await store.channels(connection, mine)
        if mine:
            await note_reading(self.database, visitor, "helper.list", "roster:list", {"people": len(mine)})
        return {"total": total, "people": [_shown(row, channels.get(row["id"]), now) for row in rows]}

    async def one(self, visitor: Visitor, id: str, now: datetime) -> dict[str, Any]:
        """With addresses and what is sealed. Raises NoSuchThing, NotAllowed, Unreadable."""
        async with self.database.reading(visitor.rooms) as connection:
            row = await store.one(connection, id, self.database.asked(visitor.rooms))
        row = self._kept(visitor, row)
        async with self.database.reading() as connection:
            channels = (await store.channels(connection, [id]))[id]
        await note_reading(self.database, visitor, "helper.read", f"helper:{id}")
        own = self.seal.own(row["key"])
        shown = _shown(row, channels, now)
        shown["channels"] = [
            {**_channel(one), "value": None if one["kind"] == "PUSH" else own.open(one["sealed"])} for one in channels
        ]
        return {**shown, "private": own.open(row["sealed"]) if row["sealed"] else {}}

    async def add(self, visitor: Visitor, given: NewPerson, once: Once, now: datetime) -> Answered:
        """Raises NoSuchThing, NotAllowed, BadEdit."""
        room = await self.room_of(visitor, given.roster)
        demand_write(visitor, room)
        async with self.database.transaction(visitor.actor) as tx:
            earlier = await once.earlier(tx)
            if earlier is not None:
                return earlier
            await self._free(tx, room, given.fields.said().get("external_id"))
            id = await self.put_new(tx, visitor, given, room, now)
            await note(tx.connection, visitor, "helper.add", f"helper:{id}")
            return await once.keep(tx, 201, {"id": id, "version": 1})

    async def put_new(self, tx: Transaction, visitor: Visitor, given: NewPerson, room: str, now: datetime) -> str:
        """Within a transaction of the node. Raises BadEdit."""
        said = given.fields.said()
        if not said.get("name"):
            raise BadEdit("name", "somebody new has a name")
        state = said.pop("state", "ACTIVE")
        new = NewHelper(
            room=room, organisation=given.roster, kind=given.kind,
            addresses=tuple(new_address(one) for one in given.channels),
            skills=tuple(skill_of(one, visitor, now) for one in given.skills),
            **_as_columns(said),
        )  # fmt: skip
        id = await people.add(tx.connection, self.seal, new, now=now)
        if state != "ACTIVE":
            await store.edit(tx.connection, id, {"state": state}, now)
        return id

    async def edit(
        self, visitor: Visitor, id: str, fields: Mapping[str, Any], base: int, now: datetime
    ) -> dict[str, Any]:
        """Raises NoSuchThing, NotAllowed, BadEdit."""
        async with self.database.transaction(visitor.actor) as tx:
            row = await self._take(tx, visitor, id)
            if row["version"] != base:
                raise BadEdit("base", f"somebody changed this person meanwhile (version {row['version']}); look again")
            await self.put_changes(tx, row, fields, now)
            await note(tx.connection, visitor, "helper.edit", f"helper:{id}", {"fields": sorted(fields)})
        return {"id": id, "version": base + bool(fields)}

    async def put_changes(
        self, tx: Transaction, row: Mapping[str, Any], said: Mapping[str, Any], now: datetime
    ) -> None:
        """Within a transaction of the node. Raises BadEdit."""
        fields = dict(said)
        if fields.get("external_id", row["external_id"]) != row["external_id"]:
            await self._free(tx, row["room"], fields["external_id"])
        if "private" in fields:
            fields["sealed"] = self.seal.own(row["key"]).seal(_builtin(fields.pop("private")))
        if "availability" in fields:
            fields |= availability.columns(fields["availability"], now)
        if "consent" in fields:
            fields["consent"] = _builtin(fields["consent"])
        await store.edit(tx.connection, row["id"], fields, now)

    async def put_skills(
        self, visitor: Visitor, id: str, given: list[SkillGiven], drop: list[str], now: datetime
    ) -> dict[str, Any]:
        """Raises NoSuchThing, NotAllowed."""
        async with self.database.transaction(visitor.actor) as tx:
            row = await self._take(tx, visitor, id)
            await people.add_skills(tx.connection, id, [skill_of(one, visitor, now) for one in given])
            for code in drop:
                await store.drop_skill(tx.connection, id, code)
            await store.touch(tx.connection, id, now)
            codes = {"put": [one.code for one in given], "dropped": drop}
            await note(tx.connection, visitor, "helper.skills", f"helper:{id}", codes)
        return {"id": id, "version": row["version"] + 1}

    async def put_channels(self, visitor: Visitor, id: str, given: list[ChannelGiven], now: datetime) -> dict[str, Any]:
        """Raises NoSuchThing, NotAllowed, BadEdit."""
        async with self.database.transaction(visitor.actor) as tx:
            row = await self._take(tx, visitor, id)
            there = {one["id"] for one in (await store.channels(tx.connection, [id]))[id]}
            kept = {one.id: place for place, one in enumerate(given) if one.id is not None}
            if unknown := set(kept) - there:
                raise BadEdit("channels", f"there is no channel {min(unknown)[:40]!r} of this person")
            await store.keep_channels(tx.connection, id, kept)
            for place, one in enumerate(given):
                if one.id is None:
                    fresh = new_address(one)
                    await people.add_address(tx.connection, self.seal, id, row["key"], fresh, position=place, now=now)
            await store.touch(tx.connection, id, now)
            kinds = [one.kind.value for one in given if one.kind]
            await note(tx.connection, visitor, "helper.channels", f"helper:{id}", {"kept": len(kept), "new": kinds})
        return {"id": id, "version": row["version"] + 1}

    async def link(self, visitor: Visitor, id: str, now: datetime) -> dict[str, Any]:
        """A new link to the person's own page; `qr` are rows of its code, 1 is dark. Raises NoSuchThing, NotAllowed."""
        expires = now + LINK_LASTS
        async with self.database.transaction(visitor.actor) as tx:
            await self._take(tx, visitor, id)
            made = await links.make(tx.connection, id, links.Purpose.SELF, now=now, expires=expires)
            await note(tx.connection, visitor, "helper.link", f"helper:{id}")
        url = f"{self.public_url}/me/{links.token_of(self.seal, made)}"
        dark = ["".join("1" if dot else "0" for dot in row) for row in segno.make(url, micro=False).matrix]
        return {"url": url, "expires_at": _iso(expires), "qr": dark}

    async def export(self, visitor: Visitor, id: str) -> bytes:
        """All that is held of him, as JSON. Raises NoSuchThing, NotAllowed, Unreadable."""
        async with self.database.reading(visitor.rooms) as connection:
            self._kept(visitor, await store.one(connection, id, self.database.asked(visitor.rooms)))
        await note_reading(self.database, visitor, "helper.export", f"helper:{id}")
        async with self.database.reading() as connection:
            found = await erasing.everything(connection, self.seal, id)
        return orjson.dumps(found, option=orjson.OPT_INDENT_2, default=_bytes)

    async def erase(self, visitor: Visitor, id: str, now: datetime) -> None:
        """Of a volunteer who has worked, name and evidence stay until claims run out.

        Raises NoSuchThing, NotAllowed."""
        async with self.database.transaction(visitor.actor) as tx:
            row = await self._take(tx, visitor, id)
            if row["kind"] == HelperKind.SPONTANEOUS:
                await forgetting.forget(tx, id, now)
            else:
                await erasing.erase(tx.connection, id, now)
            await note(tx.connection, visitor, "helper.erase", f"helper:{id}")

    async def room_of(self, visitor: Visitor, organisation: str) -> str:
        """The room of an organisation's roster. Raises NoSuchThing."""
        rooms = self.database.asked(visitor.rooms)
        async with self.database.transaction(visitor.actor, see=visitor.rooms) as tx:
            found = await roster_of(tx, self.origin, organisation, rooms)
        if found is None or found.room not in visitor.rooms:
            raise NoSuchThing("There is no such roster, or you may not see it.")
        return found.room

    async def _take(self, tx: Transaction, visitor: Visitor, id: str) -> dict[str, Any]:
        row = await store.one(tx.connection, id, self.database.asked(visitor.rooms), lock=True)
        return self._kept(visitor, row)

    def _kept(self, visitor: Visitor, row: dict[str, Any] | None) -> dict[str, Any]:
        if row is None:
            raise NoSuchThing(NoSuchThing.__doc__)
        demand_write(visitor, row["room"])
        return row

    async def _free(self, tx: Transaction, room: str, external_id: str | None) -> None:
        if external_id and external_id in {row.external_id for row in await store.known(tx.connection, room)}:
            raise BadEdit("external_id", "somebody else of this roster has this number")


def _as_columns(said: dict[str, Any]) -> dict[str, Any]:
    """For NewHelper."""
    fields = {name: tuple(value) if isinstance(value, list) else value for name, value in said.items()}
    for name in ("private", "consent", "availability"):
        if name in fields:
            fields[name] = to_body(fields[name]) if name == "availability" else _builtin(fields[name])
    return fields


def new_address(given: ChannelGiven) -> Address:
    if given.kind is None or given.value is None:
        raise BadEdit("channels", "a new channel has a kind and a value")
    return Address(given.kind, address(given.kind, given.value))


def skill_of(given: SkillGiven, visitor: Visitor, now: datetime) -> Skill:
    vouched = given.verification is not Verification.SELF_DECLARED
    return Skill(
        given.code, given.level, given.verification, given.acquired_on, given.valid_until,
        visitor.person if vouched else None, now if vouched else None, given.restrictions,
    )  # fmt: skip


def _shown(row: Mapping[str, Any], channels: list[dict[str, Any]] | None, now: datetime) -> dict[str, Any]:
    """`channels` is None for whoever does not keep this person: then without whatever names him."""
    said = availability.read(row["availability"])
    at = to_body(state_at(said, now))
    if channels is None:
        skills = [{"code": one["code"], "level": one["level"]} for one in row["skills"]]
        return {**{name: row[name] for name in _PUBLIC}, "ready": at, "skills": skills}
    shown = {name: row[name] for name in _KEPT if name in row}
    home = None if row["lon"] is None else [row["lon"], row["lat"]]
    return {**shown, "ready": at, "home": home, "channels": [_channel(one) for one in channels]}


def _channel(row: Mapping[str, Any]) -> dict[str, Any]:
    """Without the address."""
    return {name: row[name] for name in ("id", "kind", "tested_at", "failures", "problem", "closed_at")}


def _builtin(value: Any) -> Any:
    return msgspec.to_builtins(value)


def _iso(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")


def _bytes(value: Any) -> str:
    return value.hex() if isinstance(value, bytes) else str(value)
