"""One round trip per gateway over the real protocol, and what each way of failing becomes."""

from __future__ import annotations

import stat
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from alerting.channels.android_sms import AndroidSms
from alerting.channels.apprise_out import AppriseOut
from alerting.channels.contract import Call, Gateway, Outcome
from alerting.channels.mqtt_out import MqttOut
from alerting.channels.sms_http import SmsHttp
from alerting.channels.smtp import Smtp
from alerting.channels.voice_http import VoiceHttp
from alerting.channels.webhook import Webhook
from alerting.channels.webpush import VapidKey, WebPushGateway
from alerting.model.plan import ChannelKind
from alerting.model.recipient import Answer, CallKind, CallState
from geodata.model.clock import WallClock
from geodata.model.incident import IncidentMode
from service.alert_settings import AlertSettings
from service.gateways.building import Building
from tests.alerting.providers import (
    Display,
    FakeAndroid,
    FakeHook,
    FakeMail,
    FakePush,
    FakeSms,
    FakeVoice,
    Provider,
    Temper,
    until,
)
from tests.feeds.mosquitto import Mosquitto

NUMBER, SHOWN = "0170 1234567", "+491701234567"
SECRET = "secret-of-a-gateway"
NOW = datetime(2026, 7, 14, 12, 0, tzinfo=UTC)
LINK = "https://lage.musterstadt.de/a/" + "A1b2C3d4E" * 3


def call(kind: ChannelKind, address: str, **fields: Any) -> Call:
    text = "Alarm K7PQ: Hochwasser <b>Erft</b>"
    return Call(
        id=uuid.uuid4().hex, kind=CallKind.ALARM, mode=IncidentMode.ACTUAL, channel=kind, address=address,
        title="Alarm K7PQ: Hochwasser", text=text, code="K7PQ", link=LINK, speak="Alarm. Hochwasser.", **fields,
    )  # fmt: skip


def built(tmp_path: Path, **settings: Any) -> Any:
    """A gateway as the settings make it."""
    building = Building(
        AlertSettings(gateways={"one": settings}), origin="test", public_url="http://node", data_dir=tmp_path,
        exercise_node=False,
    )  # fmt: skip
    return building.switchboard(WallClock()).lines[0].gateway


# --- Web Push ---------------------------------------------------------------------------------------------------------
async def test_a_push_is_sealed_for_one_browser_which_alone_opens_it(tmp_path: Path) -> None:
    key = VapidKey(tmp_path)
    async with FakePush(vapid=key.public()).serving() as service:
        assert isinstance(service, FakePush)
        gateway = WebPushGateway("push", key, contact="mailto:a@b.de", services=[service.url])
        address, browser = service.subscribe()
        _, other = service.subscribe()
        sent = call(ChannelKind.PUSH, address)
        receipt = await gateway.call(sent)
        assert receipt.outcome is Outcome.TAKEN and receipt.provider_id == sent.id
        (read,) = browser.read
        assert read == {
            "id": sent.id, "kind": "ALARM", "mode": "ACTUAL", "code": "K7PQ", "title": sent.title, "text": sent.text,
            "link": LINK, "language": "de",
        }  # fmt: skip
        headers = service.taken[0].headers
        assert (headers["Urgency"], headers["Topic"], headers["TTL"]) == ("high", "K7PQ", "3600")
        assert other.read == []
        service.gone.add(browser.path)
        gone = await gateway.call(sent)
        assert gone.outcome is Outcome.REFUSED and gone.gone
        service.vapid = "another key"
        _, third = service.subscribe()
        refused = await gateway.call(replace(sent, address=service.subscribe()[0]))
        assert refused.outcome is Outcome.FAILED and "credentials" in (refused.error or "")
        assert third.read == []
        await gateway.close()


