"""Network servers push uplinks: with the right key they are stored before they are acknowledged."""

from __future__ import annotations

from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from tests.service.conftest import Node
from tests.service.sensors.sent import ADOPTION, EUI, chirpstack, loriot, mbx, thingpark, things_stack

PATH = "/api/sensors/uplinks/things_stack"
NOW = datetime.now(UTC).replace(microsecond=0)


async def key(admin: httpx.AsyncClient, source: str = "things_stack") -> str:
    answer = await admin.post("/api/sensors/keys", json={"source": source})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["secret"])


async def registered(admin: httpx.AsyncClient, id: str = EUI) -> dict[str, Any]:
    devices = (await admin.get("/api/sensors/devices")).json()["devices"]
    return next(device for device in devices if device["id"] == id)


HEADERS = (
    ("Authorization", "Bearer {}"),
    ("Authorization", "{}"),
    ("X-Lagebild-Key", "{}"),
    ("X-API-Key", "{}"),
    ("X-Downlink-Apikey", "{}"),
)


async def test_the_secret_may_come_in_whatever_header_the_server_can_set(node: Node) -> None:
    async with aclosing(await node.sign_in()) as admin:
        secret = await key(admin)
        for number, (name, value) in enumerate(HEADERS, 1):
            answer = await node.client.post(
                PATH, json=things_stack(NOW, number, 1823), headers={name: value.format(secret)}
            )
            assert (answer.status_code, answer.content) == (202, b"")
            assert (await registered(admin))["messages"] == number


async def test_without_the_right_secret_nothing_is_taken(node: Node) -> None:
    async with aclosing(await node.sign_in()) as admin:
        secret = await key(admin)
        for headers in ({}, {"Authorization": "Bearer wrong"}, {"X-Lagebild-Key": ""}):
            assert (await node.client.post(PATH, content=b"{", headers=headers)).status_code == 401
        other = await node.client.post(
            "/api/sensors/uplinks/chirpstack", json={}, headers={"Authorization": f"Bearer {secret}"}
        )
        assert other.status_code == 401, "a key holds for its own source"
        assert (await admin.get("/api/sensors/devices")).json()["devices"] == []


async def test_a_revoked_key_is_out_at_once(node: Node) -> None:
    async with aclosing(await node.sign_in()) as admin:
        headers = {"Authorization": f"Bearer {await key(admin)}"}
        assert (await node.client.post(PATH, json=things_stack(NOW, 1, 1823), headers=headers)).status_code == 202
        (held,) = (await admin.get("/api/sensors/keys")).json()["keys"]
        assert held["used_at"] is not None
        assert "secret" not in held
        assert (await admin.delete(f"/api/sensors/keys/{held['id']}")).status_code == 200
        assert (await node.client.post(PATH, json=things_stack(NOW, 2, 1823), headers=headers)).status_code == 401


async def test_guessing_is_stopped(node: Node) -> None:
    answers = [(await node.client.post(PATH, headers={"X-API-Key": f"guess-{n}"})).status_code for n in range(62)]
    assert answers[0] == 401
    assert answers[-1] == 429


GARBAGE = [
    (b"", "body"),
    (b"{", "body"),
    (b"[1]", "body"),
    (b"<html>", "body"),
    (b'{"temperature": 3}', "body"),
    (b'{"end_device_ids": {"dev_eui": "x"}, "uplink_message": {"received_at": "2026-11-22T04:00:00Z"}}', "device"),
    (b'{"end_device_ids": {"dev_eui": "70B3D57BA0001234"}, "uplink_message": {"received_at": "gestern"}}', "time"),
    (b'{"end_device_ids": {"dev_eui": "70B3D57BA0001234"}, "uplink_message": 7}', "uplink_message"),
    (
        b'{"end_device_ids": {"dev_eui": "70B3D57BA0001234"}, "uplink_message": '
        b'{"received_at": "2026-11-22T04:00:00Z", "frm_payload": "%%%"}}',
        "payload",
    ),
]


