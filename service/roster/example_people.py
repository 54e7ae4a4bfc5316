"""The people of a scenario's organisations, put into an exercise once: made-up names, real trainings, two plans each.

Nobody of them has a number: they are reached by the exercise's own gateway only.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from random import Random

from alerting.model.plan import ChannelKind, Escalate, Plan, PlanState, Quota, Step, Target, TargetKind, Verification
from alerting.model.roster import Roster
from alerting.store import people
from alerting.store.people import Address, NewHelper, Skill
from alerting.store.sealing import Seal
from feeds.simulator.forces import Force, Vehicle
from geodata.model.body import to_body
from geodata.model.catalogue import TYPES
from geodata.model.fact import Confidence, Fact, Provenance
from geodata.model.ref import Ref
from geodata.store import things
from geodata.store.database import Database, Transaction
from service.access.holdings import store
from service.roster.rosters import ROSTER

SOURCE = "exercise"
MOST = 60
"""People of one organisation."""
_FIRST = (
    "Anna", "Ben", "Cem", "Dana", "Elif", "Finn", "Greta", "Hannes", "Ines", "Jonas", "Katrin", "Lars", "Mia", "Nils",
    "Olga", "Paul", "Rana", "Sven", "Tina", "Uwe", "Vera", "Wim", "Yara", "Zoe",
)  # fmt: skip
_LAST = (
    "Adams", "Becker", "Conrads", "Dahmen", "Esser", "Faßbender", "Giesen", "Hamacher", "Ibels", "Jansen", "Klein",
    "Lersch", "Meurer", "Nolden", "Offermann", "Pütz", "Reuter", "Schmitz", "Thelen", "Ufer", "Vianden", "Weber",
)  # fmt: skip


def organisation_of(force: Force) -> str:
    return f"uebung-{force.key}"


async def found(database: Database, origin: str, force: Force, seal: Seal, now: datetime) -> bool:
    """Whether its people are new. False too as long as the organisation itself is not there. Raises StoreError."""
    owner = organisation_of(force)
    ref = Ref(origin, "roster", owner)
    async with database.transaction(SOURCE) as tx:
        await things.lock(tx, str(ref))
        if await store.held(tx, str(ref)) or await store.organisation(tx, owner) is None:
            return False
        room = f"p-{owner}"[:60]
        await store.add_room(tx, room, f"{ROSTER.room} {force.name}", ROSTER.note, owner)
        if force.open:
            await store.admit_everybody(tx, room)
        _put(tx, ref, Roster(owner, force.name, room, ars=force.ars, volunteers=force.kind == "FW"), room, now)
        for new in _people(force, room):
            await people.add(tx.connection, seal, new, now=now)
        for number, plan in enumerate(_plans(force), 1):
            _put(tx, Ref(origin, "alarm_plan", f"{owner}-{number}"), plan, room, now)
    return True


def _put(tx: Transaction, ref: Ref, thing: object, room: str, now: datetime) -> None:
    body = {**to_body(thing), "version": 1}
    tx.put(Fact(ref, room, Provenance(SOURCE, now, now, Confidence.CONFIRMED), body))


def _people(force: Force, room: str) -> Iterator[NewHelper]:
    """The crews of its vehicles, with what the type asks of them."""
    random = Random(force.key)  # noqa: S311 the same people in each exercise
    names = [f"{first} {last}" for first in _FIRST for last in _LAST]
    random.shuffle(names)
    seats = [(vehicle, seat) for vehicle in force.vehicles for seat in range(TYPES[vehicle.type].minimum_crew)]
    for number, (vehicle, seat) in enumerate(seats[:MOST]):
        near = (vehicle.station.longitude + random.gauss(0, 0.03), vehicle.station.latitude + random.gauss(0, 0.02))
        yield NewHelper(
            name=names[number],
            room=room,
            organisation=organisation_of(force),
            external_id=f"{number + 1:03}",
            adult=True,
            units=(f"uebung-{force.key}-{vehicle.call}",),
            functions=("LEITER_EINHEIT",) if number == 0 else (),
            languages=("de",),
            home=near,
            home_ars=force.ars,
            skills=tuple(
                Skill(code, verification=Verification.ORGANISATION_VOUCHES) for code in _trained(vehicle, seat)
            ),
            addresses=(Address(ChannelKind.CONSOLE, f"{force.key} {number + 1}"),),
        )


def _trained(vehicle: Vehicle, seat: int) -> tuple[str, ...]:
    """What this seat is trained for: each qualification of the type lies on as many seats as it asks for."""
    wanted = [code for code, count in TYPES[vehicle.type].qualifications.items() if seat < count]
    more = ("ZF",) if vehicle.type == "ELW1" and seat == 0 else ()
    return tuple(dict.fromkeys(("TM", *wanted, *more)))


def _plans(force: Force) -> Iterator[Plan]:
    owner = organisation_of(force)
    here = force.station[0]
    place = (here.longitude, here.latitude)
    everybody = Target(TargetKind.ORGANISATION, organisation=owner)
    yield Plan(
        owner,
        f"Vollalarm {force.name}"[:200],
        steps=(
            Step(name="Einheitsführung", targets=(Target(TargetKind.FUNCTION, function="LEITER_EINHEIT",
                 organisation=owner),), wait=60, escalate=Escalate.ALWAYS),
            Step(name="Alle", targets=(everybody,), wait=600, repeat=1),
        ),
        state=PlanState.ACTIVE,
        quota=Quota(12, {"C": 2, "GF": 1} if force.kind == "FW" else {"RS": 2}),
        title="Vollalarm",
        text="Hochwasserlage: Kräfte zum Gerätehaus.",
        meeting=here.name,
        report_to="Einheitsführung vor Ort",
    )  # fmt: skip
    yield Plan(
        owner,
        f"Nächste Fahrer Klasse C ({force.name})"[:200],
        steps=(
            Step(name="15 km", targets=(Target(TargetKind.SKILL, skill="C", place=place, radius_km=15, limit=8),),
                 wait=300),
            Step(name="40 km", targets=(Target(TargetKind.SKILL, skill="C", place=place, radius_km=40),), wait=600),
        ),
        state=PlanState.ACTIVE,
        quota=Quota(4, {"C": 4}),
        title="Fahrer gesucht",
        text="Fahrer Klasse C für Sandsacktransport.",
        meeting=here.name,
    )  # fmt: skip
