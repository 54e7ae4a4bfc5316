from __future__ import annotations

from pathlib import Path

import pytest

from service.cli.check import check
from service.settings import BadSettings, as_environment, load

GOOD = """
[mqtt.ttn]
address = "mqtts://eu1.cloud.thethings.network"
topics = ["v3/+/devices/+/up", "v3/other@ttn/#"]
username = "town@ttn"
password = "NNSXS.KEY"
[mqtt.works]
address = "mqtt://10.1.2.3:1884"
topics = ["application/+/device/+/event/up"]
protocol = "3.1.1"
client_id = "lage-1"
"""


@pytest.fixture(autouse=True)
def own_directory(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LAGEBILD_DATA_DIR", str(tmp_path))
    monkeypatch.delenv("LAGEBILD_CONFIG", raising=False)


def problems(tmp_path: Path, table: str) -> dict[str, str]:
    (tmp_path / "lagebild.toml").write_text(f"[mqtt.ttn]\n{table}\n")
    with pytest.raises(BadSettings) as raised:
        load()
    return {problem.field: str(problem) for problem in raised.value.problems}


def test_one_table_per_broker_becomes_a_connection(tmp_path: Path) -> None:
    (tmp_path / "lagebild.toml").write_text(GOOD)
    settings = load(origin="erftstadt")
    ttn, works = (settings.mqtt[name].broker(name, settings.origin) for name in ("ttn", "works"))
    assert (ttn.host, ttn.port, ttn.tls) == ("eu1.cloud.thethings.network", 8883, True)
    assert (ttn.client_id, ttn.protocol) == ("lagebild-erftstadt-ttn", "5")
    assert ttn.topics == ("v3/+/devices/+/up", "v3/other@ttn/#")
    assert (works.port, works.tls, works.client_id, works.protocol) == (1884, False, "lage-1", "3.1.1")


def test_a_child_process_gets_the_same_brokers(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "lagebild.toml").write_text(GOOD)
    parent = load()
    (tmp_path / "lagebild.toml").unlink()
    for name, value in as_environment(parent).items():
        monkeypatch.setenv(name, value)
    assert load() == parent


def test_the_password_is_not_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "lagebild.toml").write_text(GOOD)
    check(show=True)
    shown = capsys.readouterr().out
    assert "eu1.cloud.thethings.network" in shown
    assert "NNSXS" not in shown


@pytest.mark.parametrize(
    ("table", "field", "word"),
    [
        ('topics = ["a"]', "mqtt.ttn.address", "mqtts://host"),
        ('address = "http://x"\ntopics = ["a"]', "mqtt.ttn.address", "mqtts://host"),
        ('address = "mqtt://u:p@x"\ntopics = ["a"]', "mqtt.ttn.address", "settings of their own"),
        ('address = "mqtt://x:99999"\ntopics = ["a"]', "mqtt.ttn.address", "1 to 65535"),
        ('address = "mqtt://x/topic"\ntopics = ["a"]', "mqtt.ttn.address", "no path"),
        ('address = "mqtt://x"', "mqtt.ttn.topics", "what to subscribe to"),
        ('address = "mqtt://x"\ntopics = []', "mqtt.ttn.topics", "at least 1"),
        ('address = "mqtt://x"\ntopics = ["a/#/b"]', "mqtt.ttn.topics", "# at its end"),
        ('address = "mqtt://x"\ntopics = ["a"]\npassword = "p"', "mqtt.ttn", "needs a username"),
        ('address = "mqtts://x"\ntopics = ["a"]\nca_file = "/no/such"', "mqtt.ttn.ca_file", "no such file"),
        ('address = "mqtts://x"\ntopics = ["a"]\ncert_file = "lagebild.toml"', "mqtt.ttn", "belong together"),
        ('address = "mqtt://x"\ntopics = ["a"]\nca_file = "lagebild.toml"', "mqtt.ttn", "mqtts://"),
        ('address = "mqtt://x"\ntopics = ["a"]\nprotocol = "4"', "mqtt.ttn.protocol", "3.1.1"),
        ('address = "mqtt://x"\ntopics = ["a"]\nsource = "y"', "mqtt", "mqtt.ttn.source: there is no [sources.y]"),
        ('address = "mqtt://x"\ntopics = ["a"]\nsource = "y"\nexercise = true', "mqtt.ttn", "left out in exercises"),
        ('address = "mqtt://x"\ntopics = ["a"]\nqos = 1', "mqtt.ttn.qos", "no such setting"),
    ],
)
def test_what_is_wrong_with_a_broker_is_named_with_its_remedy(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, table: str, field: str, word: str
) -> None:
    monkeypatch.chdir(tmp_path)
    found = problems(tmp_path, table)
    assert any(name.startswith(field) for name in found), found
    assert any(word in text for text in found.values()), found
