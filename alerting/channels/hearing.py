"""What providers tell us later, in whatever shape: read by paths from the settings into receipts and answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from alerting.channels.contract import Told
from alerting.model.numbers import NoNumber, e164
from alerting.model.recipient import CallState
from alerting.model.replies import Reply, read_key, read_reply

MOST_EVENTS = 500
MOST_TEXT = 1600

STATES: Mapping[str, CallState] = {
    "ACCEPTED": CallState.SENT, "QUEUED": CallState.SENT, "SENT": CallState.SENT, "SUBMITTED": CallState.SENT,
    "DELIVRD": CallState.DELIVERED, "DELIVERED": CallState.DELIVERED, "READ": CallState.READ,
    "ANSWERED": CallState.DELIVERED, "COMPLETED": CallState.DELIVERED, "UNDELIV": CallState.FAILED,
    "UNDELIVERED": CallState.FAILED, "FAILED": CallState.FAILED, "REJECTD": CallState.FAILED,
    "REJECTED": CallState.FAILED, "EXPIRED": CallState.FAILED, "DELETED": CallState.FAILED,
    "BUSY": CallState.FAILED, "NO-ANSWER": CallState.FAILED, "NO_ANSWER": CallState.FAILED,
    "CANCELED": CallState.FAILED, "CANCELLED": CallState.FAILED,
}  # fmt: skip
"""Words of SMPP and of common providers, in capitals. Settings add others."""


@dataclass(frozen=True, slots=True)
class Event:
    """`key` is the same when the same event is told again."""

    told: Told
    key: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Paths:
    """Where things stand in what the provider posts: names and numbers joined by dots (`results.0.id`); empty: not
    there. `call` is our own id that we gave along, `id` the provider's, `event` the id of the telling itself."""

    items: str = ""
    call: str = "call"
    id: str = "id"
    event: str = "event_id"
    state: str = "state"
    error: str = "error"
    sender: str = "from"
    text: str = "text"
    digits: str = "digits"
    at: str = "at"
    states: Mapping[str, CallState] = field(default_factory=dict)


def at(payload: Any, path: str) -> Any:
    """What lies at this path; None if nothing does."""
    if not path:
        return None
    found = payload
    for step in path.split("."):
        if isinstance(found, Mapping):
            found = found.get(step)
        elif isinstance(found, list) and step.isascii() and step.isdecimal() and int(step) < len(found):
            found = found[int(step)]
        else:
            return None
    return found


def words(value: Any, most: int = 200) -> str | None:
    """A text or a number as a text; None for all else and for nothing."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    return "".join(sign for sign in str(value) if sign.isprintable() or sign in "\n ")[:most].strip() or None


def read(paths: Paths, payload: Any, *, gateway: str, now: datetime) -> list[Event]:
    """Whatever is in it that we understand."""
    found = at(payload, paths.items) if paths.items else payload
    items = found if isinstance(found, list) else [found]
    events = (_event(paths, item, gateway, now) for item in items[:MOST_EVENTS] if isinstance(item, Mapping))
    return [event for event in events if event is not None]


def _event(paths: Paths, item: Mapping[str, Any], gateway: str, now: datetime) -> Event | None:
    call, id = words(at(item, paths.call)), words(at(item, paths.id))
    event, when = words(at(item, paths.event)), words(at(item, paths.at))
    digits, text = words(at(item, paths.digits), 20), words(at(item, paths.text), MOST_TEXT)
    sender, said = words(at(item, paths.sender)), words(at(item, paths.state))
    if digits is not None and (call or id):
        reply = read_key(digits)
        told = answered(Told(gateway, now, provider_id=id, call=call, text=digits), reply)
        return Event(told, f"key {call or id} {event or digits}")
    if sender is not None and text is not None:
        return inbound(gateway, now, sender=sender, text=text, key=event or id or when)
    state = state_of(said, paths.states)
    if state is None or not (call or id):
        return None
    error = words(at(item, paths.error)) if state is CallState.FAILED else None
    told = Told(gateway, now, provider_id=id, call=call, state=state, error=without_numbers(error or said))
    return Event(told, f"state {call or id} {state}")


def state_of(said: str | None, more: Mapping[str, CallState]) -> CallState | None:
    if said is None:
        return None
    return more.get(said) or more.get(said.upper()) or STATES.get(said.upper())


def inbound(gateway: str, now: datetime, *, sender: str, text: str, key: str | None) -> Event:
    """A message of somebody. Without a key of the provider the same words count once in ten minutes."""
    try:
        sender = e164(sender)
    except NoNumber:
        sender = sender.strip()
    again = key or f"{int(now.timestamp()) // 600}"
    told = answered(Told(gateway, now, address=sender, text=text), read_reply(text))
    return Event(told, f"said {sender} {again} {text}")


def answered(told: Told, reply: Reply | None) -> Told:
    if reply is None:
        return told
    return Told(
        told.gateway, told.at, provider_id=told.provider_id, call=told.call, address=told.address, text=told.text,
        answer=reply.answer, minutes=reply.minutes,
    )  # fmt: skip


def without_numbers(text: str | None) -> str | None:
    """Words of a provider, in which numbers and addresses could stand: those are taken out."""
    if text is None:
        return None
    kept = (part for part in text.split() if "@" not in part and sum(sign.isdigit() for sign in part) < 6)
    return " ".join(kept)[:200] or None
