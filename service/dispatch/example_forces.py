"""The scenario's organisations, fleets and resources, put into an exercise once. What people change stays changed."""

from __future__ import annotations

from datetime import datetime

from feeds.simulator.forces import Force, Forces
from geodata.model.catalogue import TYPES
from geodata.model.fms import availability, mapping_of
from geodata.model.ref import Ref
from geodata.model.resource import Cover, Deployment, Fleet, Position, Reporter, Resource, Status
from geodata.store import positions, resources, things
from geodata.store.database import Database, Transaction
from service.dispatch import store

SOURCE = "exercise"


def organisation_of(force: Force) -> str:
    return f"uebung-{force.key}"


def resource_of(force: Force, call: str) -> str:
    return f"uebung-{force.key}-{call}"


async def found(database: Database, origin: str, forces: Forces, now: datetime) -> bool:
    """Whether anything was new. Organisations that are there already are left alone. Raises StoreError."""
    new = False
    async with database.transaction("exercise") as tx:
        await things.lock(tx, "exercise/forces")
        for force in forces.forces:
            room = f"f-{organisation_of(force)}"[:60]
            if await store.found_organisation(tx, organisation_of(force), force.name, force.kind, force.ars, room):
                await store.admit(tx, room, organisation_of(force), everyone=force.open)
                _stock(tx, origin, forces, force, room, now)
                new = True
    return new


def _stock(tx: Transaction, origin: str, forces: Forces, force: Force, room: str, now: datetime) -> None:
    owner = organisation_of(force)
    fleet = Fleet(
        owner, force.name, room, kind=force.kind, ars=force.ars,
        cover=tuple(Cover(force.ars, capability, minimum) for capability, minimum in force.cover.items()),
        neighbours=tuple(f"uebung-{key}" for key in force.neighbours),
    )  # fmt: skip
    resources.add(tx, Ref(origin, resources.FLEET, owner), fleet, room=room, at=now, source=SOURCE)
    for vehicle in force.vehicles:
        type = TYPES[vehicle.type]
        home = (vehicle.station.longitude, vehicle.station.latitude)
        status = Status("2", forces.start, Reporter.CONTROL_ROOM)
        meaning = mapping_of(force.kind, None, ambulance=type.ambulance)
        resource = Resource(
            owner, type.kind, type.code, vehicle.callsign, opta=vehicle.opta, ars=force.ars, home=home,
            home_name=vehicle.station.name, status=status, strength=type.crew, fuel=90,
            availability=availability(status, Deployment.AT_HOME, meaning, now),
        )  # fmt: skip
        id = resource_of(force, vehicle.call)
        resources.add(tx, Ref(origin, resources.RESOURCE, id), resource, room=room, at=now, source=SOURCE)
        at = Position(*home, min(now, forces.start), SOURCE)
        positions.put_all(tx, [(id, room, at)], origin=origin, received_at=now)


async def turn_back(database: Database, origin: str, forces: Forces, now: datetime) -> None:
    """Take out what was said after this moment, because the exercise is played from here again. Raises StoreError."""
    for force in forces.forces:
        owner = organisation_of(force)
        see, write = await store.rooms_of(database, owner)
        ids = [resource_of(force, vehicle.call) for vehicle in force.vehicles]
        async with database.transaction("exercise", see=see, write=write) as tx:
            held = await resources.take_all(tx, resources.RESOURCE, ids, write, origin=origin)
            places = await resources.by_ids(tx, resources.POSITION, held.keys(), write, origin=origin)
            for thing in held.values():
                status = things.checked(thing.body, Resource).status
                if status is not None and status.at > now:
                    resources.say(tx, thing, {"status": None}, Resource, at=now, source=SOURCE)
            for place in places.values():
                if things.checked(place.body, Position).at > now:
                    tx.drop(place.ref)
