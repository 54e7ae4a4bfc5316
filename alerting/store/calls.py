"""What providers say later: receipts for our calls, and answers of people (SMS "1", a key pressed on the phone)."""

from __future__ import annotations

import re
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import text

from alerting.channels.contract import Told
from alerting.model.plan import ChannelKind
from alerting.model.recipient import CallKind, CallState
from alerting.store import alarms, course, outcomes
from alerting.store.outcomes import Bundle, Lost
from alerting.store.sealing import Seal
from geodata.store.database import Transaction
from geodata.store.things import NoSuchThing

_CALL = text("""
    SELECT id, alarm, helper, kind, channel, state FROM alarm_call
    WHERE (id = :call OR (cast(:provider AS text) IS NOT NULL AND gateway = :gateway AND provider_id = :provider))
      AND (mode = 'EXERCISE') = :exercise
    ORDER BY (id = :call) DESC NULLS LAST, queued_at DESC LIMIT 1
""")
_RECEIVED = text("""
    UPDATE alarm_call SET lease_until = NULL, gateway = coalesce(gateway, :gateway),
        provider_id = coalesce(provider_id, :provider), sent_at = coalesce(sent_at, :at),
        delivered_at = CASE WHEN :state IN ('DELIVERED', 'READ') THEN coalesce(delivered_at, :at) ELSE delivered_at END,
        read_at = CASE WHEN :state = 'READ' THEN coalesce(read_at, :at) ELSE read_at END, state = :state
    WHERE id = :id
""")
_PERSON = text("""
    UPDATE alarm_recipient r SET notified_at = coalesce(r.notified_at, :at), reason = NULL, state = CASE
        WHEN r.state IN ('PENDING', 'QUEUED', 'SENT') OR (r.state = 'DELIVERED' AND :state = 'READ') THEN :state
        WHEN r.state = 'UNREACHABLE' AND NOT :over THEN :state
        WHEN r.state IN ('UNREACHABLE', 'SPARED') THEN 'SILENT'
        ELSE r.state END
    WHERE r.alarm = :alarm AND r.helper = :helper
""")
_TESTED = text("""
    UPDATE helper_channel k SET tested_at = :at, failures = 0, problem = NULL
    FROM alarm_call c WHERE c.id = :id AND k.id = c.address
""")
# The newest alarm that asked him, unless he names another by its code.
_ASKED = text("""
    SELECT a.id AS alarm, r.helper, k.kind FROM helper_channel k
    JOIN alarm_recipient r ON r.helper = k.helper
    JOIN alarm a ON a.id = r.alarm
    WHERE k.digest = :digest AND r.notified_at IS NOT NULL AND (a.mode = 'EXERCISE') = :exercise
    ORDER BY (a.code = ANY(cast(:codes AS text[]))) DESC, a.state = 'CLOSED', a.started_at DESC LIMIT 1
""")
_RANK = {CallState.SENT: 1, CallState.DELIVERED: 2, CallState.READ: 3}
_CODE = re.compile(r"(?<![A-Z0-9])[A-Z0-9]{4}(?![A-Z0-9])")


class Heard(StrEnum):
    """REPEATED: we knew that. UNKNOWN: of no call and nobody here; a receipt may come before we know its number, so a
    provider that says it once more in a few seconds is believed then."""

    TAKEN = "TAKEN"
    REPEATED = "REPEATED"
    UNKNOWN = "UNKNOWN"


async def told(tx: Transaction, told: Told, seal: Seal, now: datetime) -> Heard:
    """Write down a receipt or an answer. A receipt never takes back a better one. One that says FAILED for what was
    delivered already is ignored."""
    given = {"call": told.call, "gateway": told.gateway, "provider": told.provider_id, "exercise": told.exercise}
    row = (await tx.connection.execute(_CALL, given)).one_or_none()
    heard = Heard.UNKNOWN
    if row is not None and told.state is not None:
        heard = await _receipt(tx, row, told, now)
    if told.answer is not None:
        return await _answer(tx, row, told, seal, now)
    return heard


async def _receipt(tx: Transaction, call: Any, told: Told, now: datetime) -> Heard:
    assert told.state is not None
    at = min(told.at, now)
    bundle = await Bundle.take(tx, {(call.alarm, call.helper)})
    again = {"call": call.id, "gateway": None, "provider": None, "exercise": told.exercise}
    state = (await tx.connection.execute(_CALL, again)).one().state
    before = CallState(state)
    if told.state is CallState.FAILED:
        if before in (CallState.DELIVERED, CallState.READ, CallState.FAILED, CallState.QUEUED):
            return Heard.REPEATED
        lost = Lost(call.id, call.alarm, call.helper, CallKind(call.kind), told.error, told.gateway, for_good=True)
        await outcomes.fail(tx, bundle, [lost], now)
    elif _RANK.get(told.state, 0) > _RANK.get(before, 0):
        given = {"id": call.id, "state": told.state.value, "at": at, "gateway": told.gateway,
                 "provider": told.provider_id}  # fmt: skip
        await tx.connection.execute(_RECEIVED, given)
        if call.kind in outcomes.ASKING:
            over = bundle.alarms[call.alarm].ended_at is not None
            person = {"alarm": call.alarm, "helper": call.helper, "state": told.state.value, "at": at, "over": over}
            await tx.connection.execute(_PERSON, person)
        await tx.connection.execute(_TESTED, {"id": call.id, "at": at})
    else:
        return Heard.REPEATED
    await outcomes.settle_ended(tx, bundle)
    await course.wake(tx.connection)
    return Heard.TAKEN


async def _answer(tx: Transaction, call: Any, told: Told, seal: Seal, now: datetime) -> Heard:
    assert told.answer is not None
    alarm, helper, kind = (call.alarm, call.helper, call.channel) if call else (None, None, None)
    if alarm is None and told.address:
        given = {"digest": seal.digest(told.address), "codes": _CODE.findall((told.text or "").upper()),
                 "exercise": told.exercise}  # fmt: skip
        found = (await tx.connection.execute(_ASKED, given)).one_or_none()
        if found is not None:
            alarm, helper, kind = found.alarm, found.helper, found.kind
    if alarm is None or helper is None or kind is None:
        return Heard.UNKNOWN
    try:
        await alarms.answer(tx, alarm, helper, told.answer, minutes=told.minutes, by=ChannelKind(kind), now=now)
    except NoSuchThing:
        return Heard.UNKNOWN
    return Heard.TAKEN