async def test_the_key_of_push_is_made_once_and_closed_to_others(tmp_path: Path) -> None:
    first = VapidKey(tmp_path).public()
    assert VapidKey(tmp_path).public() == first
    assert stat.S_IMODE((tmp_path / "keys" / "vapid.pem").stat().st_mode) == 0o600
    assert len(first) == 87


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://127.0.0.1:8080/admin", "https://169.254.169.254/latest", "https://fcm.googleapis.com:8443/x",
        "https://fcm.googleapis.com.attacker.invalid/x", "https://user@fcm.googleapis.com/x", "ftp://fcm.googleapis.com",
        "https://[", "", "https://attacker.invalid\\@fcm.googleapis.com/x", "https://fcm.googleapis.com\t/x",
    ],
)  # fmt: skip
async def test_a_visitor_cannot_send_the_node_to_addresses_of_his_choice(tmp_path: Path, endpoint: str) -> None:
    gateway = WebPushGateway("push", VapidKey(tmp_path), contact="mailto:a@b.de")
    assert gateway.serves("https://fcm.googleapis.com/fcm/send/abc")
    assert gateway.serves("https://eu.notify.windows.com/w/?token=1")
    assert not gateway.serves(endpoint)
    address, _ = FakePush().subscribe()
    receipt = await gateway.call(call(ChannelKind.PUSH, address.replace("/push", f"{endpoint}/push", 1)))
    assert receipt.outcome is Outcome.REFUSED and receipt.gone
    await gateway.close()


@pytest.mark.parametrize("address", ["", "{}", "[]", '{"endpoint": 5}', '{"endpoint": "https://x", "keys": {}}',
                                     '{"endpoint": "https://x", "keys": {"p256dh": "AA", "auth": "AA"}}'])  # fmt: skip
async def test_what_is_no_subscription_is_refused_for_good(tmp_path: Path, address: str) -> None:
    gateway = WebPushGateway("push", VapidKey(tmp_path), contact="mailto:a@b.de")
    receipt = await gateway.call(call(ChannelKind.PUSH, address))
    assert receipt.outcome is Outcome.REFUSED and receipt.gone
    await gateway.close()


# --- SMS and voice ----------------------------------------------------------------------------------------------------
async def test_an_sms_goes_through_any_provider_over_http(tmp_path: Path) -> None:
    async with FakeSms(Temper(silent=True)).serving() as provider:
        given = {**FakeSms.settings, "url": f"{provider.url}/messages", "headers": {"X-Api-Key": "K"}}
        gateway: SmsHttp = built(tmp_path, **given, secret=SECRET, replies=True)
        sent = call(ChannelKind.SMS, NUMBER)
        first, again = await gateway.call(sent), await gateway.call(sent)
        assert first.outcome is again.outcome is Outcome.TAKEN
        assert first.provider_id and first.provider_id == again.provider_id
        assert provider.tried == {sent.id: 2}
        asked = provider.taken[0]
        assert (asked.call, asked.to, asked.headers["X-Api-Key"]) == (sent.id, SHOWN, "K")
        assert asked.text.startswith(sent.text) and "Antwort: 1" in asked.text
        assert asked.body["receipts"] == "http://node/api/gateways/one/receipts"
        assert isinstance(provider, FakeSms)
        provider.unknown.add(SHOWN)
        assert (await gateway.call(sent)).outcome is Outcome.REFUSED
        assert (await gateway.call(call(ChannelKind.SMS, "kein Anschluss"))).outcome is Outcome.REFUSED
        await gateway.close()


async def test_a_form_and_what_looks_like_a_place_in_a_text_stay_what_they_are(tmp_path: Path) -> None:
    async with FakeHook().serving() as provider:
        heard: list[bytes] = []

        async def took(request: Any, raw: bytes) -> Any:
            from aiohttp import web

            heard.append(raw)
            return web.Response(text="OK 17")

        provider.took = took  # type: ignore[method-assign]
        given = {"kind": "sms_http", "url": provider.url, "encoding": "form", "body": {"to": "{to}", "m": "{text}"}}
        gateway: SmsHttp = built(tmp_path, **given)
        receipt = await gateway.call(replace(call(ChannelKind.SMS, NUMBER), text="{to}&x=1 Ü"))
        assert receipt.outcome is Outcome.TAKEN and receipt.provider_id is None
        assert heard == [b"to=%2B491701234567&m=%7Bto%7D%26x%3D1+%C3%9C"]
        await gateway.close()


