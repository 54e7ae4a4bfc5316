"""20,000 resources of 396 organisations, one for each municipality of NRW with its real ARS, at real places there."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime

import psycopg
import shapely
from sqlalchemy import text

from geodata.land import loading
from geodata.model.ref import Ref
from geodata.model.resource import Availability, Fleet, FleetLevel, Position, Reporter, Resource, ResourceKind, Status
from geodata.store import positions, resources
from geodata.store.database import Database

TYPES = ("HLF20", "LF20-KatS", "TLF3000", "DLK23-12", "ELW1", "MTF", "GW-L2", "RTW", "KTW", "RW")
_AT_ONCE = 2_000
_TOWNS = text("""
    SELECT area.ars, area.name, ST_AsBinary(ST_PointOnSurface(geom)) AS place
    FROM area WHERE level = 'municipality' ORDER BY ars
""")


@dataclass(frozen=True, slots=True)
class One:
    id: str
    external_id: str
    organisation: str
    longitude: float
    latitude: float


async def settle(url: str, count: int) -> list[One]:
    """Load the land, then put organisations, fleets, rooms, resources and a first position of each."""
    database = Database(url)
    await loading.ensure(database)
    async with database.reading() as connection:
        towns = (await connection.execute(_TOWNS)).all()
    chance, now = random.Random(5), datetime.now(UTC)
    with psycopg.connect(url) as plain:
        for town in towns:
            plain.execute(
                "INSERT INTO organisation (id, name, kind, ars) VALUES (%s, %s, 'FW', %s)",
                (f"fw-{town.ars}", f"Feuerwehr {town.name}", town.ars),
            )
            plain.execute("INSERT INTO room (id, name, note) VALUES (%s, %s, '')", (f"f-{town.ars}", town.name))
            plain.execute(
                "INSERT INTO room_member VALUES (%s, 'organisation', %s, true, true, NULL)",
                (f"f-{town.ars}", f"fw-{town.ars}"),
            )
    made: list[One] = []
    for start in range(0, count, _AT_ONCE):
        async with database.transaction("bench") as tx:
            for number in range(start, min(start + _AT_ONCE, count)):
                town = towns[number % len(towns)]
                organisation, room = f"fw-{town.ars}", f"f-{town.ars}"
                if number < len(towns):
                    fleet = Fleet(organisation, f"Feuerwehr {town.name}", room, FleetLevel.MUNICIPALITY, "FW", town.ars)
                    resources.add(tx, Ref("local", "fleet", organisation), fleet, room=room, at=now, source="bench")
                place = shapely.from_wkb(bytes(town.place))
                one = One(
                    f"r{number}", f"gps-{number}", organisation, place.x + chance.uniform(-0.01, 0.01),
                    place.y + chance.uniform(-0.01, 0.01),
                )  # fmt: skip
                kind = TYPES[number // len(towns) % len(TYPES)]
                resource = Resource(
                    organisation, ResourceKind.VEHICLE, kind, f"Florian {town.name} {number // len(towns)} {kind}",
                    availability=Availability.AVAILABLE_STATION, ars=town.ars, home=(one.longitude, one.latitude),
                    status=Status("2", now, Reporter.CONTROL_ROOM), external_id=one.external_id,
                )  # fmt: skip
                resources.add(tx, Ref("local", "resource", one.id), resource, room=room, at=now, source="bench")
                at = Position(one.longitude, one.latitude, now, "bench")
                positions.put_all(tx, [(one.id, room, at)], origin="local", received_at=now)
                made.append(one)
    async with database.reading() as connection:
        await connection.execute(text("ANALYZE fact"))
    await database.close()
    print(f"{len(made):,} resources of {len(towns)} municipalities", flush=True)
    return made
