"""The golden cases that the browser's reducer passes too (frontend/tests/apply.test.ts)."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from geodata.model.change import Change, Op
from geodata.model.picture import Picture, apply
from geodata.model.ref import Ref

CASES = sorted((Path(__file__).parent / "changes").glob("*.json"))


def _change(wire: dict[str, Any]) -> Change:
    return Change(
        seq=wire["seq"],
        ref=Ref.parse(wire["ref"]),
        op=Op(wire["op"]),
        room=wire["room"],
        actor=wire["actor"],
        at=datetime.fromisoformat(wire["at"]),
        provenance=wire["provenance"],
        body=wire["body"],
    )


def test_there_are_cases() -> None:
    assert len(CASES) >= 9


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_picture_follows_the_golden_case(path: Path) -> None:
    case = json.loads(path.read_text(encoding="utf-8"))
    picture = Picture(case["picture"]["cursor"], case["picture"]["facts"])
    before = json.dumps(case["picture"], sort_keys=True)
    for wire in case["changes"]:
        picture = apply(picture, _change(wire))
    assert picture.cursor == case["expected"]["cursor"], case["says"]
    assert dict(picture.facts) == case["expected"]["facts"], case["says"]
    assert json.dumps(case["picture"], sort_keys=True) == before, "the picture before must stay as it was"
