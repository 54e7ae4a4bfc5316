"""Two nodes become partners from their shells."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from feeds.catalogue import catalogue
from tests.node import Node

QUIET = {f"LAGEBILD_FEEDS__{name.upper()}__ENABLED": "false" for name in catalogue().feeds}


@pytest.fixture
def nodes() -> Iterator[tuple[Node, Node]]:
    near = {**QUIET, "LAGEBILD_FEDERATION__NETWORKS": "127.0.0.0/8"}
    near["LAGEBILD_FEDERATION__ADDRESSES"] = "http://127.0.0.9:8000"
    pair = tuple(Node(environment={**near, "LAGEBILD_ORIGIN": origin}) for origin in ("altdorf", "bergheim"))
    yield pair[0], pair[1]
    for node in pair:
        node.close()


def test_invited_accepted_compared_rotated_and_revoked(nodes: tuple[Node, Node], tmp_path: Path) -> None:
    here, there = nodes
    for node in nodes:
        node.start()
    made = here.run("federation", "invite", "Bergheim")
    assert made.returncode == 0, made.stderr
    accepted = there.run("federation", "accept", made.stdout.strip())
    assert accepted.returncode == 0, accepted.stderr
    words = [node.run("federation", "words", other, "--same").stdout.splitlines()
             for node, other in ((here, "bergheim"), (there, "altdorf"))]  # fmt: skip
    assert words[0][0] == words[1][0]
    assert len(words[0][0].split()) == 8
    assert words[0][1].endswith("bergheim is ACTIVE")
    further = "altdorf\tACTIVE\thttp://127.0.0.1:"
    known = there.run("federation", "addresses").stdout
    assert known.startswith(further) and known.strip().endswith("http://127.0.0.9:8000"), "it has said so itself"
    book = tmp_path / "book.json"
    assert here.run("federation", "addresses", "--write", str(book)).returncode == 0
    read = there.run("federation", "addresses", "--read", str(book), "--yes")
    assert "altdorf\tKNOWN" in read.stdout and "bergheim\tOURS" in read.stdout, read.stderr
    assert here.run("federation", "rotate-key").returncode == 0
    early = here.run("federation", "drop", "bergheim")
    assert early.returncode != 0, "only what was revoked is dropped"
    revoked = here.run("federation", "revoke", "bergheim", "--reason", "Probe", "--things", "keep").stdout
    assert "bergheim is REVOKED; it has acknowledged" in revoked, "the running node has told it"
    assert here.run("federation", "drop", "bergheim").returncode == 0
    assert "\tREVOKED\t" in here.run("federation", "status").stdout
