"""Numbers, addresses, tokens and keys never stand in a log, whatever goes wrong."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import structlog
from aiohttp import web
from structlog.testing import capture_logs

from alerting.channels.contract import Call, Receipt
from alerting.channels.switchboard import ILL_AFTER, Switchboard
from alerting.model.plan import ChannelKind
from alerting.model.recipient import CallKind
from geodata.model.clock import WallClock
from geodata.model.incident import IncidentMode
from service.alert_settings import AlertSettings
from service.gateways.building import Building
from tests.alerting.providers import FakeMail, FakePush, FakeSms, Provider, Temper

NUMBER, MAIL, TOKEN = "+4917066554433", "geheim.person@example.org", "T0ken-that-nobody-may-read"
KEY = "api-key-that-nobody-may-read"
LINK = f"https://lage.example.org/a/{TOKEN}"
HIDDEN = ("66554433", "geheim.person", TOKEN, KEY, "/push/", "Sandsäcke")


class Echo(Provider):
    """Says back what it was told, as providers do in their errors."""

    async def took(self, request: web.Request, raw: bytes) -> web.StreamResponse:
        said = {"error": f"cannot reach {raw.decode(errors='replace')}", "status": f"rejected {NUMBER} {MAIL}"}
        return web.json_response(said, status=self.echoed)

    echoed = 400


@pytest.fixture
async def echo() -> AsyncIterator[Echo]:
    async with Echo().serving() as provider:
        assert isinstance(provider, Echo)
        yield provider


def _settings(url: str, mail: int) -> dict[str, dict[str, Any]]:
    quick = {"timeout": 0.2}
    secret = {"headers": {"X-Api-Key": KEY}}
    sms = {**FakeSms.settings, "url": f"{url}/{KEY}", **secret, **quick}
    return {
        "sms": sms,
        "voice": {**sms, "kind": "voice_http", "body": {"to": "{to}", "say": "{speak}"}},
        "android": {"kind": "android_sms", "url": url, "username": "u", "password": KEY, **quick},
        "hook": {"kind": "webhook", "url": f"{url}/{KEY}", "secret": KEY, **quick},
        "push": {"kind": "webpush", "contact": "mailto:a@b.de", "services": [url], **quick},
        "mail": {"kind": "smtp", "host": "127.0.0.1", "port": mail, "security": "none", "sender": "a@b.de", **quick},
        "siren": {"kind": "mqtt", "address": "mqtt://127.0.0.1:1", "username": "u", "password": KEY, **quick},
        "else": {"kind": "apprise", "url": f"json://{url.removeprefix('http://')}/{KEY}/{{to}}?cto=0.2&rto=0.2"},
    }  # fmt: skip


def _call(kind: ChannelKind, subscription: str) -> Call:
    to = {ChannelKind.EMAIL: MAIL, ChannelKind.PUSH: subscription}.get(kind, NUMBER)
    return Call(
        id="call-1", kind=CallKind.ALARM, mode=IncidentMode.ACTUAL, channel=kind, address=to, title="Alarm",
        text=f"Sandsäcke {LINK}", code="K7PQ", link=LINK, speak="Sandsäcke",
    )  # fmt: skip


TEMPERS: tuple[Callable[[], Temper], ...] = (Temper, lambda: Temper(fails=1), lambda: Temper(hangs=1))


async def test_no_failure_of_any_gateway_writes_an_address(
    echo: Echo, tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    for server in ("aiohttp.access", "mail.log"):  # those of the doubles themselves
        caplog.set_level(logging.CRITICAL, logger=server)
    receipts: list[Receipt] = []
    async with FakeMail().serving() as mail:
        mail.refuses = {MAIL: f"550 5.1.1 {MAIL} unknown here"}
        settings = AlertSettings(gateways=_settings(echo.url, mail.port))
        building = Building(settings, origin="t", public_url="http://n", data_dir=tmp_path, exercise_node=False)
        board = building.switchboard(WallClock())
        fake = FakePush()
        fake.url = echo.url
        subscription, _ = fake.subscribe()
        with capture_logs() as written:
            for temper in TEMPERS:
                echo.temper = temper()
                receipts += await _through_all(board, subscription)
            for echo.echoed in (200, 302, 404):
                receipts += await _through_all(board, subscription)
            for _ in range(ILL_AFTER):
                receipts += await _through_all(board, "no subscription")
        await board.close()
    shown = capfd.readouterr()
    everything = [*(str(line) for line in written), caplog.text, shown.out, shown.err, *(str(r) for r in receipts)]
    everything += [str(health) for health in board.health()]
    found = {word for word in HIDDEN for line in everything if word in line}
    assert found == set(), [line for line in everything if any(word in line for word in HIDDEN)][:3]
    assert len(receipts) > 60 and any("again and again" in str(line) for line in written), "failures were written"
    assert not any(
        word in repr(_call(kind, subscription)) for kind in ChannelKind for word in (TOKEN, "66554433", MAIL)
    )


async def _through_all(board: Switchboard, subscription: str) -> list[Receipt]:
    lines = [line for line in board.lines if not line.exercise]
    return [await line.call(_call(line.kind, subscription)) for line in lines]


def test_the_log_of_this_test_is_the_one_the_program_writes() -> None:
    with capture_logs() as written:
        structlog.get_logger().info("seen", number=NUMBER)
    assert NUMBER in str(written)
