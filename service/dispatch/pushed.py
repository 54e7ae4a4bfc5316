"""What a broker's topics or a tracker push: lists of reports as JSON, single reports, or CoT events."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b

import msgspec

from feeds import cot
from feeds.contract import Garbled
from feeds.decoding import excerpt
from geodata.model.clock import Clock
from service.dispatch import store
from service.dispatch.applying import Sender
from service.dispatch.intake import MOST_AT_ONCE, Intake
from service.dispatch.report import Bad, Outcome, Report, Result
from service.dispatch.sent import several, taken

Aside = list[tuple[str, str, str]]
"""What was not understood: topic, reason, excerpt."""


def report_of(payload: bytes) -> msgspec.Raw:
    """A CoT event as a report: found by its uid as `external_id`, else by its call sign. Raises Garbled."""
    event = cot.read(payload)
    id = blake2b(f"{event.uid} {event.at.isoformat()}".encode(), digest_size=16).hexdigest()
    error = None if event.error is None else min(event.error, 100_000)
    report = Report(
        id=f"cot-{id}", at=event.at, external_id=event.uid, callsign=event.callsign,
        longitude=event.longitude, latitude=event.latitude, speed=event.speed, heading=event.course, accuracy=error,
    )  # fmt: skip
    return msgspec.Raw(msgspec.json.encode(report))


def all_in(payload: bytes) -> list[msgspec.Raw]:
    """Raises Garbled, Bad."""
    return [report_of(payload)] if payload.lstrip()[:1] == b"<" else several(payload)


async def one_cot(intake: Intake, sender: Sender, payload: bytes, clock: Clock) -> Outcome:
    """What became of one event. Raises Busy, StoreError."""
    try:
        given = report_of(payload)
    except Garbled as error:
        return Outcome(Result.INVALID, field="event", reason=str(error))
    return (await taken(intake, sender, [given], clock.now()))[0][1]


async def heard(
    intake: Intake, organisation: str, broker: str, clock: Clock, messages: Sequence[tuple[str, bytes]]
) -> Aside:
    """Take a broker's messages (topic, payload) for an organisation. Raises Busy, StoreError; the broker keeps them."""
    aside: Aside = []
    given: list[tuple[str, msgspec.Raw]] = []
    for topic, payload in messages:
        try:
            given += [(topic, raw) for raw in all_in(payload)]
        except (Garbled, Bad) as error:
            aside.append((topic, str(error), excerpt(payload)))
    sender = await for_organisation(intake, organisation, f"mqtt_{broker}")
    for start in range(0, len(given), MOST_AT_ONCE):
        some = given[start : start + MOST_AT_ONCE]
        told = await taken(intake, sender, [raw for _, raw in some], clock.now())
        for (topic, raw), (_, outcome) in zip(some, told, strict=True):
            if outcome.result is Result.INVALID:
                aside.append((topic, f"{outcome.field}: {outcome.reason}", excerpt(bytes(raw))))
    return aside


async def for_organisation(intake: Intake, organisation: str, name: str) -> Sender:
    """A sender of this node's configuration, who writes where the organisation may write now."""
    see, write = await store.rooms_of(intake.database, organisation)
    return Sender(f"feed:{name}", f"feed:{name}", name, see, write)
