"""Asks about what two staffs exchange: messages, alarm requests, reports. `asks` imports this."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from geodata.model.alarm_request import AlarmRequest
from geodata.model.body import to_body
from geodata.model.fact import Confidence, Fact, Provenance
from geodata.model.incident import IncidentMode
from geodata.model.march import March, MarchVehicle
from geodata.model.partner_message import PartnerMessage
from geodata.model.ref import Ref
from geodata.model.resource import FleetLevel
from geodata.store.things import new_id
from service.federation.identity.keys import text_of
from service.federation.peers import store as peers
from service.federation.peers.peer import PeerState
from tests.security.asks import Ask, ask, plain
from tests.security.world import World, adds, told

SEALING = text_of(X25519PrivateKey.generate().public_key().public_bytes_raw())
NOW = datetime(2026, 1, 1, tzinfo=UTC)

plain("GET /api/exchange", "GET /api/situation-reports", "GET /api/situation-reports/areas")
plain("POST /api/situation-reports/preview", json={})
plain("PUT /api/situation-reports/rhythm", json={"hours": 6})


@adds
async def _acquainted(world: World, side: str) -> None:
    """Before anybody has signed in who asks: what a session sees is remembered for a while."""
    if side != "a":
        return
    origin = f"austausch-{uuid4().hex[:8]}"
    async with world.node.database.transaction("test") as tx:
        world.a.things["exchange_partner"] = await peers.add(
            tx, origin=origin, name=origin, level=FleetLevel.DISTRICT, mode="ACTUAL", keys=[], seal_key=SEALING,
            url=None, ars=None, document={}, state=PeerState.SUSPENDED,
        )  # fmt: skip


async def partner_of(world: World) -> tuple[str, str, str]:
    """Its id, origin and exchange room."""
    async with world.node.database.reading() as connection:
        found = await peers.one(connection, world.a.things["exchange_partner"])
    return found.id, found.origin, str(found.exchange_room)


async def _told(world: World, kind: str, body: Any) -> tuple[str, str]:
    """Something that a partner wrote: the partner, and its id."""
    peer, origin, room = await partner_of(world)
    ref = Ref(origin, kind, new_id())
    async with world.node.database.transaction("test") as tx:
        tx.put(Fact(ref, room, Provenance("people", NOW, NOW, Confidence.REPORTED), to_body(body)))
    return peer, ref.id


async def _asked(world: World) -> tuple[str, str]:
    body = AlarmRequest("x/alarm/1", "ABCD", "Nachbar", "local", "Deich", IncidentMode.EXERCISE, NOW)
    return await _told(world, "alarm_request", body)


async def _plan(world: World) -> str:
    steps = [{"targets": [{"kind": "PERSONS", "ids": [world.a.things["helper"]]}]}]
    sent = {"organisation": world.a.things["roster"], "fields": {"name": "Kette", "steps": steps}}
    made = told(await world.a.lead.post("/api/alarm-plans", json=sent))
    told(await world.a.lead.post(f"/api/alarm-plans/{made['id']}/approve", json={"version": 1}))
    return str(made["id"])


@ask("POST /api/partners/{id}/messages")
async def _message(world: World) -> Ask:
    return Ask({"id": (await partner_of(world))[0]}, {"text": "Lage?"})


@ask("POST /api/partners/{id}/messages/{message}/read")
async def _read(world: World) -> Ask:
    body = PartnerMessage(1, "Nachbar", "local", "Lage?", NOW, IncidentMode.ACTUAL)
    peer, message = await _told(world, "partner_message", body)
    return Ask({"id": peer, "message": message}, {})


@ask("POST /api/partners/{id}/alarm-requests/{request_id}/accept")
async def _accept(world: World) -> Ask:
    peer, request = await _asked(world)
    return Ask({"id": peer, "request_id": request}, {"plan": await _plan(world)})


@ask("POST /api/partners/{id}/alarm-requests/{request_id}/decline")
async def _decline(world: World) -> Ask:
    peer, request = await _asked(world)
    return Ask({"id": peer, "request_id": request}, {"reason": "Alle selbst im Einsatz"})


@ask("GET /api/partners/{id}/alarm-policy")
async def _written(world: World) -> Ask:
    return Ask({"id": (await partner_of(world))[0]})


@ask("PUT /api/partners/{id}/alarm-policy")
async def _policy(world: World) -> Ask:
    return Ask({"id": (await partner_of(world))[0]}, {"plans": {"TEST": await _plan(world)}})


@ask("POST /api/situation-reports")
async def _report(world: World) -> Ask:
    return Ask({}, {"to": [(await partner_of(world))[0]]})


@ask("POST /api/partners/{id}/marches")
async def _march(world: World) -> Ask:
    return Ask({"id": (await partner_of(world))[0]}, {"leader": "Florian 1", "resources": ["nicht-da"]})


@ask("GET /api/partners/{id}/marches/{march}/file")
async def _march_file(world: World) -> Ask:
    peer, origin, room = await partner_of(world)
    ref = Ref("local", "march", new_id())
    vehicle = MarchVehicle("local/resource/x", "Florian 1", "HLF20")
    march = March(1, "Wir", origin, NOW, NOW + timedelta(hours=9), IncidentMode.ACTUAL, "Florian 1", (vehicle,))
    async with world.node.database.transaction("test") as tx:
        tx.put(Fact(ref, room, Provenance("people", NOW, NOW, Confidence.CONFIRMED), to_body(march)))
    return Ask({"id": peer, "march": ref.id})


@ask("POST /api/marches/read")
async def _march_read(world: World) -> Ask:
    return Ask(content=b"LBM:1/1:00000000:00000000:nobody")
