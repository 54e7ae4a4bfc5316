"""Answers of PEGELONLINE that we never ask for are known for what they are."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from feeds.pegelonline import Pegelonline


@pytest.mark.parametrize(
    ("name", "payload"),
    [
        ("waters.json", b'[{"shortname": "RHEIN", "longname": "RHEIN"}, {"shortname": "RUHR", "longname": "RUHR"}]'),
        ("measurements.csv", b"timestamp;value\r\n2026-09-23 21:15;-7\r\n"),
    ],
)
def test_they_are_left_aside_with_the_reason(name: str, payload: bytes) -> None:
    feed = Pegelonline()
    assert feed.recognises(name, payload)
    batch = feed.parse(name, payload, datetime(2026, 9, 23, tzinfo=UTC))
    assert (batch.items, [d.item for d in batch.dropped]) == (0, [name])
