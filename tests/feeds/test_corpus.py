from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from feeds import corpus
from feeds.catalogue import catalogue
from feeds.contract import Batch, Garbled, Http
from feeds.example import Example
from tests.feeds.lorawan.messages import loriot

NOW = datetime(2026, 7, 14, 12, tzinfo=UTC)
GOOD = b'[{"id": "R7", "name": "N", "time": "2026-07-14T10:00:00+02:00", "mm_h": 1}, {"id": "R8", "mm_h": 1}]'
CAP = (
    b'<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"><identifier>a</identifier>'
    b"<sent>2026-07-14T10:00:00+02:00</sent><info><event>E</event></info></alert>"
)


class Exploding(Example):
    def recognises(self, path: str, payload: bytes) -> bool:
        return payload == b"boom"

    def parse(self, path: str, payload: bytes, now: datetime) -> Batch:
        raise ZeroDivisionError("nobody expected this")

    async def poll(self, http: Http, now: datetime) -> Batch:
        raise Garbled("unused")


def results(directory: Path, *feeds: type[Example]) -> dict[str, corpus.Result]:
    return {r.path: r for r in corpus.run(directory, [feed(area=None) for feed in feeds], NOW)}


def test_every_file_is_told_with_what_was_found_dropped_and_wrong(tmp_path: Path) -> None:
    (tmp_path / "example").mkdir()
    (tmp_path / "example" / "good.json").write_bytes(GOOD)
    (tmp_path / "example" / "cut.json").write_bytes(GOOD[:60])
    (tmp_path / "example" / "page.json").write_bytes(b"<!DOCTYPE html><html>Wartung")
    (tmp_path / "example" / "empty.json").write_bytes(b"")
    (tmp_path / "other.json").write_bytes(b'{"a": 1}')
    (tmp_path / "notes.md").write_bytes(b"# example")
    (tmp_path / "alert.xml").write_bytes(CAP)
    (tmp_path / "evil.xml").write_bytes(b"<!DOCTYPE alert>" + CAP)
    found = results(tmp_path, Example)

    good = found["example/good.json"]
    assert (good.feed, good.items, good.error) == ("example", 2, None)
    assert good.dropped[0]["item"] == "gauge R8"
    for name in ("cut", "page", "empty"):
        broken = found[f"example/{name}.json"]
        assert broken.feed == "example", name
        assert str(broken.error).startswith("Garbled: "), name
    assert found["other.json"].feed is None
    assert found["notes.md"].feed is None
    assert (found["alert.xml"].feed, found["alert.xml"].items) == ("cap", 1)
    assert "DOCTYPE" in str(found["evil.xml"].error)

    told = corpus.summary(found.values())
    assert (told["files"], told["recognised"], told["errors"], told["uncaught"]) == (8, 6, 4, 0)
    assert told["feeds"]["example"] == {"files": 4, "items": 2, "dropped": 1, "errors": 3}


def test_what_a_parser_did_not_announce_is_uncaught(tmp_path: Path) -> None:
    (tmp_path / "x.bin").write_bytes(b"boom")
    found = results(tmp_path, Exploding)["x.bin"]
    assert found.uncaught
    assert found.error == "uncaught ZeroDivisionError: nobody expected this"
    assert corpus.summary([found])["uncaught"] == 1


def test_a_folder_that_is_none_is_told(tmp_path: Path) -> None:
    with pytest.raises(NotADirectoryError):
        list(corpus.run(tmp_path / "missing", [], NOW))


