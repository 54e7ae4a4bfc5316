"""What is said to people while an alarm runs: something has changed, or thanks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from alerting.model.recipient import CallKind
from alerting.store import counting, course
from geodata.store.database import Transaction
from service.alarms import store


async def change(tx: Transaction, id: str, fields: Mapping[str, Any], now: datetime) -> course.Held:
    """What the alarm says from now on, under its lock. Raises NoSuchThing."""
    held = await course.take(tx.connection, id)
    held.said = replace(held.said, **fields)
    await course.save(tx.connection, held, now)
    return held


async def tell(
    tx: Transaction, id: str, kind: CallKind, fields: Mapping[str, Any], *, by: str, now: datetime, origin: str
) -> int:
    """How many calls it takes: everybody hears it where he heard of the alarm. Raises NoSuchThing."""
    held = await course.take(tx.connection, id)
    held.said = replace(held.said, **fields)
    held.note(kind.value, by, now, held.said.text)
    await course.save(tx.connection, held, now)
    told = await store.tell(tx, id, kind, held.mode, now)
    await counting.show(tx, held, origin=origin, now=now)
    return told