async def test_an_own_telephone_sends_and_knows_a_repetition(tmp_path: Path) -> None:
    async with FakeAndroid().serving() as phone:
        given = {"kind": "android_sms", "url": phone.url, "username": "u", "password": "p", "secret": SECRET}
        gateway: AndroidSms = built(tmp_path, **given)
        sent = call(ChannelKind.SMS, NUMBER)
        receipts = [await gateway.call(sent), await gateway.call(sent)]
        assert [(r.outcome, r.provider_id) for r in receipts] == [(Outcome.TAKEN, sent.id)] * 2
        assert len(phone.taken) == 1 and phone.taken[0].to == SHOWN
        assert phone.taken[0].body["withDeliveryReport"] is True and phone.taken[0].body["priority"] >= 100
        await gateway.close()


async def test_a_voice_calls_and_the_key_pressed_is_an_answer(tmp_path: Path) -> None:
    async with FakeVoice().serving() as provider:
        gateway: VoiceHttp = built(tmp_path, **FakeVoice.settings, url=provider.url, secret=SECRET)
        sent = call(ChannelKind.VOICE, NUMBER)
        assert (await gateway.call(sent)).provider_id == f"call-{sent.id}"
        assert provider.taken[0].text == "Alarm. Hochwasser."
        for key, answer, minutes in (
            ("1", Answer.COMING, None), ("2#", Answer.COMING_LATER, 30), ("3", Answer.NOT_COMING, None),
            ("7", None, None),
        ):  # fmt: skip
            (event,) = gateway.hear({"ref": sent.id, "dtmf": key}, NOW)
            assert (event.told.call, event.told.answer, event.told.minutes) == (sent.id, answer, minutes)
        (busy,) = gateway.hear({"ref": sent.id, "state": "busy"}, NOW)
        assert busy.told.state is CallState.FAILED
        await gateway.close()


async def test_what_providers_tell_is_read_in_their_own_words(tmp_path: Path) -> None:
    paths = {"items": "results", "id": "message.id", "call": "", "state": "status", "states": {"2": "DELIVERED"}}
    given = {"kind": "sms_http", "url": "http://x", "body": {"to": "{to}", "text": "{text}"}, "paths": paths}
    gateway: SmsHttp = built(tmp_path, **given, secret=SECRET)
    payload = {"results": [{"message": {"id": 17}, "status": 2}, {"message": {"id": 18}, "status": "what?"}, "no"]}
    (event,) = gateway.hear(payload, NOW)
    assert (event.told.provider_id, event.told.state, event.told.at) == ("17", CallState.DELIVERED, NOW)
    failed = {"results": {"message": {"id": 19}, "status": "UNDELIV", "error": "number +491701234567 is off, a@b.de"}}
    assert gateway.hear(failed, NOW)[0].told.error == "number is off,"
    for strange in (
        None,
        [],
        5,
        "x",
        {"results": None},
        {"results": [[]]},
        {"results": [{"message": [], "status": {}}]},
    ):
        assert gateway.hear(strange, NOW) == []
    await gateway.close()


