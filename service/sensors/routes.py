"""The registry of own sensors: who has spoken, who hangs where, who may send."""

from __future__ import annotations

from typing import Annotated, Any, cast

from fastapi import APIRouter, Path, Request

from geodata.model.clock import Clock
from geodata.model.device import SOURCE, State, alarms, chosen_measure, station_key, wrong_with
from geodata.store import devices
from geodata.store import feeds as feed_store
from geodata.store.database import Database
from geodata.store.devices import Device
from service.access.limits import Limits
from service.access.rights import Right
from service.access.sessions import Sessions
from service.answers import Done, Problem
from service.errors import Invalid, NotFound
from service.sensors import store, webhook
from service.sensors.alarms import Watch
from service.sensors.gathering import Gathering
from service.sensors.intake import Intake
from service.sensors.shapes import (
    AdoptionIn,
    AsideOut,
    Chosen,
    DeviceOut,
    DevicesOut,
    KeyIn,
    KeyOut,
    KeysOut,
    MessageOut,
    MessagesOut,
    NewKeyOut,
    device_fields,
)
from service.sensors.values import measured_again

Id = Annotated[str, Path(max_length=200, examples=["70B3D57BA0001234"])]


def routes(database: Database, sessions: Sessions, clock: Clock, intake: Intake, limits: Limits) -> APIRouter:
    problems: dict[int | str, dict[str, Any]] = {s: {"model": Problem} for s in (401, 403, 404, 422, 503)}
    router = APIRouter(prefix="/api/sensors", tags=["sensors"], responses=problems)
    doorkeeper = webhook.Doorkeeper(database, limits)
    watch = Watch(database, clock, origin=intake.origin, operator=intake.operator or SOURCE)

    @router.get("/devices", summary="Own sensors that have spoken: new ones first, with what they last said")
    async def get_devices(request: Request) -> DevicesOut:
        (await sessions.visitor(request)).needs(Right.STEER)
        now = clock.now()
        found = await devices.listed(database)
        latest = await devices.messages(database, [d.id for d in found], each=1)
        aside = await feed_store.kept_aside(database, SOURCE, limit=20)
        shown = [_shown(d, latest.get(d.id, []), now) for d in found]
        fields = AsideOut.model_fields
        return DevicesOut(
            now=now, devices=shown, aside=[AsideOut(**{k: row[k] for k in fields}) for row in aside]
        )  # fmt: skip

    @router.get("/devices/{id}/messages", summary="A sensor's latest messages, the newest first")
    async def get_messages(request: Request, id: Id) -> MessagesOut:
        (await sessions.visitor(request)).needs(Right.STEER)
        kept = (await devices.messages(database, [id])).get(id)
        if kept is None:
            raise NotFound(f"no device {id}")
        return MessagesOut(messages=[MessageOut(**m) for m in kept])

    @router.put("/devices/{id}", summary="Adopt a sensor as a gauge, or say anew how it hangs")
    async def put_device(request: Request, id: Id, given: AdoptionIn) -> DeviceOut:
        visitor = await sessions.visitor(request)
        visitor.needs(Right.STEER)
        adoption = given.adoption()
        wrong = wrong_with(adoption)
        if wrong:
            raise Invalid(*wrong)
        async with database.transaction(visitor.actor) as tx:
            device = await devices.change(tx, id, state=State.ADOPTED, adoption=adoption)
            if device is None:
                raise NotFound(f"no device {id}: a device is known from its first message on")
            await intake.adopt(tx, device, adoption)
        await watch.look()
        latest = await devices.messages(database, [id], each=1)
        return _shown(device, latest.get(id, []), clock.now())

    @router.post("/devices/{id}/ignore", summary="Set a sensor aside: its messages are counted and nothing else")
    async def ignore(request: Request, id: Id) -> Done:
        visitor = await sessions.visitor(request)
        visitor.needs(Right.STEER)
        async with database.transaction(visitor.actor) as tx:
            device = await devices.change(tx, id, state=State.IGNORED)
            if device is None:
                raise NotFound(f"no device {id}")
            await devices.withdraw(tx, intake.origin, station_key(id))
        return Done(done=True)

    @router.get("/keys", summary="Keys with which network servers push uplinks; never the secrets")
    async def get_keys(request: Request) -> KeysOut:
        (await sessions.visitor(request)).needs(Right.PEOPLE)
        return KeysOut(keys=[KeyOut(**row) for row in await store.keys(database)])

    @router.post("/keys", status_code=201, summary="A new key for a network server; its secret is shown once")
    async def make_key(request: Request, given: KeyIn) -> NewKeyOut:
        visitor = await sessions.visitor(request)
        visitor.needs(Right.PEOPLE)
        id, secret = await store.make_key(database, visitor, given.source, clock.now())
        doorkeeper.forget()
        return NewKeyOut(id=id, source=given.source, secret=secret, path=f"/api/sensors/uplinks/{given.source}")

    @router.delete("/keys/{id}", summary="Revoke a key: whoever has it sends no more")
    async def revoke(request: Request, id: Id) -> Done:
        visitor = await sessions.visitor(request)
        visitor.needs(Right.PEOPLE)
        if not await store.revoke_key(database, visitor, id):
            raise NotFound(f"no key {id}")
        doorkeeper.forget()
        return Done(done=True)

    webhook.add_to(router, doorkeeper, Gathering(intake.take), clock)
    return router


def _shown(device: Device, latest: list[dict[str, Any]], now: Any) -> DeviceOut:
    last = MessageOut(**latest[0]) if latest else None
    measures = measured_again(latest[0]["values"]) if latest else {}
    proposed = chosen_measure(measures)
    adopted = device.state is State.ADOPTED and device.adoption is not None
    raised = alarms(device.standing, device.adoption, now) if adopted and device.adoption else ()
    return DeviceOut(
        **device_fields(device),  # type: ignore[arg-type]
        alarms=[a.value for a in raised],
        station=station_key(device.id),
        proposed=cast(Chosen, proposed.value) if proposed else None,
        measures={kind.value: value for kind, value in measures.items()},
        last_message=last,
    )
