"""Asks about what feeds the picture: raw answers and recorded files of sources, own sensors. `asks` imports this."""

from __future__ import annotations

from datetime import UTC, datetime

from feeds.lorawan.uplink import Network, Uplink
from geodata.model.clock import WallClock
from service.sensors.intake import Intake
from tests.security.asks import Ask, ask, plain
from tests.security.world import World, told

# --- raw answers and recorded files of sources ------------------------------------------------------------------------
GAUGE = {"uuid": "11111111-1111-4111-8111-111111111111", "number": "1", "shortname": "MUSTERSTADT", "timeseries": []}

plain("GET /api/feeds/{name}/raw", path={"name": "pegelonline"})
plain("GET /api/feeds/{name}/raw/{id}", "POST /api/feeds/{name}/raw/{id}/replay",
      path={"name": "pegelonline", "id": 10**15})  # fmt: skip
plain("POST /api/feeds/{name}/replay", path={"name": "pegelonline"}, json=[GAUGE])
plain("POST /api/feeds/{name}/replay/{token}", path={"name": "pegelonline", "token": "geraten"})


# --- own sensors ------------------------------------------------------------------------------------------------------
SENSOR = {"name": "Brücke am Mühlbach", "measures": "LEVEL", "longitude": 7.1, "latitude": 51.2}
plain("GET /api/sensors/devices", "GET /api/sensors/keys")
plain("POST /api/sensors/keys", json={"source": "things_stack"})
plain("POST /api/sensors/uplinks/{source}", path={"source": "things_stack"}, json={}, headers={"X-API-Key": "geraten"})


async def _sensor(world: World) -> str:
    id = "70B3D57BA0001234"
    heard = Uplink(id, Network.PLAIN, datetime.now(UTC), counter=0, decoded={"level": 12})
    await Intake(world.node.database, WallClock(), origin="local").take([heard])
    return id


@ask("PUT /api/sensors/devices/{id}")
async def _adopt_sensor(world: World) -> Ask:
    return Ask({"id": await _sensor(world)}, SENSOR)


@ask("POST /api/sensors/devices/{id}/ignore", "GET /api/sensors/devices/{id}/messages")
async def _one_sensor(world: World) -> Ask:
    return Ask({"id": await _sensor(world)})


@ask("DELETE /api/sensors/keys/{id}")
async def _sensor_key(world: World) -> Ask:
    made = await world.clients["admin"].post("/api/sensors/keys", json={"source": "loriot"})
    return Ask({"id": told(made)["id"]})
