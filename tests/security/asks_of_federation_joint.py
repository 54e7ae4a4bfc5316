"""Asks about incidents that a partner and we hold for the same. `asks` imports this."""

from __future__ import annotations

from geodata.model.body import to_body
from geodata.model.fact import Confidence, Fact, Provenance
from geodata.model.incident_link import LINK, IncidentLink
from geodata.model.ref import Ref
from geodata.store.things import new_id
from tests.security.asks import Ask, ask
from tests.security.asks_of_federation_exchange import NOW, partner_of
from tests.security.world import World

BY = Provenance("people", NOW, NOW, Confidence.CONFIRMED)


@ask("POST /api/partners/{id}/incident-links")
async def _link(world: World) -> Ask:
    peer, origin, room = await partner_of(world)
    theirs = f"{origin}/incident/flut"
    said = IncidentLink(theirs, f"local/incident/{world.a.incident}", NOW, "LEITUNG")
    async with world.node.database.transaction("test") as tx:
        tx.put(Fact(Ref(origin, LINK, "flut"), room, BY, to_body(said)))
    return Ask({"id": peer}, {"incident": world.a.incident, "theirs": theirs})


@ask("POST /api/partners/{id}/incident-links/{link}/end")
async def _end(world: World) -> Ask:
    peer, origin, room = await partner_of(world)
    ref = Ref("local", LINK, new_id())
    said = IncidentLink(f"local/incident/{world.a.incident}", f"{origin}/incident/flut", NOW, "LEITUNG")
    async with world.node.database.transaction("test") as tx:
        tx.put(Fact(ref, room, BY, to_body(said)))
    return Ask({"id": peer, "link": ref.id}, {"reason": "war eine andere"})


@ask("GET /api/incidents/{id}/joint")
async def _joint(world: World) -> Ask:
    return Ask({"id": world.a.incident})


@ask("GET /api/incidents/{id}/joint-log.pdf")
async def _joint_pdf(world: World) -> Ask:
    """Without our own entries: this world writes hundreds, and a page of them takes a third of a second."""
    return Ask({"id": world.a.incident}, query={"side": "theirs"})


@ask("GET /api/incidents/{id}/joint-log", "GET /api/incidents/{id}/joint-log.csv")
async def _joint_log(world: World) -> Ask:
    return Ask({"id": world.a.incident}, shows=True)
