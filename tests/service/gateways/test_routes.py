"""Providers tell receipts and answers over HTTP: known by their secret, counted once, nothing lost."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import product
from typing import Any

import httpx
import orjson
import pytest
from sqlalchemy import text

from alerting.dispatch import Dispatch
from alerting.model.plan import Plan, Quota, Step, Target, TargetKind
from alerting.model.said import Said
from alerting.store import alarms
from geodata.model.clock import WallClock
from geodata.model.incident import IncidentMode
from service.alert_settings import AlertSettings
from service.gateways.building import Building
from tests.alerting.providers import FakeAndroid, FakeSms, FakeVoice, Temper, until
from tests.service.conftest import Node, running
from tests.service.roster.crew import Crew, crew, told

SECRET, OTHER, REHEARSED = "secret-of-this-gateway", "secret-of-the-other-one", "secret-of-the-rehearsal"
ANNA, BERT = "+491701111111", "+491702222222"


@dataclass
class Scene:
    crew: Crew
    sms: FakeSms
    voice: FakeVoice
    phone: FakeAndroid
    dispatch: Dispatch

    @property
    def node(self) -> Node:
        return self.crew.node

    def at(self, name: str, what: str = "receipts") -> str:
        return f"{self.node.url}/api/gateways/{name}/{what}"

    async def alarm(self, *channels: tuple[str, str], name: str = "Anna") -> tuple[str, str]:
        """Somebody and the alarm that calls him, called already."""
        helper = await self.crew.add(name, channels=channels)
        step = Step(targets=(Target(TargetKind.PERSONS, ids=(helper,)),), wait=600, fall_back=600)
        plan = Plan(self.crew.organisation, "Kette", (step,), quota=Quota(1))
        async with self.node.database.transaction("test") as tx:
            alarm = await alarms.begin(
                tx, origin="local", mode=IncidentMode.ACTUAL, organisation=self.crew.organisation, plan=plan,
                said=Said("Hochwasser"), incident=None, room=self.crew.room, rooms=[self.crew.room], by="test",
                now=datetime.now(UTC),
            )  # fmt: skip
        await self.dispatch.settle()
        await until(lambda: self.sms.taken or self.voice.taken or self.phone.taken)
        await self.state(alarm, "SENT")
        return helper, alarm

    async def one(self, query: str, **given: Any) -> Any:
        async with self.node.database.reading() as connection:
            return (await connection.execute(text(query), given)).one()

    async def state(self, alarm: str, wanted: str) -> None:
        """Wait until the call is written down as this."""
        for _ in range(2000):
            if (await self.call(alarm)).state == wanted:
                return
            await self.dispatch.record()
        raise AssertionError((await self.call(alarm)).state)

    async def call(self, alarm: str) -> Any:
        return await self.one("SELECT id, state, error, provider_id FROM alarm_call WHERE alarm = :alarm", alarm=alarm)

    async def answer(self, alarm: str) -> Any:
        asked = "SELECT answer, eta - answered_at AS later, answered_by FROM alarm_recipient WHERE alarm = :alarm"
        return await self.one(asked, alarm=alarm)

    async def messages(self) -> list[dict[str, Any]]:
        return list(told(await self.crew.client.get("/api/gateways/messages"))["messages"])


@pytest.fixture
async def scene(database_url: str) -> AsyncIterator[Scene]:
    async with (
        FakeSms(Temper(silent=True), secret=SECRET).serving() as sms,
        FakeVoice(Temper(silent=True), secret=OTHER).serving() as voice,
        FakeAndroid(secret=SECRET).serving() as phone,
    ):
        assert isinstance(sms, FakeSms) and isinstance(voice, FakeVoice) and isinstance(phone, FakeAndroid)
        gateways: dict[str, Any] = {
            "sms": {**FakeSms.settings, "url": sms.url, "secret": SECRET, "replies": True},
            "voice": {**FakeVoice.settings, "url": voice.url, "secret": OTHER},
            "rehearsal": {**FakeSms.settings, "url": sms.url, "secret": REHEARSED, "exercise": True},
            "phone": {"kind": "android_sms", "url": phone.url, "username": "u", "password": "p", "secret": SECRET},
        }
        async with running(database_url, alerting={"gateways": gateways}) as node:
            settings = AlertSettings(gateways=gateways)
            building = Building(
                settings, origin="local", public_url=node.url, data_dir=node.data_dir, exercise_node=False
            )
            board = building.switchboard(WallClock())
            made = await crew(node)
            dispatch = Dispatch(node.database, WallClock(), made.seal, board, origin="local", public_url=node.url)
            yield Scene(made, sms, voice, phone, dispatch)
            await board.close()


async def test_a_receipt_makes_a_call_delivered_and_an_sms_is_an_answer_whoever_wrote_it_how(scene: Scene) -> None:
    _, alarm = await scene.alarm(("SMS", ANNA))
    call = await scene.call(alarm)
    assert scene.sms.taken[0].call == call.id and scene.sms.taken[0].to == ANNA
    assert await scene.sms.tell(scene.at("sms"), {"ref": call.id, "state": "DELIVRD"}) == 202
    assert (await scene.call(alarm)).state == "DELIVERED"
    assert await scene.sms.write(scene.at("sms", "inbound"), "0170 1111111", " Komme 20 ") == 202
    answer = await scene.answer(alarm)
    assert (answer.answer, answer.later.total_seconds(), answer.answered_by) == ("COMING_LATER", 1200, "SMS")
    assert await scene.messages() == []


async def test_an_answer_told_again_does_not_undo_what_was_said_since(scene: Scene) -> None:
    _, alarm = await scene.alarm(("SMS", ANNA))
    inbound = scene.at("sms", "inbound")
    assert await scene.sms.write(inbound, ANNA, "1", id="first") == 202
    assert (await scene.answer(alarm)).answer == "COMING"
    assert await scene.sms.write(inbound, ANNA, "3", id="second") == 202
    assert await scene.sms.write(inbound, ANNA, "1", id="first") == 202
    assert (await scene.answer(alarm)).answer == "NOT_COMING"


async def test_a_text_that_is_no_answer_is_kept_sealed_and_shown_to_its_staff_only(scene: Scene) -> None:
    helper, alarm = await scene.alarm(("SMS", ANNA))
    inbound, words = scene.at("sms", "inbound"), "Bin im Urlaub <b>und</b> die Brücke ist weg"
    assert await scene.sms.write(inbound, ANNA, words) == 202
    assert await scene.sms.write(inbound, BERT, "1") == 202
    assert (await scene.answer(alarm)).answer is None
    unknown, known = await scene.messages()
    assert (known["helper"], known["name"], known["text"], known["sender"]) == (helper, "Anna", words, None)
    assert (unknown["helper"], unknown["text"], unknown["sender"]) == (None, "1", BERT)
    row = await scene.one("SELECT string_agg(convert_from(sealed, 'UTF8'), '') AS kept FROM gateway_message")
    assert "Urlaub" not in row.kept and BERT not in row.kept
    stranger = await crew(scene.node, "Feuerwehr Nachbarstadt")
    theirs = told(await stranger.client.get("/api/gateways/messages"))["messages"]
    assert [message["helper"] for message in theirs] == [None]
    observer = await scene.node.sign_in("Niemand", admin=False)
    assert (await observer.get("/api/gateways/messages")).status_code == 403


async def test_a_key_pressed_on_the_telephone_is_an_answer(scene: Scene) -> None:
    _, alarm = await scene.alarm(("VOICE", ANNA))
    call = await scene.call(alarm)
    at = scene.at("voice", "inbound")
    assert await scene.voice.tell(at, {"ref": call.id, "dtmf": "2"}) == 202
    answer = await scene.answer(alarm)
    assert (answer.answer, answer.later.total_seconds(), answer.answered_by) == ("COMING_LATER", 1800, "VOICE")


async def test_webhooks_of_an_own_telephone_are_believed_by_their_signature(scene: Scene) -> None:
    scene.phone.hook = scene.at("phone")
    scene.sms.status = 500
    _, alarm = await scene.alarm(("SMS", ANNA))
    await until(lambda: len(scene.phone.answers) == 2)
    assert scene.phone.answers == [202, 202]
    await scene.state(alarm, "DELIVERED")
    assert await scene.phone.write(ANNA, "ja") == 202
    assert (await scene.answer(alarm)).answer == "COMING"
    scene.phone.secret = OTHER
    assert await scene.phone.write(ANNA, "nein") == 401
    assert (await scene.answer(alarm)).answer == "COMING"


async def test_a_receipt_may_overtake_the_answer_that_names_its_number(scene: Scene) -> None:
    """And one for nothing of ours is taken without harm."""
    _, alarm = await scene.alarm(("SMS", ANNA))
    call = await scene.call(alarm)
    forget = "UPDATE alarm_call SET provider_id = NULL WHERE id = :id"
    async with scene.node.database.transaction("test") as tx:
        await tx.connection.execute(text(forget), {"id": call.id})
    late = "UPDATE alarm_call SET provider_id = :provider, gateway = 'sms' WHERE id = :id"
    async with httpx.AsyncClient(timeout=30, headers={"Authorization": f"Bearer {SECRET}"}) as client:
        early = asyncio.create_task(client.post(scene.at("sms"), json={"id": call.provider_id, "state": "DELIVRD"}))
        await asyncio.sleep(0.1)
        async with scene.node.database.transaction("test") as tx:
            await tx.connection.execute(text(late), {"id": call.id, "provider": call.provider_id})
        assert (await early).json() == {"taken": 1}
    assert (await scene.call(alarm)).state == "DELIVERED"
    nothing = await scene.sms.tell(scene.at("sms"), {"ref": "nobody-sent-this", "state": "DELIVRD"})
    assert nothing == 202


async def test_a_provider_of_exercises_tells_nothing_of_a_real_alarm(scene: Scene) -> None:
    _, alarm = await scene.alarm(("SMS", ANNA))
    call = await scene.call(alarm)
    known = {"Authorization": f"Bearer {REHEARSED}"}
    async with httpx.AsyncClient(timeout=30, headers=known) as client:
        receipt = await client.post(scene.at("rehearsal"), json={"ref": call.id, "state": "UNDELIV"})
        assert receipt.json() == {"taken": 0}
        said = {"from": ANNA, "body": "3", "event_id": "1"}
        assert (await client.post(scene.at("rehearsal", "inbound"), json=said)).status_code == 202
    assert (await scene.call(alarm)).state == "SENT"
    assert (await scene.answer(alarm)).answer is None
    assert [message["text"] for message in await scene.messages()] == ["3"], "it is not lost either"


HOWS: dict[str, dict[str, str]] = {
    "nothing": {}, "wrong": {"Authorization": "Bearer wrong"}, "the other's": {"Authorization": f"Bearer {OTHER}"},
    "empty": {"Authorization": "Bearer"}, "a signature that is none": {"X-Lagebild-Signature": "sha256=0"},
    "umlauts": {"X-Lagebild-Key": "äöü".encode("latin-1").decode("latin-1")},
}  # fmt: skip


async def test_only_who_has_the_secret_of_this_gateway_is_heard(scene: Scene) -> None:
    _, alarm = await scene.alarm(("SMS", ANNA))
    call = await scene.call(alarm)
    raw = orjson.dumps({"ref": call.id, "state": "DELIVRD"})
    async with httpx.AsyncClient() as client:
        for how, headers in HOWS.items():
            given = {name: value.encode("latin-1") for name, value in headers.items()}
            for name in ("sms", "nobody", "console"):
                answer = await client.post(scene.at(name), content=raw, headers=given)
                assert answer.status_code == 401, f"{name} {how}"
        old = str(int(time.time()) - 3 * 86_400)
        mac = hmac.new(SECRET.encode(), old.encode() + b"." + raw, hashlib.sha256).hexdigest()
        stale = {"X-Lagebild-Signature": f"sha256={mac}", "X-Lagebild-Timestamp": old}
        assert (await client.post(scene.at("sms"), content=raw, headers=stale)).status_code == 401
        assert (await scene.call(alarm)).state == "SENT"
        stamp = str(int(time.time()))
        mac = hmac.new(SECRET.encode(), stamp.encode() + b"." + raw, hashlib.sha256).hexdigest()
        signed = {"X-Lagebild-Signature": f"sha256={mac}", "X-Lagebild-Timestamp": stamp}
        assert (await client.post(scene.at("sms"), content=raw, headers=signed)).status_code == 202
        assert (await scene.call(alarm)).state == "DELIVERED"
        statuses = [(await client.post(scene.at("sms"), content=b"{}")).status_code for _ in range(60)]
        assert set(statuses) == {401, 429}, "who guesses is slowed"
        assert (await client.post(scene.at("sms"), content=raw, headers=signed)).status_code == 202


STRANGE = (b"", b"{", b"[[[[", b"null", b"5", b'{"from": []}', b"[" * 5000 + b"]" * 5000, b"\xff\xfe",
           b'{"from": "+491701111111", "body": NaN}', b'{"from": "x", "body": "\\u0000"}')  # fmt: skip


async def test_strange_bodies_harm_nothing(scene: Scene) -> None:
    async with httpx.AsyncClient() as client:
        for raw, kind in product(STRANGE, ("application/json", "application/x-www-form-urlencoded")):
            headers = {"Authorization": f"Bearer {SECRET}", "Content-Type": kind}
            for what in ("receipts", "inbound"):
                answer = await client.post(scene.at("sms", what), content=raw, headers=headers)
                assert answer.status_code in (202, 422), f"{raw[:40]!r} {answer.text}"


async def test_the_staff_sees_how_each_gateway_stands(scene: Scene) -> None:
    shown = {g["name"]: g for g in told(await scene.crew.client.get("/api/gateways"))["gateways"]}
    assert {n: (g["kind"], g["exercise"], g["hears"]) for n, g in shown.items()} == {
        "sms": ("SMS", False, True), "voice": ("VOICE", False, True), "phone": ("SMS", False, True),
        "console": ("CONSOLE", True, False), "rehearsal": ("SMS", True, False),
    }  # fmt: skip
    assert SECRET not in str(shown) and "127.0.0.1" not in str(shown)