async def test_garbage_is_refused_and_names_what_is_wrong(node: Node) -> None:
    async with aclosing(await node.sign_in()) as admin:
        headers = {"Authorization": f"Bearer {await key(admin)}"}
        for body, field in GARBAGE:
            answer = await node.client.post(PATH, content=body, headers=headers)
            assert (answer.status_code, answer.json()["field"]) == (422, field), answer.text
        answer = await node.client.post(PATH, json=things_stack(NOW + timedelta(hours=2), 1, 1823), headers=headers)
        assert (answer.status_code, answer.json()["field"]) == (422, "time"), "it lies in the future"
        answer = await node.client.post(PATH, content=b"[" + b" " * 300_000 + b"]", headers=headers)
        assert answer.status_code == 413


async def test_every_network_server_brings_a_device_that_can_be_adopted(node: Node) -> None:
    swl = bytes.fromhex("01756403771C00")
    async with aclosing(await node.sign_in()) as admin:
        messages = {
            "things_stack": (things_stack(NOW, 1, 1823), {"DISTANCE": 182.3}),
            "chirpstack": (chirpstack(NOW, 1, swl, eui="24E124713C000001"), {"DEPTH": 28.0}),
            "loriot": (loriot(NOW, 1, mbx(1500), eui="70B3D57BA0005678"), {"DISTANCE": 150.0}),
            "thingpark": (thingpark(NOW, 1, mbx(900), eui="70B3D57BA0009999"), {"DISTANCE": 90.0}),
        }
        for source, (message, _) in messages.items():
            headers = {"Authorization": f"Bearer {await key(admin, source)}"}
            answer = await node.client.post(f"/api/sensors/uplinks/{source}", json=message, headers=headers)
            assert answer.status_code == 202, f"{source}: {answer.text}"
        devices = (await admin.get("/api/sensors/devices")).json()["devices"]
        assert {d["network"]: d["measures"] for d in devices} == {n: m for n, (_, m) in messages.items()}
        assert all(d["state"] == "NEW" and d["last_message"]["values"] for d in devices)
        for device in devices:
            sent = {**ADOPTION, "measures": device["proposed"], "name": device["network"]}
            assert (await admin.put(f"/api/sensors/devices/{device['id']}", json=sent)).status_code == 200
        stations = (await node.client.get("/api/stations")).json()["stations"]
        values = {s["body"]["name"]: s["readings"][0]["body"]["value"] for s in stations}
        assert values == {"things_stack": 117.7, "chirpstack": 328.0, "loriot": 150.0, "thingpark": 210.0}


async def test_what_cannot_be_decoded_is_kept_aside_with_its_reason(node: Node) -> None:
    async with aclosing(await node.sign_in()) as admin:
        headers = {"Authorization": f"Bearer {await key(admin)}"}
        odd = things_stack(NOW, 1, 0, payload=b"\xff\xfe\xfd")
        assert (await node.client.post(PATH, json=odd, headers=headers)).status_code == 202
        told = (await admin.get("/api/sensors/devices")).json()
        assert told["devices"][0]["undecoded"] == 1
        assert told["devices"][0]["last_message"]["reason"]
        assert told["devices"][0]["last_message"]["payload"] == "FFFEFD"
        assert [(a["item"], a["raw"]) for a in told["aside"]] == [(EUI, "port 1: FFFEFD")]


async def test_joins_and_other_events_are_acknowledged_and_change_nothing(node: Node) -> None:
    async with aclosing(await node.sign_in()) as admin:
        headers = {"Authorization": f"Bearer {await key(admin)}"}
        join = {"end_device_ids": {"device_id": "x", "dev_eui": EUI}, "join_accept": {"session_key_id": "a"}}
        assert (await node.client.post(PATH, json=join, headers=headers)).status_code == 202
        assert (await admin.get("/api/sensors/devices")).json()["devices"] == []
