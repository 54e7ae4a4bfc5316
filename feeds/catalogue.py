"""Which sources there are: classes behind the entry points `lagebild.feeds`, ours and those of outside packages."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from importlib.metadata import EntryPoint, entry_points

import structlog

from feeds.contract import Polled

GROUP = "lagebild.feeds"

_TEXTS = ("title", "publisher", "licence", "attribution", "home")
_TIMES = ("every", "stale_after")
_CALLS = ("poll", "recognises", "parse")

log = structlog.get_logger()


class BadFeed(Exception):
    """A class behind an entry point is no feed; the message names what is missing."""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """`broken` tells for each plugin that could not be used why not; the others work."""

    feeds: dict[str, type[Polled]] = field(default_factory=dict)
    broken: dict[str, str] = field(default_factory=dict)


def catalogue(found: Iterable[EntryPoint] | None = None) -> Catalogue:
    """All installed sources by name. A plugin that fails to load is reported and left out."""
    listed = Catalogue()
    for point in sorted(entry_points(group=GROUP) if found is None else found, key=lambda p: (p.name, p.value)):
        try:
            feed = _checked(point)
            if point.name in listed.feeds:
                raise BadFeed(f"the name is taken by {listed.feeds[point.name].__module__}")
        except Exception as error:
            # a plugin is other people's code: whatever it raises on import is its own failure, never ours
            reason = str(error) or type(error).__name__
            log.error("feed plugin left out", feed=point.name, plugin=point.value, reason=reason)
            listed.broken[f"{point.name} ({point.value})"] = reason
        else:
            listed.feeds[point.name] = feed
    return listed


def _checked(point: EntryPoint) -> type[Polled]:
    feed: type[Polled] = point.load()
    if not isinstance(feed, type):
        raise BadFeed(f"{point.value} is not a class")
    if getattr(feed, "name", None) != point.name:
        raise BadFeed(f"{point.value}.name must be {point.name!r}, the name of its entry point")
    for name in _TEXTS:
        if not isinstance(getattr(feed, name, None), str):
            raise BadFeed(f"{point.value}.{name} must be a text")
    for name in _TIMES:
        if not isinstance(getattr(feed, name, None), timedelta):
            raise BadFeed(f"{point.value}.{name} must be a timedelta")
    if not isinstance(getattr(feed, "newest_within", 0), timedelta | None):
        raise BadFeed(f"{point.value}.newest_within must be a timedelta or None")
    for name in _CALLS:
        if not callable(getattr(feed, name, None)):
            raise BadFeed(f"{point.value}.{name} is missing")
    return feed
