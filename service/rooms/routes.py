"""Rooms: made, renamed, closed, and who is in them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request

from geodata.model.staff import Function
from geodata.store.database import Database, Transaction
from service.access.audit.store import note, note_reading
from service.access.once import Key, once
from service.access.rights import Right
from service.access.sessions import Sessions
from service.access.visitor import NotAllowed, NotSignedIn, Visitor
from service.answers import Done, Problem
from service.errors import Invalid, NotFound
from service.rooms import rules, shapes, store
from service.rooms.rules import EVERYONE, Kind, Member, Room

Id = Annotated[str, Path(max_length=80)]
Who = Annotated[str, Path(max_length=160, description="`*` for everyone, `<staff>/<FUNCTION>` for a seat, else an id")]


def routes(
    database: Database, sessions: Sessions, *, origin: str, rights_changed: Callable[[], Awaitable[None]]
) -> APIRouter:
    problems = {status: {"model": Problem} for status in (401, 403, 404, 409, 422)}
    router = APIRouter(prefix="/api/rooms", tags=["rooms"], responses=problems)  # type: ignore[arg-type]

    @router.get("", summary="Rooms you see, or all if you administer")
    async def get_rooms(request: Request) -> shapes.RoomsOut:
        who = await sessions.visitor(request)
        if not who.signed_in:
            raise NotSignedIn(NotSignedIn.__doc__)
        rows = await store.rooms(database, None if who.admin else who.rooms)
        return shapes.RoomsOut(rooms=[_shown(who, row) for row in rows])

    @router.post("", summary="Add a room")
    async def post_room(request: Request, given: shapes.NewRoom, key: Key = None) -> shapes.RoomAdded:
        who = await sessions.visitor(request)
        who.needs(Right.ROOMS, incident=given.incident)
        if given.incident is None and not who.admin:
            raise NotAllowed("A room without an incident is made by an administrator; name the incident.")
        name = _visible("name", given.name)
        async with database.transaction(who.actor) as tx:

            async def added() -> dict[str, Any]:
                seen = given.incident is None or await store.incident_known(tx, origin, given.incident, who.rooms)
                if not seen:
                    raise Invalid("incident", "there is no such incident, or you do not see it")
                id = await store.add(tx, name=name, note=given.note.strip(), incident=given.incident)
                await store.put(tx, id, Member(Kind.PERSON, str(who.person), True, True, None))
                await note(tx.connection, who, "room.add", f"room:{id}")
                return {"id": id}

            answer = await once(tx, request, who, key, added)
        await rights_changed()
        return shapes.RoomAdded(**answer)

    @router.patch("/{id}", summary="Rename, close or reopen a room")
    async def patch_room(request: Request, id: Id, given: shapes.RoomChange) -> Done:
        who = await sessions.visitor(request)
        fields = {name: value for name, value in given.model_dump(exclude_unset=True).items() if value is not None}
        if given.name is not None:
            fields["name"] = _visible("name", given.name)
        async with database.transaction(who.actor) as tx:
            room = rules.demand(who, await store.room(tx, id))
            rules.demand_open(room)
            await store.change(tx, room.id, fields)
            await note(tx.connection, who, "room.change", f"room:{id}", {"fields": sorted(fields)})
        await rights_changed()
        return Done(done=bool(fields))

    @router.get("/{id}/members", summary="Who is in a room; the reading is audited")
    async def get_members(request: Request, id: Id) -> shapes.MembersOut:
        who = await sessions.visitor(request)
        async with database.transaction(who.actor) as tx:
            rules.demand(who, await store.room(tx, id))
            rows = await store.members(tx, id)
        await note_reading(database, who, "room.members.read", f"room:{id}")
        return shapes.MembersOut(members=[shapes.MemberOut(**row) for row in rows])

    @router.put("/{id}/members/{kind}/{member:path}", summary="Admit a member, or change what he may")
    async def put_member(request: Request, id: Id, kind: Kind, member: Who, given: shapes.Membership) -> Done:
        who = await sessions.visitor(request)
        async with database.transaction(who.actor) as tx:
            room = rules.demand(who, await store.room(tx, id))
            rules.demand_grant(who, room, can_write=given.can_write)
            await _demand_member(tx, kind, member)
            if given.until is not None and await store.seconds_from_now(tx, given.until) <= 0:
                raise Invalid("until", "until must lie in the future")
            new = Member(kind, member, given.can_write, given.can_share, given.until)
            before = await _members(tx, room)
            rules.demand_sharer(before, [m for m in before if (m.kind, m.member) != (kind, member)] + [new])
            await store.put(tx, room.id, new)
            detail = {"member": f"{kind}:{member}", **given.model_dump(mode="json")}
            await note(tx.connection, who, "room.member.set", f"room:{id}", detail)
        await rights_changed()
        return Done(done=True)

    @router.delete("/{id}/members/{kind}/{member:path}", summary="Take a member out; his open pages lose the room")
    async def delete_member(request: Request, id: Id, kind: Kind, member: Who) -> Done:
        who = await sessions.visitor(request)
        async with database.transaction(who.actor) as tx:
            room = rules.demand(who, await store.room(tx, id))
            before = await _members(tx, room)
            rules.demand_sharer(before, [m for m in before if (m.kind, m.member) != (kind, member)])
            if not await store.remove(tx, room.id, kind, member):
                raise NotFound(NotFound.__doc__)
            await note(tx.connection, who, "room.member.remove", f"room:{id}", {"member": f"{kind}:{member}"})
        await rights_changed()
        return Done(done=True)

    return router


def _shown(who: Visitor, row: dict[str, Any]) -> shapes.RoomOut:
    room = Room(row["id"], row["name"], row["note"], row["incident"], row["closed_at"] is not None)
    return shapes.RoomOut(
        **row, write=room.id in who.write, share=room.id in who.share, manage=rules.rules_over(who, room)
    )


async def _members(tx: Transaction, room: Room) -> list[Member]:
    rows = await store.members(tx, room.id)
    return [Member(r["kind"], r["member"], r["can_write"], r["can_share"], r["until"]) for r in rows]


async def _demand_member(tx: Transaction, kind: Kind, member: str) -> None:
    """Raises Invalid."""
    if kind is Kind.EVERYONE and member != EVERYONE:
        raise Invalid("member", f"the member of kind everyone is {EVERYONE}")
    if kind is Kind.FUNCTION and member.partition("/")[2] not in Function.__members__:
        raise Invalid("member", "a seat is named <staff>/<FUNCTION>, such as …/S2")
    if not await store.known(tx, kind, member):
        raise Invalid("member", f"there is no active {kind} with this id")


def _visible(field: str, text: str) -> str:
    kept = " ".join(text.split())
    if not kept or not kept.isprintable():
        raise Invalid(field, f"{field} needs visible signs only")
    return kept
