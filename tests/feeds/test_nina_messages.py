"""NINA's messages by themselves."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from feeds import nina_wire as wire
from feeds.contract import Garbled
from feeds.nina import Nina
from tests.feeds.bbk import NOON, area, dashboard_row, detail, row


@pytest.mark.parametrize(
    ("message", "field"),
    [
        (detail() | {"sent": "2026-07-14T11:00:00"}, "sent"),
        (detail() | {"info": []}, "info"),
        (detail() | {"info": "x"}, "info"),
        ({"mapping": {}}, "identifier"),
        (detail() | {"identifier": 7}, "identifier"),
    ],
)
def test_a_bad_message_names_its_field(message: dict[str, Any], field: str) -> None:
    with pytest.raises(Garbled, match=field):
        wire.message(json.dumps(message).encode(), Counter())


def test_unreadable_times_and_unknown_words_are_counted_and_the_warning_stays() -> None:
    payload = json.dumps(detail(info={"expires": "bald", "severity": "Schlimm", "responseType": None})).encode()
    batch = Nina().parse("x.json", payload, NOON)
    assert batch.warnings[0].level is None
    assert batch.warnings[0].severity == "Schlimm"
    assert batch.unknown == {"expires unreadable": 1, "severity Schlimm": 1}


@pytest.mark.parametrize(
    ("payload", "mine"),
    [
        (json.dumps([row()]).encode(), True),
        (json.dumps([dashboard_row()]).encode(), True),
        (json.dumps(detail()).encode()[:300], True),
        (json.dumps(area()).encode(), True),
        (b"[]", False),
        (b'[{"id": "R7", "mm_h": 1}]', False),
        (b'{"type":"FeatureCollection","features":[]}', False),
        (b'[{"uuid":"11111111-1111"}]', False),
        (b'{"warnings":[{"alert":{"identifier":"2.49.0"}}]}', False),
    ],
)
def test_only_its_own_files_are_recognised(payload: bytes, mine: bool) -> None:
    assert Nina().recognises("x.json", payload) is mine


def test_recorded_answers_are_read(samples: Path) -> None:
    feed, count = Nina(area=None), 0
    for path in sorted((samples / "nina").glob("*json")):
        payload = path.read_bytes()
        assert feed.recognises(path.name, payload), path.name
        batch = feed.parse(path.name, payload, NOON)
        assert batch.items, path.name
        assert not batch.dropped
        count += 1
    assert count >= 10