# --- e-mail -----------------------------------------------------------------------------------------------------------
async def test_an_e_mail_arrives_at_a_mail_server_as_it_should(tmp_path: Path) -> None:
    async with FakeMail().serving() as server:
        given = {"kind": "smtp", "host": "127.0.0.1", "port": server.port, "security": "none",
                 "sender": "lage@musterstadt.de", "reply_to": "stab@musterstadt.de"}  # fmt: skip
        gateway: Smtp = built(tmp_path, **given)
        sent = replace(call(ChannelKind.EMAIL, "helferin@example.org"), title="ÜBUNG: Alarm K7PQ")
        receipt = await gateway.call(sent)
        assert receipt.outcome is Outcome.TAKEN
        ((to, message),) = server.taken
        assert to == ["helferin@example.org"]
        assert message["Message-ID"] == receipt.provider_id == f"<{sent.id}@musterstadt.de>"
        assert (message["Subject"], message["Auto-Submitted"]) == ("ÜBUNG: Alarm K7PQ", "auto-generated")
        assert (message["Reply-To"], message["From"]) == ("stab@musterstadt.de", "lage@musterstadt.de")
        assert message.get_content_type() == "text/plain" and not message.is_multipart()
        assert sent.text in message.get_content()  # type: ignore[attr-defined]
        server.refuses = {"gone@example.org": "550 5.1.1 no such user", "full@example.org": "452 4.2.2 mailbox full",
                          "no@example.org": "554 5.7.1 not wanted"}  # fmt: skip
        outcomes = {a: await gateway.call(replace(sent, address=a)) for a in server.refuses}
        assert (outcomes["gone@example.org"].outcome, outcomes["gone@example.org"].gone) == (Outcome.REFUSED, True)
        assert (outcomes["no@example.org"].outcome, outcomes["no@example.org"].gone) == (Outcome.REFUSED, False)
        assert outcomes["full@example.org"].outcome is Outcome.FAILED
        assert all("example.org" not in str(one.error) for one in outcomes.values())
        for bad in ("a@b\nBcc: c@d", "a b@c", "nobody", "a@b,c@d", "@"):
            assert (await gateway.call(replace(sent, address=bad))).outcome is Outcome.REFUSED
        assert len(server.taken) == 1


async def test_a_mail_server_that_says_later_or_nothing_is_a_failure(tmp_path: Path) -> None:
    for temper in (Temper(fails=1), Temper(hangs=1)):
        async with FakeMail(temper).serving() as server:
            gateway = Smtp(
                "mail", "127.0.0.1", sender="a@b.de", clock=WallClock(), port=server.port, security="none", timeout=0.3
            )
            assert (await gateway.call(call(ChannelKind.EMAIL, "c@d.de"))).outcome is Outcome.FAILED
    nobody = Smtp("mail", "127.0.0.1", sender="a@b.de", clock=WallClock(), port=1, security="none")
    assert (await nobody.call(call(ChannelKind.EMAIL, "c@d.de"))).error == "mail cannot be reached (SMTPConnectError)"


# --- MQTT, webhook, apprise -------------------------------------------------------------------------------------------
async def test_a_siren_hears_at_a_real_broker_even_after_it_was_away(tmp_path: Path) -> None:
    broker = Mosquitto(tmp_path)
    broker.start()
    try:
        gateway: MqttOut = built(
            tmp_path, kind="mqtt", address=f"mqtt://127.0.0.1:{broker.port}", prefix="alarm", timeout=5
        )
        async with Display(broker.port, "alarm/#").listening() as siren:
            sent = call(ChannelKind.MQTT, "sirene/rathaus", about={"alarm": "a1"})
            assert (await gateway.call(sent)).outcome is Outcome.TAKEN
            await until(lambda: siren.shown)
            assert siren.shown[0]["id"] == sent.id and siren.shown[0]["about"] == {"alarm": "a1"}
            assert LINK not in str(siren.shown[0])
            message = siren.messages[0]
            assert (str(message.topic), message.qos, message.retain) == ("alarm/sirene/rathaus", 1, False)
        for bad in ("#", "a/+", "", "$SYS/x", "a\0b"):
            assert (await gateway.call(replace(sent, address=bad))).outcome is Outcome.REFUSED
        broker.stop()
        assert (await gateway.call(sent)).outcome is Outcome.FAILED
        broker.start()
        async with Display(broker.port, "alarm/#").listening() as siren:
            tries = [await gateway.call(sent) for _ in range(2)]
            assert tries[-1].outcome is Outcome.TAKEN
            await until(lambda: siren.shown)
        await gateway.close()
    finally:
        broker.stop()