def test_no_recorded_file_of_any_source_breaks_a_parser(samples: Path) -> None:
    feeds = [feed(area=None) for feed in catalogue().feeds.values()]
    found = list(corpus.run(samples, feeds, NOW))
    told = corpus.summary(found)
    assert [(r.path, r.error) for r in found if r.uncaught] == []
    assert told["feeds"]["pegelonline"]["files"] >= 9
    assert told["feeds"]["nina"]["files"] >= 10
    assert told["feeds"]["dwd_cap"]["files"] >= 4
    for source, files in (("lanuk", 5), ("lhp", 2), ("katwarn", 5)):
        assert (told["feeds"][source]["files"], told["feeds"][source]["errors"]) == (files, 0), source
    assert told["feeds"]["katwarn"]["items"] >= 700
    mine = {"pegelonline", "nina", "dwd_cap", "lanuk", "lhp", "katwarn", "cap"}
    foreign = {
        r.path
        for r in found
        if r.feed in mine
        and not r.path.startswith(("pegelonline", "nina", "dwd_cap", "nrw_lanuk", "lhp", "katwarn", "cap12", "gdacs"))
    }
    assert not foreign


@pytest.mark.parametrize("cut", [0.1, 0.5, 0.9])
def test_recorded_files_that_broke_off_break_no_parser(samples: Path, tmp_path: Path, cut: float) -> None:
    for source in ("pegelonline", "nina", "dwd_cap", "nrw_lanuk", "lhp", "cap12"):
        for path in (samples / source).glob("*.*"):
            payload = path.read_bytes()
            (tmp_path / f"{source}-{path.name}").write_bytes(payload[: int(len(payload) * cut)])
    feeds = [feed(area=None) for feed in catalogue().feeds.values()]
    assert [(r.path, r.error) for r in corpus.run(tmp_path, feeds, NOW) if r.uncaught] == []


def test_sensor_messages_are_recognised_by_content_and_their_results_are_not(tmp_path: Path) -> None:
    (tmp_path / "up.json").write_bytes(loriot())
    (tmp_path / "up_result.json").write_bytes(
        b'{"deviceName": "1", "telemetry": [{"ts": 1, "values": {"distance": 2}}]}'
    )
    (tmp_path / "strange.json").write_bytes(loriot(b"\xff\x00"))
    (tmp_path / "wrong.json").write_bytes(loriot(EUI="12"))
    (tmp_path / "lorawan").mkdir()
    (tmp_path / "lorawan" / "cut.json").write_bytes(loriot()[:50])
    found = results(tmp_path)

    assert (found["up.json"].feed, found["up.json"].items) == ("lorawan", 3)
    assert found["up_result.json"].feed is None
    assert "no decoder" in found["strange.json"].dropped[0]["reason"]
    assert "DevEUI" in str(found["wrong.json"].error)
    assert str(found["lorawan/cut.json"].error).startswith("Garbled: ")
    assert not any(result.uncaught for result in found.values())


def test_what_is_read_is_held_against_the_result_recorded_beside_it(tmp_path: Path) -> None:
    values = {"distance": 2700, "number_of_valid_samples": 5, "battery_voltage": 3.0, "lora_rssi": -61}
    for name, told in (
        ("same", {"deviceType": "DL-MBX", "telemetry": [{"ts": 1784030283123, "values": values}]}),
        ("other", [{"deviceType": "DL-LID", "telemetry": [{"ts": 1, "values": {**values, "distance": 2701}}]}]),
        ("broken", {"deviceType": 1}),
    ):
        (tmp_path / f"{name}_payload.json").write_bytes(loriot())
        (tmp_path / f"{name}_result.json").write_text(json.dumps(told))
    (tmp_path / "alone_payload.json").write_bytes(loriot())
    found = results(tmp_path)

    assert found["same_payload.json"].differs == []
    assert found["other_payload.json"].differs == [
        "model Decentlab DL-MBX instead of DL-LID",
        "distance 2700 instead of 2701",
        "time 2026-07-14T11:58:03.123000+00:00 instead of 1",
    ]
    assert "no result that we know" in str(found["broken_payload.json"].differs)
    assert "differs" in found["same_payload.json"].as_line()
    assert "differs" not in found["alone_payload.json"].as_line()
    counts = corpus.summary(found.values())["feeds"]["lorawan"]
    assert (counts["files"], counts["as_expected"], counts["not_as_expected"]) == (4, 1, 2)
