"""Would we reach this person tonight: a light, and why."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from alerting.model.availability import Ready, state_at
from alerting.model.plan import ChannelKind
from service.phone.own.store import Channel, Own

FRESH = timedelta(days=90)
"""A test older than this says little: numbers and phones change."""


@dataclass(frozen=True, slots=True)
class Light:
    """`colour` is good, warn or bad; `reasons` are keys of texts."""

    colour: str
    reasons: tuple[str, ...]


def light(own: Own, now: datetime, carried: Callable[[ChannelKind], bool]) -> Light:
    """`carried`: whether this node has a gateway for such a channel now."""
    if not own.channels:
        return Light("bad", ("none",))
    working = [c for c in own.channels if works(c) and carried(c.kind)]
    if not working:
        return Light("bad", ("all_broken",))
    reasons = []
    if not any(c.tested_at and now - c.tested_at <= FRESH for c in working):
        reasons.append("untested")
    if len(working) < len(own.channels):
        reasons.append("some_broken")
    if len({c.kind for c in working}) < 2:
        reasons.append("only_one")
    if own.held["state"] != "ACTIVE":
        reasons.append("paused")
    elif state_at(own.availability, now).ready is Ready.NOT_AVAILABLE:
        reasons.append("not_available")
    serious = [reason for reason in reasons if reason != "only_one"]
    return Light("warn" if serious else "good", tuple(reasons) or ("fine",))


def works(channel: Channel) -> bool:
    return channel.closed_at is None and channel.failures < 3


def masked(channel: Channel) -> str:
    """Enough to know one's own by: what somebody sees over the shoulder is no number."""
    text = channel.address
    if channel.kind in (ChannelKind.SMS, ChannelKind.VOICE):
        return f"{text[:3]} … {text[-3:]}"
    if channel.kind is ChannelKind.EMAIL:
        name, _, host = text.partition("@")
        return f"{name[:2]}…@{host}"
    return ""