async def test_another_system_is_told_signed_and_with_the_same_id_again(tmp_path: Path) -> None:
    async with FakeHook(secret=SECRET).serving() as system:
        gateway: Webhook = built(tmp_path, kind="webhook", url=f"{system.url}/alarms", secret=SECRET)
        sent = call(ChannelKind.WEBHOOK, "wache-3")
        assert [(await gateway.call(sent)).outcome for _ in range(2)] == [Outcome.TAKEN] * 2
        assert system.tried == {sent.id: 2} and system.taken[0].to == "wache-3"
        stranger = Webhook("stranger", system.url, secret="some-other-secret-of-16")
        assert (await stranger.call(sent)).outcome is Outcome.FAILED
        await gateway.close()
        await stranger.close()


async def test_apprise_reaches_one_service_and_an_address_cannot_choose_another(tmp_path: Path) -> None:
    async with FakeHook().serving() as service:
        asked: list[tuple[str, bytes]] = []

        async def took(request: Any, raw: bytes) -> Any:
            from aiohttp import web

            asked.append((request.path, raw))
            return web.Response(text="ok")

        service.took = took  # type: ignore[method-assign]
        host = service.url.removeprefix("http://")
        gateway = AppriseOut("matrix", f"json://{host}/room/{{to}}")
        receipt = await gateway.call(call(ChannelKind.APPRISE, "../x?to=y@z"))
        assert receipt.outcome is Outcome.TAKEN
        assert len(asked) == 1 and b"K7PQ" in asked[0][1]
        service.status = 500
        assert (await gateway.call(call(ChannelKind.APPRISE, "a"))).outcome is Outcome.FAILED


# --- how they fail ----------------------------------------------------------------------------------------------------
GATEWAYS: dict[str, Callable[[str, Path], Gateway]] = {
    "sms": lambda url, path: built(path, **FakeSms.settings, url=url, timeout=0.3),
    "voice": lambda url, path: built(path, **FakeVoice.settings, url=url, timeout=0.3),
    "android": lambda url, path: built(path, kind="android_sms", url=url, username="u", password="p", timeout=0.3),
    "webhook": lambda url, path: built(path, kind="webhook", url=url, secret=SECRET, timeout=0.3),
    "push": lambda url, path: built(path, kind="webpush", contact="mailto:a@b.de", services=[url], timeout=0.3),
}
FAKES: dict[str, Callable[[], Provider]] = {
    "sms": FakeSms, "voice": FakeVoice, "android": FakeAndroid, "webhook": FakeHook, "push": FakePush,
}  # fmt: skip


@pytest.mark.parametrize("name", GATEWAYS)
async def test_each_way_of_failing_is_a_failure_that_names_no_address(name: str, tmp_path: Path) -> None:
    async with FAKES[name]().serving() as provider:
        gateway = GATEWAYS[name](provider.url, tmp_path)
        address = provider.subscribe()[0] if isinstance(provider, FakePush) else NUMBER
        sent = call(gateway.kind, address)
        found = {}
        provider.temper = Temper(hangs=1)
        found["hangs"] = await gateway.call(sent)
        provider.temper = Temper(fails=1)
        found["fails"] = await gateway.call(sent)
        assert found["fails"].retry_after == 1
        provider.temper = Temper()
        for status in (301, 307, 400, 401, 429, 500):
            provider.status = status
            found[str(status)] = await gateway.call(sent)
        assert "in time" in (found["hangs"].error or "") and "elsewhere" in (found["301"].error or "")
        nobody = GATEWAYS[name]("http://127.0.0.1:1", tmp_path)
        found["nobody"] = await nobody.call(replace(sent, address=address.replace(provider.url, "http://127.0.0.1:1")))
        await nobody.close()
        assert {one.outcome for one in found.values()} == {Outcome.FAILED}, found
        for receipt in found.values():
            assert receipt.error and "127.0.0.1" not in receipt.error and "1234567" not in receipt.error
        await gateway.close()
