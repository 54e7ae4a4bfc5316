from __future__ import annotations

from importlib.metadata import EntryPoint

from structlog.testing import capture_logs

from feeds.catalogue import GROUP, catalogue

NOT_A_FEED = object()


def test_our_own_feeds_are_installed() -> None:
    found = catalogue()
    assert {"pegelonline", "nina", "dwd_cap"} <= set(found.feeds)
    assert not found.broken


def test_a_broken_plugin_is_named_and_stops_no_other() -> None:
    points = [
        EntryPoint("example", "feeds.example:Example", GROUP),
        EntryPoint("missing", "feeds.no_such_module:Feed", GROUP),
        EntryPoint("renamed", "feeds.example:Example", GROUP),
        EntryPoint("thing", "feeds.contract:Batch", GROUP),
        EntryPoint("example", "feeds.example:Example", GROUP),
        EntryPoint("text", "feeds.catalogue:GROUP", GROUP),
    ]
    with capture_logs() as lines:
        found = catalogue(points)
    assert set(found.feeds) == {"example"}
    assert len(found.broken) == 5
    assert "no_such_module" in found.broken["missing (feeds.no_such_module:Feed)"]
    assert "name must be 'renamed'" in found.broken["renamed (feeds.example:Example)"]
    assert "taken" in found.broken["example (feeds.example:Example)"]
    assert len(lines) == 5
