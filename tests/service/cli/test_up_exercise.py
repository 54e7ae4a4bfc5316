"""The exercise from the command line: its own database, its own time, never in the real picture."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import httpx
import pytest

from tests.node import Node


@pytest.fixture(scope="module")
def node() -> Iterator[Node]:
    node = Node()
    node.start("--exercise", "--speed", "600")
    yield node
    node.close()


def _get(node: Node, path: str) -> Any:
    return httpx.get(f"{node.address}{path}", timeout=20).raise_for_status().json()


def _readings(node: Node, *, within: float = 60.0) -> list[dict[str, Any]]:
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        facts = _get(node, "/api/picture?kinds=reading")["facts"]
        if facts:
            return list(facts)
        time.sleep(0.3)
    raise AssertionError("no reading came from the simulator:\n" + "\n".join(node.lines[-20:]))


def test_it_says_that_it_is_an_exercise(node: Node) -> None:
    assert any("ÜBUNG" in line for line in node.lines)
    picture = _get(node, "/api/picture")
    assert picture["mode"] == "EXERCISE"
    assert datetime.fromisoformat(picture["now"]).year == 2021
    assert picture["speed"] == 600


def test_the_simulator_is_the_source_of_every_feed(node: Node) -> None:
    assert _readings(node)
    deadline = time.monotonic() + 60
    while (feeds := _get(node, "/api/feeds")["feeds"]) and any(feed["condition"] != "FRESH" for feed in feeds):
        assert time.monotonic() < deadline, feeds
        time.sleep(0.5)
    assert {feed["name"] for feed in feeds} >= {"pegelonline", "nina", "dwd_cap"}


def test_going_on_keeps_the_picture_and_a_new_exercise_starts_from_calm(node: Node) -> None:
    _readings(node)
    before = _get(node, "/api/picture")
    node.stop()
    node.start("--exercise", "--speed", "600", "--continue")
    after = _get(node, "/api/picture")
    assert after["cursor"] >= before["cursor"]
    assert datetime.fromisoformat(after["now"]) > datetime.fromisoformat(before["now"])
    node.stop()
    node.start("--exercise", "--speed", "1")
    fresh = _get(node, "/api/picture")
    assert datetime.fromisoformat(fresh["now"]) < datetime.fromisoformat(before["now"])
    _readings(node)
    assert _get(node, "/api/picture")["cursor"] > after["cursor"], "an old cursor must not look like a new one"


def test_the_real_picture_has_nothing_of_it(node: Node) -> None:
    node.stop()
    node.start()
    picture = _get(node, "/api/picture?kinds=reading,warning,station")
    assert picture["mode"] == "ACTUAL"
    assert picture["facts"] == []


def test_an_exercise_will_not_empty_somebodys_real_database(node: Node) -> None:
    refused = node.run(
        "up", "--exercise", "--port", str(node.port + 1), "--data-dir", str(node.top / "other"),
        "--database-url", "postgresql://somebody@localhost/lagebild",
    )  # fmt: skip
    assert refused.returncode == 1
    assert "_exercise" in refused.stderr


def test_an_unknown_scenario_is_named_with_those_that_exist(node: Node) -> None:
    refused = node.run(
        "up", "--exercise", "atlantis", "--port", str(node.port + 1), "--data-dir", str(node.top / "third")
    )
    assert refused.returncode == 1
    assert "flood_2021" in refused.stderr
    assert not (node.top / "third" / "pg").exists()
