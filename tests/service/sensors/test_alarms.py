"""Silence and weak batteries are told beside the gauge, and the sensors together are a source like any other."""

from __future__ import annotations

from contextlib import aclosing
from datetime import datetime, timedelta
from typing import Any

from geodata.model.clock import ExerciseClock
from service.sensors.alarms import Watch
from service.sensors.intake import Intake
from tests.service.conftest import Node
from tests.service.sensors.sent import EUI
from tests.service.sensors.test_adoption import NOW, adopt, uplinks


async def facts(node: Node, kind: str) -> list[dict[str, Any]]:
    found = (await node.client.get("/api/picture", params={"kinds": kind})).json()["facts"]
    return [fact["body"] for fact in found]


async def own(node: Node) -> list[dict[str, Any]]:
    return [feed for feed in await facts(node, "feed") if feed["name"] == "sensors"]


def later(minutes: float) -> ExerciseClock:
    return ExerciseClock.starting_at(NOW + timedelta(minutes=minutes), 1.0)


async def test_a_silent_device_is_told_and_told_again_when_it_speaks(node: Node) -> None:
    intake = Intake(node.database, later(0), origin="local")
    await intake.take(uplinks(1900))
    await adopt(node)
    assert [f.get("alarms", []) for f in await facts(node, "device")] == [[]]
    watch = Watch(node.database, later(59), origin="local", operator="Stadt")
    await watch.look()
    assert [f.get("alarms", []) for f in await facts(node, "device")] == [[]]
    watch.clock = later(62)
    await watch.look()
    (told,) = await facts(node, "device")
    assert (told["station"], told["alarms"]) == (f"sensors.{EUI}", ["SILENT"])
    assert told["seen"] <= (NOW + timedelta(minutes=1)).isoformat().replace("+00:00", "Z")
    speaking = Intake(node.database, later(63), origin="local")
    await speaking.take(uplinks(1900, first=2, ending=NOW + timedelta(minutes=62)))
    assert [f.get("alarms", []) for f in await facts(node, "device")] == [[]]


async def test_a_weak_battery_is_told(node: Node) -> None:
    intake = Intake(node.database, later(0), origin="local")
    await intake.take(uplinks(1900, battery=2.2))
    await adopt(node)
    (told,) = await facts(node, "device")
    assert (told["alarms"], told["battery"], told["battery_unit"]) == (["BATTERY"], 2.2, "V")


async def test_an_older_message_that_comes_late_does_not_bring_the_old_battery_back(node: Node) -> None:
    intake = Intake(node.database, later(0), origin="local")
    await intake.take(uplinks(1900, first=5, battery=2.2))
    await intake.take(uplinks(1900, first=4, battery=3.0, ending=NOW - timedelta(hours=1)))
    async with aclosing(await node.sign_in()) as admin:
        (device,) = (await admin.get("/api/sensors/devices")).json()["devices"]
    assert device["battery"] == 2.2


async def test_the_sensors_are_a_source_that_grows_stale(node: Node) -> None:
    watch = Watch(node.database, later(1), origin="local", operator="Stadt Wuppertal")
    await watch.look()
    assert await own(node) == [], "without an adopted sensor there is no such source"
    await Intake(node.database, later(0), origin="local").take(uplinks(1900))
    await adopt(node)
    await watch.look()
    (feed,) = await own(node)
    assert (feed["name"], feed["title"], feed["items"]) == ("sensors", "Eigene Sensoren", 1)
    assert feed["newest"] == NOW.isoformat().replace("+00:00", "Z")
    assert datetime.fromisoformat(feed["last_success"]) < NOW + timedelta(minutes=1)
    assert feed["stale_after"] == 3600


async def test_nothing_new_writes_nothing_to_the_log(node: Node) -> None:
    await Intake(node.database, later(0), origin="local").take(uplinks(1900))
    await adopt(node)
    before = (await node.client.get("/api/picture", params={"kinds": "device"})).json()["cursor"]
    async with node.database.transaction("test") as tx:
        from geodata.store import devices
        from service.sensors.alarms import tell

        await tell(tx, "local", await devices.listed(node.database), NOW + timedelta(minutes=5))
    assert tx.logged == 0
    assert (await node.client.get("/api/picture", params={"kinds": "device"})).json()["cursor"] == before


async def test_what_was_set_aside_is_on_the_feed_page_with_reason_and_raw_item(node: Node) -> None:
    intake = Intake(node.database, later(0), origin="local")
    await intake.take(uplinks(1900, payload=b"\x09broken"))
    await Watch(node.database, later(1), origin="local", operator="Stadt").look()
    (told,) = await own(node)
    assert (told["dropped"], told["items"], told["pushed"]) == (1, 0, True)
    (reason,) = told["dropped_reasons"]
    feeds = (await node.client.get("/api/feeds")).json()["feeds"]
    assert [f["condition"] for f in feeds if f["name"] == "sensors"] == ["FRESH"]
    async with aclosing(await node.sign_in()) as admin:
        answer = await admin.get("/api/feeds/sensors/aside")
        assert answer.status_code == 200, answer.text
        (item,) = answer.json()["items"]
        assert (item["item"], item["reason"], item["times"]) == (EUI, reason, 1)
        assert item["raw"] == "port 1: 0962726F6B656E"
        refused = await admin.post("/api/feeds/sensors/pause")
        assert (refused.status_code, "could be asked" in refused.json()["detail"]) == (404, True)
        assert (await admin.get("/api/feeds/nothing/aside")).status_code == 404
        secret = (await admin.post("/api/sensors/keys", json={"source": "things_stack"})).json()["secret"]
        sent = await node.client.post(
            "/api/sensors/uplinks/things_stack", content=b"{wrong", headers={"Authorization": f"Bearer {secret}"}
        )
        assert sent.status_code == 422
        items = (await admin.get("/api/feeds/sensors/aside")).json()["items"]
        assert (items[0]["item"], items[0]["raw"]) == ("things_stack", "{wrong")
    await Watch(node.database, later(26 * 60), origin="local", operator="Stadt").look()
    assert await own(node) == [], "after a day the source is told of only while a gauge hangs on it"
