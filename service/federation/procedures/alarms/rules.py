"""What is asked of a partner, what may begin here, and what is told back. Counts only; nobody is named."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from alerting.model.alarm import Alarm, AlarmState, PartnerShown
from alerting.store.course import Held
from geodata.model.alarm_request import AlarmCount, AlarmRequest, Reply, Wish
from geodata.model.incident import IncidentMode

POLICY = "policy"
"""Who decided, where no human did."""

_S = AlarmState
_AT_WORK = (_S.PROPOSED, _S.RUNNING, _S.QUOTA_REACHED, _S.EXHAUSTED)


def request(alarm: Held, asked: PartnerShown, alarm_ref: str, sender: str) -> AlarmRequest:
    """What the partner reads of this step, as the alarm stands now."""
    said = alarm.said
    return AlarmRequest(
        alarm=alarm_ref, code=alarm.code, sender=sender, to=asked.partner, title=said.title, mode=alarm.mode,
        at=asked.began, wish=wish(alarm), step=asked.step, total=asked.total, skills=asked.skills, text=said.text,
        bring=said.bring, meeting=said.meeting, report_to=said.report_to, geometry=said.geometry, until=asked.until,
    )  # fmt: skip


def wish(alarm: Held) -> Wish:
    if any(act.what == "CANCELLED" for act in alarm.course.protocol):
        return Wish.CANCELLED
    if alarm.state in (_S.STOPPED, _S.CLOSED):
        return Wish.ENDED
    return Wish.ENOUGH if alarm.state is _S.QUOTA_REACHED else Wish.OPEN


def refusal(asked: IncidentMode, node: IncidentMode) -> str | None:
    """Why nothing may ever begin here, or None: what is begun has the mode that was asked for, and a node in exercise
    or test reaches nobody for real."""
    if asked is node or node is IncidentMode.ACTUAL:
        return None
    return f"This node is {node}: what is {asked} does not begin here."


def arrived(asked: AlarmRequest, ref: str, node: IncidentMode, now: datetime) -> AlarmCount:
    """It is there: it waits for a human, or is refused."""
    if refusal(asked.mode, node) is None:
        return AlarmCount(ref, Reply.PROPOSED if asked.wish in (Wish.OPEN, Wish.ENOUGH) else Reply.LAPSED, now)
    return AlarmCount(ref, Reply.DECLINED, now, decided_by=POLICY, decided_at=now, node_mode=node)


def followed(count: AlarmCount, asked: AlarmRequest, now: datetime) -> AlarmCount:
    """As the request stands now, where nobody has decided."""
    over = asked.wish in (Wish.ENDED, Wish.CANCELLED)
    if count.state is Reply.PROPOSED and over:
        return replace(count, state=Reply.LAPSED, at=now)
    if count.state is Reply.LAPSED and not over:
        return replace(count, state=Reply.PROPOSED, at=now)
    return count


def counted(before: AlarmCount, alarm: Alarm, at: datetime) -> AlarmCount:
    """What our alarm, which answers it, counts at that time."""
    counts = alarm.counts
    over = alarm.state in (_S.CANCELLED, _S.CLOSED)
    skills = {code: one.coming + one.later for code, one in (alarm.skills or {}).items()}
    after = replace(
        before, state=Reply.ENDED if over else Reply.ACCEPTED, waits=alarm.state is _S.PROPOSED,
        running=alarm.state in _AT_WORK, total=counts.total, coming=counts.coming, later=counts.later,
        not_coming=counts.not_coming, silent=counts.silent + counts.waiting + counts.pending, arrived=counts.arrived,
        skills=skills or None, arrivals=tuple(alarm.arrivals), counted_at=before.counted_at,
    )  # fmt: skip
    return before if after == before else replace(after, at=at, counted_at=at)


def fields(asked: AlarmRequest) -> dict[str, Any]:
    """What the answering alarm says, over what its plan says."""
    said: dict[str, Any] = {
        "title": asked.title, "text": asked.text, "bring": asked.bring, "meeting": asked.meeting,
        "report_to": asked.report_to, "geometry": asked.geometry.as_geojson() if asked.geometry else None,
    }  # fmt: skip
    if asked.total or asked.skills:
        said["quota"] = {"total": asked.total, **({"skills": asked.skills} if asked.skills else {})}
    return {name: value for name, value in said.items() if value is not None}
