"""With whom we exchange: the partners as the faces of exchange need them."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response

from geodata.model.resource import FleetLevel
from geodata.store.database import Database
from service.access.sessions import Sessions
from service.bodies import answer
from service.federation.peers import store as peers
from service.federation.peers.peer import Peer, PeerState

RANK = {level: rank for rank, level in enumerate(FleetLevel)}


def routes(database: Database, sessions: Sessions, *, origin: str, name: str, level: FleetLevel, ars: str) -> APIRouter:
    router = APIRouter(prefix="/api", tags=["exchange"], responses={401: {"description": "Not signed in"}})

    @router.get("/exchange", summary="Who we are to partners, and with whom we exchange")
    async def get_exchange(request: Request) -> Response:
        visitor = await sessions.signed_in(request)
        async with database.reading() as connection:
            found = await peers.everyone(connection)
        seen = [shown(one, level) for one in found if one.exchange_room in visitor.rooms and one.state in _SHOWN]
        own = {"origin": origin, "name": name, "level": level.value, "ars": ars or None}
        return answer({"own": own, "partners": seen})

    return router


_SHOWN = (PeerState.ACTIVE, PeerState.SUSPENDED, PeerState.REVOKED)


def shown(peer: Peer, own: FleetLevel) -> dict[str, Any]:
    """`above` and `below` are by level: a Kreis stands above a municipality."""
    return {
        "id": peer.id, "origin": peer.origin, "name": peer.name, "level": peer.level.value, "ars": peer.ars,
        "state": peer.state.value, "room": peer.exchange_room, "above": RANK[peer.level] > RANK[own],
        "below": RANK[peer.level] < RANK[own],
    }  # fmt: skip
