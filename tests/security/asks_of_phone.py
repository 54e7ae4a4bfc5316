"""Asks about pages behind links: whoever has the link is the person it was made for, signed in or not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import text

from alerting.model.plan import Plan, Quota, Step, Target, TargetKind
from alerting.store import alarms, links, people
from alerting.store.alarms import Said
from alerting.store.links import Purpose
from alerting.store.people import NewHelper
from alerting.store.sealing import Seal
from geodata.model.incident import IncidentMode
from tests.security.asks import Ask, ask, plain
from tests.security.world import SECRET, World

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
DEVICE = {"endpoint": "https://push.invalid/1", "keys": {"p256dh": "B" * 87, "auth": "a" * 22}}

plain("GET /da/{code}", "GET /da/{code}/qr.svg", "GET /da/{code}/sign", path={"code": "ABCD"})
plain("GET /phone-worker.js")


async def _own(world: World, helper: str | None = None) -> dict[str, str]:
    now = datetime.now(UTC)
    async with world.node.database.transaction("test") as tx:
        id = await links.make(
            tx.connection, helper or world.a.things["helper"], Purpose.SELF, now=now, expires=now + timedelta(days=1)
        )
    return {"token": links.token_of(Seal(world.node.data_dir), id)}


async def _called(world: World) -> dict[str, str]:
    now, made = datetime.now(UTC), world.a
    helper, room = made.things["helper"], made.things["roster_room"]
    step = Step((Target(TargetKind.PERSONS, ids=(helper,)),))
    async with world.node.database.transaction("test") as tx:
        alarm = await alarms.begin(
            tx, origin="local", mode=IncidentMode.EXERCISE, organisation=made.things["roster"],
            plan=Plan(made.things["roster"], "Kette", (step,), quota=Quota(1)), said=Said(SECRET["a"]), incident=None,
            room=room, rooms=[room], by="test", now=now,
        )  # fmt: skip
        id = await links.make(
            tx.connection, helper, Purpose.ALARM, now=now, expires=now + timedelta(days=1), alarm=alarm
        )
        await tx.connection.execute(
            text("""INSERT INTO alarm_recipient (alarm, helper, step, state, link)
                    VALUES (:alarm, :helper, 0, 'SENT', :link) ON CONFLICT DO NOTHING"""),
            {"alarm": alarm, "helper": helper, "link": id},
        )
    return {"token": links.token_of(Seal(world.node.data_dir), id)}


@ask("GET /a/{token}")
async def _alarm(world: World) -> Ask:
    return Ask(await _called(world), shows=True)


@ask("POST /a/{token}")
async def _answer(world: World) -> Ask:
    return Ask(await _called(world), content=b"do=COMING", headers=FORM)


@ask("POST /a/{token}/push")
async def _alarm_push(world: World) -> Ask:
    return Ask(await _called(world), {"subscription": DEVICE})


@ask("GET /me/{token}")
async def _own_page(world: World) -> Ask:
    return Ask(await _own(world), shows=True)


@ask("GET /me/{token}/app.webmanifest")
async def _manifest(world: World) -> Ask:
    return Ask(await _own(world))


@ask("POST /me/{token}")
async def _own_change(world: World) -> Ask:
    return Ask(await _own(world), content=b"do=available&ready=READY", headers=FORM)


@ask("POST /me/{token}/push")
async def _own_push(world: World) -> Ask:
    return Ask(await _own(world), {"subscription": DEVICE})


@ask("GET /pages/{hash}/{name}")
async def _file(world: World) -> Ask:
    return Ask({"hash": "0", "name": "page.css"})


@ask("GET /me/{token}/export")
async def _export(world: World) -> Ask:
    return Ask(await _own(world), shows=True)


@ask("GET /me/{token}/erase")
async def _ask_to_erase(world: World) -> Ask:
    return Ask(await _own(world))


@ask("POST /me/{token}/erase")
async def _erase(world: World) -> Ask:
    """Of somebody who is there for that."""
    new = NewHelper(name="Geht", room=world.a.things["roster_room"], organisation=world.a.things["roster"])
    async with world.node.database.transaction("test") as tx:
        helper = await people.add(tx.connection, Seal(world.node.data_dir), new, now=datetime.now(UTC))
    return Ask(await _own(world, helper), content=b"sure=yes", headers=FORM)
