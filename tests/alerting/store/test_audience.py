"""Whom each kind of target means, and what a look before says."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import text

from alerting.model.plan import ChannelKind, Place, Step, Target, TargetKind
from alerting.store import audience
from geodata.model.ref import Ref
from geodata.model.shift import Shift, ShiftState
from geodata.store import things
from geodata.store.database import Database
from tests.alerting.ground import ORGANISATION, ORIGIN, ROOM, Ground, ground, plan

SMS, EMAIL = ChannelKind.SMS, ChannelKind.EMAIL
HAGEN: Place = (7.47, 51.36)


async def _whom(here: Ground, target: Target, place: Place | None = None) -> list[str]:
    names = {id: name for name, id in here.helpers.items()}
    async with here.database.reading() as connection:
        found = await audience.resolve(connection, target, rooms=[ROOM], place=place, now=here.clock.now())
        assert found is not None
        return sorted(names[id] for id in (await connection.execute(text(found.sql), found.params)).scalars())


async def test_each_kind_of_target_means_its_people(database: Database) -> None:
    here = await ground(database)
    ada = await here.add("Ada", SMS, units=("1. Zug",), functions=("LDE",), skills=("ZF",), home=HAGEN)
    await here.add("Ben", SMS, external_id="4711", units=("2. Zug",), skills=("GF",), home=(7.6, 51.36))
    await here.add("Cem", SMS, skills=("GF",), home=(9.0, 51.36))
    paused = await here.add("Dora", SMS, units=("1. Zug",))
    async with database.transaction("test") as tx:
        await tx.connection.execute(text("UPDATE helper SET state = 'PAUSED' WHERE id = :id"), {"id": paused})
    kind = TargetKind
    assert await _whom(here, Target(kind.PERSONS, ids=(ada, "4711", paused))) == ["Ada", "Ben"]
    assert await _whom(here, Target(kind.UNIT, ids=("1. Zug", "2. Zug"))) == ["Ada", "Ben"]
    assert await _whom(here, Target(kind.ORGANISATION, organisation=ORGANISATION)) == ["Ada", "Ben", "Cem"]
    assert await _whom(here, Target(kind.ORGANISATION, organisation="another")) == []
    assert await _whom(here, Target(kind.FUNCTION, function="LDE")) == ["Ada"]
    near = Target(kind.SKILL, skill="GF", radius_km=20)
    assert await _whom(here, near, HAGEN) == ["Ada", "Ben"], "who leads a platoon can lead a group"
    assert await _whom(here, Target(kind.SKILL, skill="GF", limit=1), HAGEN) == ["Ada"]
    async with database.transaction("test") as tx:
        await tx.connection.execute(text("UPDATE helper SET bound_to = 'x' WHERE id = :id"), {"id": ada})
    assert await _whom(here, near, HAGEN) == ["Ben"], "who comes to another alarm is not free"
    assert await _whom(here, Target(kind.SKILL, skill="GF", radius_km=20, free=False), HAGEN) == ["Ada", "Ben"]


async def test_who_is_on_duty_is_known_by_number_by_id_and_by_name(database: Database) -> None:
    here = await ground(database)
    ada = await here.add("Ada", SMS)
    await here.add("Ben", SMS, external_id="4711")
    await here.add("Cem  Kaya", SMS)
    await here.add("Dora", SMS)
    now, hour = here.clock.now(), timedelta(hours=1)
    shifts = (
        Shift(ORGANISATION, "A.", now - hour, now + hour, member=ada),
        Shift(ORGANISATION, "B.", now - 9 * hour, now - hour, member="4711", state=ShiftState.ON_DUTY),
        Shift(ORGANISATION, "cem kaya", now - hour, now + hour),
        Shift(ORGANISATION, "Dora", now + hour, now + 2 * hour),
        Shift("another", "Dora", now - hour, now + hour),
    )
    async with database.transaction("test") as tx:
        for number, shift in enumerate(shifts):
            things.make(tx, Ref(ORIGIN, "shift", f"s{number}"), shift, room=ROOM, at=now)
    duty = Target(TargetKind.DUTY, organisation=ORGANISATION)
    assert await _whom(here, duty) == ["Ada", "Ben", "Cem  Kaya"]


async def test_a_look_before_says_how_each_would_be_called_and_who_cannot_be_and_why(database: Database) -> None:
    here = await ground(database)
    await here.add("Ada", SMS, EMAIL)
    await here.add("Ben", EMAIL)
    await here.add("Cem")
    step = Step((Target(TargetKind.ORGANISATION, organisation=ORGANISATION),), channels=(EMAIL, SMS))
    only = Step((Target(TargetKind.ORGANISATION, organisation=ORGANISATION),), channels=(SMS,))
    partner = Step((Target(TargetKind.PARTNER, organisation="thw"),))
    async with database.reading() as connection:
        every, few, asked = await audience.preview(connection, plan(step, only, partner), [ROOM], here.clock.now())
        [dark, *_] = await audience.preview(connection, plan(step), [ROOM], here.clock.now(), gateways=[SMS])
    shown = {one.name: (one.channels, one.reason) for one in every.people}
    assert shown == {"Ada": ((EMAIL, SMS), None), "Ben": ((EMAIL,), None), "Cem": ((), "NO_CHANNEL")}
    assert (every.total, every.reachable, every.by_channel) == (3, 2, {"EMAIL": 2})
    assert {one.name: one.reason for one in few.people} == {"Ada": None, "Ben": "OTHER_CHANNELS", "Cem": "NO_CHANNEL"}
    assert asked.partners == ("thw",) and asked.total == 0
    assert {one.name: one.reason for one in dark.people} == {"Ada": None, "Ben": "NO_GATEWAY", "Cem": "NO_CHANNEL"}
