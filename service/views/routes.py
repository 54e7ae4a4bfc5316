"""Task views over HTTP: shipped ones for everybody, own ones for oneself, shared ones by room."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Header, Path, Request
from pydantic import BaseModel, ConfigDict, Field

from geodata.model.clock import Clock
from geodata.model.editing import KEPT
from geodata.model.ref import Ref
from geodata.store import things
from geodata.store.database import Database
from geodata.store.idempotency import earlier_answer, remember
from service.access.rights import Right
from service.access.sessions import Sessions
from service.access.visitor import NotAllowed, Visitor
from service.errors import Invalid
from service.views import shipped, store
from service.views.rules import KIND, View, own_room

MOST_IN_A_ROOM = 200
RESTORED_WITHIN = timedelta(hours=1)

Key = Annotated[str | None, Header(alias="Idempotency-Key", min_length=8, max_length=100)]
Id = Annotated[str, Path(pattern=r"^[A-Za-z0-9-]{1,40}$")]
Room = Annotated[str | None, Field(default=None, pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]


class Shape(BaseModel):
    model_config = ConfigDict(json_schema_serialization_defaults_required=True)


class NewView(Shape):
    """`fields` are those of a view. `room` is where it is shared; without one it is your own."""

    fields: dict[str, Any]
    room: Room


class ChangedView(Shape):
    """Fields to change (null takes one out), as edited on version `base`; with `room` it moves there, and `own` moves
    it to your own."""

    base: int
    fields: dict[str, Any]
    room: Room
    own: bool = False


class ViewOut(Shape):
    id: str
    room: str
    version: int
    fields: dict[str, Any]


class ViewsOut(Shape):
    """Each view as its fields beside `id`, `room` and, if it comes with the program, `shipped`."""

    views: list[dict[str, Any]]


class Gone(Shape):
    done: bool


def routes(
    database: Database,
    sessions: Sessions,
    clock: Clock,
    *,
    origin: str,
    rights_changed: Callable[[], Awaitable[None]],
) -> APIRouter:
    responses: dict[int | str, dict[str, Any]] = {
        401: {"description": "Sign in to do this"},
        403: {"description": "Your function does not allow this"},
        404: {"description": "No such view here"},
        409: {"description": "The Idempotency-Key was used for another request"},
    }
    router = APIRouter(prefix="/api/views", tags=["views"], responses=responses)

    async def hand(request: Request) -> Visitor:
        """Whoever may keep views of his own. Raises NotSignedIn, NotAllowed."""
        visitor = await sessions.signed_in(request)
        if visitor.purpose != "browser" or not visitor.person:
            raise NotAllowed("Programs keep no views.")
        return visitor

    async def entitled(visitor: Visitor, room: str) -> None:
        """Whether he may change views of this room: his own room always, others with Right.VIEWS in its incident."""
        assert visitor.person
        if room != own_room(visitor.person):
            visitor.needs(Right.VIEWS, incident=await store.incident_of(database, room))

    async def ready(visitor: Visitor, room: str | None) -> tuple[str, frozenset[str], frozenset[str]]:
        """The room to write to, and the rooms that the visitor sees and writes with it."""
        assert visitor.person
        own = own_room(visitor.person)
        if room in (None, own):
            if own not in visitor.write:
                await store.ensure_own_room(database, visitor.person)
                await rights_changed()
            return own, visitor.rooms | {own}, visitor.write | {own}
        assert room is not None
        if room not in visitor.rooms:
            raise Invalid("room", f"you see no room {room}")
        if room not in visitor.write:
            raise NotAllowed(f"You may not write into the room {room}.")
        return room, visitor.rooms, visitor.write

    @router.get("", summary="The views you may use")
    async def get_views(request: Request) -> ViewsOut:
        visitor = await sessions.visitor(request)
        return ViewsOut(views=[*shipped.listed(), *await store.visible(database, visitor.rooms, origin=origin)])

    @router.post("", status_code=201, summary="Save a view")
    async def post_view(request: Request, new: NewView, idempotency_key: Key = None) -> ViewOut:
        visitor = await hand(request)
        view = things.checked({**new.fields, "owner": visitor.person}, View)
        room, see, write = await ready(visitor, new.room)
        await entitled(visitor, room)
        digest = hashlib.sha256(b"POST /api/views " + orjson.dumps(new.model_dump())).digest()
        principal = visitor.session_id or ""
        async with database.transaction(visitor.actor, see=see, write=write) as tx:
            if idempotency_key:
                earlier = await earlier_answer(tx, principal, idempotency_key, digest)
                if earlier is not None:
                    return ViewOut(**earlier.body)
            if await store.count(tx, room, origin=origin) >= MOST_IN_A_ROOM:
                raise Invalid("room", f"there are {MOST_IN_A_ROOM} views in this room; delete some first")
            ref = Ref(origin, KIND, things.new_id())
            made = _out(ref.id, room, things.make(tx, ref, view, room=room, at=clock.now()))
            if idempotency_key:
                await remember(tx, principal, idempotency_key, 201, made.model_dump())
        return made

    @router.patch("/{id}", summary="Change a view, or share it with another room")
    async def patch_view(request: Request, id: Id, change: ChangedView) -> ViewOut:
        visitor = await hand(request)
        _not_shipped(id)
        assert visitor.person
        wanted = own_room(visitor.person) if change.own else change.room
        target, see, write = (None, visitor.rooms, visitor.write) if wanted is None else await ready(visitor, wanted)
        if "owner" in change.fields:
            raise Invalid("owner", "owner is kept by the server; leave it out")
        async with database.transaction(visitor.actor, see=see, write=write) as tx:
            held = await things.take(tx, Ref(origin, KIND, id), see)
            for room in {held.room, target or held.room}:
                await entitled(visitor, room)
            edited, _ = things.change(
                tx, held, change.fields, View, base=change.base, at=clock.now(), room=target
            )  # fmt: skip
        return _out(id, target or held.room, edited.body)

    @router.delete("/{id}", summary="Delete a view; restore brings it back")
    async def delete_view(request: Request, id: Id) -> Gone:
        visitor = await hand(request)
        _not_shipped(id)
        async with database.transaction(visitor.actor, see=visitor.rooms, write=visitor.write) as tx:
            held = await things.take(tx, Ref(origin, KIND, id), visitor.rooms)
            await entitled(visitor, held.room)
            tx.drop(held.ref)
        return Gone(done=True)

    @router.post("/{id}/restore", summary="Bring a deleted view back")
    async def restore_view(request: Request, id: Id) -> ViewOut:
        visitor = await hand(request)
        _not_shipped(id)
        ref = Ref(origin, KIND, id)
        async with database.transaction(visitor.actor, see=visitor.rooms, write=visitor.write) as tx:
            held = await things.dropped(tx, ref, visitor.rooms, within=RESTORED_WITHIN)
            await entitled(visitor, held.room)
            things.restore(tx, held, at=clock.now())
        return _out(id, held.room, held.body)

    return router


def _not_shipped(id: str) -> None:
    if id in shipped.SHIPPED:
        raise NotAllowed("This view comes with the program. Save a copy and change that.")


def _out(id: str, room: str, body: dict[str, Any]) -> ViewOut:
    fields = {name: value for name, value in body.items() if name not in KEPT}
    return ViewOut(id=id, room=room, version=int(body["version"]), fields=fields)
