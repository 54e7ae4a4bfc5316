"""What the documents say of gateways can be written so, and builds; what is wrong is refused by name."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from alerting.model.plan import ChannelKind
from geodata.model.clock import WallClock
from geodata.model.incident import IncidentMode
from service.alert_settings import AlertSettings
from service.gateways.building import Building
from service.settings import BadSettings, as_environment, load

OPERATIONS = (Path(__file__).resolve().parents[2] / "docs" / "operations.md").read_text()
EXAMPLE = re.search(r"```toml\n(\[alerting\].*?)```", OPERATIONS, re.DOTALL)
SMS = {"kind": "sms_http", "url": "https://sms.example.org", "body": {"to": "{to}", "text": "{text}"}}


def _building(settings: AlertSettings, directory: Path, *, exercise: bool = False) -> Building:
    return Building(
        settings, origin="test", public_url="http://localhost:1", data_dir=directory, exercise_node=exercise
    )


async def test_the_example_of_the_documents_builds_every_kind(tmp_path: Path) -> None:
    assert EXAMPLE
    settings = AlertSettings(**tomllib.loads(EXAMPLE[1])["alerting"])
    board = _building(settings, tmp_path).switchboard(WallClock())
    assert {line.kind for line in board.lines} == set(ChannelKind) - {ChannelKind.MANUAL}
    assert [line.name for line in board.gateway(ChannelKind.SMS, IncidentMode.ACTUAL)] == ["sms", "phone"]
    assert [line.name for line in board.gateway(ChannelKind.SMS, IncidentMode.EXERCISE)] == ["rehearsal"]
    assert board.gateway(ChannelKind.CONSOLE, IncidentMode.ACTUAL) == []
    assert board.hears(ChannelKind.SMS, IncidentMode.ACTUAL) and board.hears(ChannelKind.VOICE, IncidentMode.ACTUAL)
    await board.close()


async def test_a_node_in_an_exercise_does_not_even_build_what_is_real(tmp_path: Path) -> None:
    assert EXAMPLE
    settings = AlertSettings(**tomllib.loads(EXAMPLE[1])["alerting"])
    board = _building(settings, tmp_path, exercise=True).switchboard(WallClock())
    assert {line.name for line in board.lines} == {"rehearsal", "console"}
    assert all(line.exercise for line in board.lines)
    await board.close()


async def test_without_any_gateway_there_is_a_console_for_exercises_only(tmp_path: Path) -> None:
    board = _building(AlertSettings(), tmp_path).switchboard(WallClock())
    assert [(line.name, line.exercise) for line in board.lines] == [("console", True)]
    await board.close()


@pytest.mark.parametrize(
    ("gateway", "field"),
    [
        ({**SMS, "body": {"to": "{to}"}}, "body"),
        ({**SMS, "success_path": "status"}, "success"),
        ({**SMS, "replies": True}, "secret"),
        ({**SMS, "secret": "short"}, "secret"),
        ({**SMS, "url": "sms.example.org"}, "url"),
        ({**SMS, "kind": "carrier_pigeon"}, "kind"),
        ({**SMS, "encoding": "form", "body": {"to": "{to}", "m": [{"text": "{text}"}]}}, "form"),
        ({"kind": "smtp", "host": "mail", "sender": "nobody"}, "sender"),
        ({"kind": "mqtt", "address": "mqtt://broker", "prefix": "#"}, "prefix"),
        ({"kind": "webpush", "contact": "somebody"}, "contact"),
    ],
)
def test_what_is_wrong_is_refused_by_name(gateway: dict[str, Any], field: str, tmp_path: Path) -> None:
    with pytest.raises(BadSettings) as refused:
        load(data_dir=tmp_path, alerting={"gateways": {"one": gateway}})
    assert field in str(refused.value)


def test_settings_pass_unchanged_to_a_child_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gateways = {"sms": {**SMS, "body": {"phoneNumbers": ["{to}"], "text": "{text}"}, "headers": {"X-Api-Key": "K"}}}
    settings = load(data_dir=tmp_path, alerting={"public_url": "https://lage.example.org", "gateways": gateways})
    for name, value in as_environment(settings).items():
        monkeypatch.setenv(name, value)
    assert load().alerting == settings.alerting


def test_no_secret_is_shown_with_the_settings(tmp_path: Path) -> None:
    gateway = {**SMS, "headers": {"X-Api-Key": "GEHEIM"}, "secret": "GEHEIM-GEHEIM-GEHEIM", "username": "u"}
    settings = load(data_dir=tmp_path, alerting={"gateways": {"sms": {**gateway, "password": "GEHEIM"}}})
    assert "GEHEIM" not in repr(settings)
