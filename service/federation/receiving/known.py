"""Every kind of fact that we know, and its model: what a partner sends of it is read by the same rules as our own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from alerting.model.alarm import Alarm
from alerting.model.custody import Custody
from alerting.model.job import Job, MeetingPoint
from alerting.model.plan import Plan
from alerting.model.risk import RiskAlert
from alerting.model.roster import Roster
from alerting.model.rule import AlarmRule
from feeds.health import FeedHealth
from geodata.model.alarm_request import AlarmCount, AlarmRequest
from geodata.model.arrival import Arrival
from geodata.model.body import from_body, to_body
from geodata.model.editing import BadEdit
from geodata.model.extent import Extent
from geodata.model.facility import Facility
from geodata.model.feature import Feature
from geodata.model.geometry import Geometry
from geodata.model.incident import Amount, Id, Incident, Moment, Text, Words
from geodata.model.incident_link import IncidentLink
from geodata.model.inquiry import Inquiry
from geodata.model.journal import EntryKind
from geodata.model.march import March, MarchReceipt
from geodata.model.observation import Forecast, Reading
from geodata.model.partner_message import PartnerMessage, PartnerReceipt
from geodata.model.post import Post, Staff
from geodata.model.proposal import Proposal
from geodata.model.request import Request
from geodata.model.resource import Fleet, Position, Resource, Stock
from geodata.model.resource_type import OwnType
from geodata.model.sector import Sector
from geodata.model.shift import Shift
from geodata.model.site import Site
from geodata.model.situation_report import Rhythm, Silence, SituationReport
from geodata.model.states import BadMove
from geodata.model.station import Station
from geodata.model.task import Task
from geodata.model.warning import OfficialWarning
from geodata.model.zone import Zone
from service.views.rules import View

Short = Annotated[str, Meta(max_length=200)]


@dataclass(frozen=True, slots=True)
class Entry:
    """A journal's entry as the picture carries it; its room is ours and its hash is checked by its own node only."""

    staff: Id
    incident: Id
    number: Amount
    event_time: Moment
    recorded_at: Moment
    author: Words
    function: Words
    kind: EntryKind
    text: Text
    hash: Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$")] | None = None
    refs: Annotated[tuple[Short, ...], Meta(max_length=200)] = ()
    corrects: Amount | None = None


@dataclass(frozen=True, slots=True)
class Device:
    """An own sensor as the picture carries it."""

    station: Id
    name: Words
    alarms: Annotated[tuple[Short, ...], Meta(max_length=20)] = ()
    battery: float | None = None
    battery_unit: Short | None = None
    seen: datetime | None = None


@dataclass(frozen=True, slots=True)
class ImageryJob:
    """An order of an image from above as the picture carries it."""

    kind: Short
    title: Words
    state: Short
    asked_at: datetime
    geometry: Geometry
    resolution: Amount
    scene: Short
    progress: Amount = 0
    word: Short | None = None
    before: Short | None = None
    units: float | None = None
    spent: float | None = None
    error: dict[str, Text] | None = None
    extent: Short | None = None
    rasters: Annotated[tuple[dict[str, Any], ...], Meta(max_length=50)] = ()


MODELS: dict[str, type[Any]] = {
    "alarm": Alarm, "alarm_count": AlarmCount, "alarm_plan": Plan, "alarm_request": AlarmRequest,
    "alarm_rule": AlarmRule, "allocation": Proposal, "arrival": Arrival, "custody": Custody, "device": Device,
    "entry": Entry, "extent": Extent, "facility": Facility, "feature": Feature, "feed": FeedHealth, "fleet": Fleet,
    "forecast": Forecast, "imagery_job": ImageryJob, "incident": Incident,
    "incident_link": IncidentLink, "inquiry": Inquiry, "job": Job,
    "march": March, "march_receipt": MarchReceipt, "meeting_point": MeetingPoint, "partner_message": PartnerMessage,
    "partner_receipt": PartnerReceipt, "position": Position, "post": Post, "reading": Reading, "report_rhythm": Rhythm,
    "report_silence": Silence, "request": Request, "resource": Resource,
    "resource_type": OwnType, "risk_alert": RiskAlert, "roster": Roster, "sector": Sector, "shift": Shift,
    "site": Site, "situation_report": SituationReport, "staff": Staff, "station": Station,
    "stock": Stock, "task": Task, "view": View, "warning": OfficialWarning, "zone": Zone,
}  # fmt: skip


class BadBody(ValueError):
    """The body is not what its kind asks for; `field` says where."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(reason)
        self.field = field


def read(kind: str, body: dict[str, Any]) -> tuple[dict[str, Any], bool]:
    """The body as our model writes it, and whether that is all of it; of an unknown kind as it came, and not all.

    `version` stays where it is a number; who has edited what is the origin's business. Raises BadBody."""
    model = MODELS.get(kind)
    if model is None:
        return body, False
    try:
        plain = to_body(from_body(body, model))
    except msgspec.ValidationError as error:
        cause = error.__cause__
        field = cause.field if isinstance(cause, BadEdit) else _place(str(error))
        raise BadBody(field, str(cause or error)) from error
    except (BadEdit, BadMove, ValueError, TypeError, ArithmeticError) as error:
        raise BadBody(getattr(error, "field", "body"), str(error)) from error
    version = body.get("version")
    if isinstance(version, int) and not isinstance(version, bool):
        plain["version"] = version
    return plain, plain == body or _within(body, plain)


def _within(said: Any, kept: Any) -> bool:
    """Whether all that was said was kept; our model may add what it writes of itself."""
    if isinstance(said, dict) and isinstance(kept, dict):
        told = ((name, value) for name, value in said.items() if value is not None and value not in ([], {}))
        return all(name in kept and _within(value, kept[name]) for name, value in told)
    if isinstance(said, list) and isinstance(kept, list):
        return len(said) == len(kept) and all(map(_within, said, kept))
    return bool(said == kept)


def _place(message: str) -> str:
    if "$" in message:
        return message.rpartition("$")[2].strip("`.") or "body"
    quoted = message.split("`")
    return quoted[1] if len(quoted) > 1 else "body"
