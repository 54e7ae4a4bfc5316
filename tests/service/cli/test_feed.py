from __future__ import annotations

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from typer.testing import CliRunner

from service.cli.feed import app

STATION = {
    "uuid": "11111111-1111-4111-8111-111111111111",
    "number": "1",
    "shortname": "MUSTERSTADT",
    "timeseries": [
        {
            "shortname": "W",
            "unit": "cm",
            "currentMeasurement": {"timestamp": "2026-07-14T10:00:00+02:00", "value": 312.0},
        },
        {"shortname": "LT", "unit": "°C"},
    ],
}

run = CliRunner().invoke


@pytest.fixture
def source() -> Iterator[str]:
    class Pages(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            whole = json.dumps([STATION]).encode()
            self.send_response(200 if "stations.json" in self.path else 404)
            self.send_header("Content-Length", str(len(whole)))
            self.end_headers()
            self.wfile.write(whole)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_list_names_every_source_with_its_licence() -> None:
    result = run(app, ["list"])
    assert result.exit_code == 0
    for word in ("pegelonline", "nina", "dwd_cap", "CC BY 4.0", "DL-DE-Zero-2.0"):
        assert word in result.output


def test_try_prints_what_was_found_and_what_is_unknown(source: str) -> None:
    result = run(app, ["try", "pegelonline", "--base-url", source])
    assert result.exit_code == 0, result.output
    for word in ("MUSTERSTADT W", "312 cm", "unknown: 1", "series LT: 1"):
        assert word in result.output


def test_try_says_why_a_source_failed(source: str) -> None:
    result = run(app, ["try", "dwd_cap", "--base-url", source])
    assert result.exit_code == 1
    assert "dwd_cap: Refused: HTTP 404" in result.output


def test_a_source_that_does_not_exist_is_a_mistake_in_the_command() -> None:
    result = run(app, ["try", "weather"])
    assert result.exit_code == 2
    named = result.output.partition("there are ")[2]
    assert [n for n in ("dwd_cap", "lanuk", "lhp", "nina", "pegelonline") if n not in named] == []


def test_record_keeps_answers_that_corpus_reads_back(source: str, tmp_path: Path) -> None:
    assert run(app, ["record", "pegelonline", str(tmp_path / "kept"), "--base-url", source]).exit_code == 0
    assert [p.name for p in (tmp_path / "kept").iterdir()] == ["stations.json"]
    result = run(app, ["corpus", str(tmp_path)])
    assert result.exit_code == 0
    line, summary = map(json.loads, result.output.splitlines())
    assert set(line) == {"path", "feed", "items", "dropped", "unknown", "error"}
    assert (line["path"], line["feed"], line["items"], line["error"]) == ("kept/stations.json", "pegelonline", 2, None)
    assert summary["summary"]["files"] == 1


def test_corpus_reports_broken_files_and_is_content(tmp_path: Path) -> None:
    (tmp_path / "nina.json").write_bytes(b'[{"id": "mow.DE-NW-X-1", "version')
    result = run(app, ["corpus", str(tmp_path)])
    assert result.exit_code == 0
    line = json.loads(result.output.splitlines()[0])
    assert line["feed"] == "nina"
    assert line["error"].startswith("Garbled: ")


def test_corpus_of_no_folder_is_a_mistake_in_the_command(tmp_path: Path) -> None:
    assert run(app, ["corpus", str(tmp_path / "no")]).exit_code == 2


def test_a_configured_source_is_listed_tried_and_its_fields_are_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str
) -> None:
    file = tmp_path / "lagebild.toml"
    monkeypatch.setenv("LAGEBILD_CONFIG", str(file))
    block = f'''[sources.stellen]
kind = "json"
items = ""
url = "{source}/stations.json"
title = "Messstellen"
licence = "CC0-1.0"
attribution = "Musterstadt"
[sources.stellen.fields]
id = "uuid"
title = "shortname"
at = "timeseries.0.currentMeasurement.timestamp"
'''
    file.write_text(block)
    assert "Messstellen" in run(app, ["list"]).output
    result = run(app, ["try", "stellen"])
    assert result.exit_code == 0, result.output
    for word in ("1 items", "MUSTERSTADT", "timeseries.0.currentMeasurement.value", "312.0", "dropped: 0"):
        assert word in result.output
    file.write_text(block.replace('"shortname"', '"longname"'))
    result = run(app, ["try", "stellen"])
    assert result.exit_code == 1
    assert "none of 1 items can be used: no 'longname', which is its title" in result.output
    assert "shortname" in result.output and "MUSTERSTADT" in result.output
    file.write_text(block.replace("licence", "lizenz"))
    result = run(app, ["try", "stellen"])
    assert result.exit_code == 2 and "sources.stellen.licence" in result.output
