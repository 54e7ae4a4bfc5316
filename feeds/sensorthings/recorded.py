"""Recorded answers and single messages through the parser that a look uses."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from feeds.contract import Batch, Dropped, Garbled
from feeds.decoding import decoded, each, excerpt
from feeds.sensorthings.quantities import Measure
from feeds.sensorthings.readings import Readings, Stream
from feeds.sensorthings.wire import OF_DATASTREAM, Observation, Unusable
from geodata.model.observation import Observation as Measured
from geodata.model.ref import id_of

_HEAD = 20_000


class _Answer(msgspec.Struct):
    """A page, a single entity, or a message kept with its topic."""

    value: list[msgspec.Raw] | None = None
    topic: Any = None
    payload: msgspec.Raw = msgspec.Raw()


class _Entity(msgspec.Struct):
    datastreams: list[msgspec.Raw] | None = msgspec.field(name="Datastreams", default=None)
    unit: Any = msgspec.field(name="unitOfMeasurement", default=None)
    time: Any = msgspec.field(name="phenomenonTime", default=None)
    result: Any = msgspec.UNSET


def is_answer(payload: bytes) -> bool:
    head = payload[:_HEAD]
    return head.lstrip()[:1] == b"{" and (b'"@iot.id"' in head or b'"@iot.nextLink"' in head)


def take(payload: bytes, readings: Readings, topic: str = "") -> Batch:
    """Things or Datastreams with what is expanded in them, or Observations; `topic` is that of a message.

    Raises Garbled."""
    found = decoded(payload, _Answer, "SensorThings")
    if isinstance(found.topic, str) and bytes(found.payload):
        return take(bytes(found.payload), readings, found.topic)
    items = [msgspec.Raw(payload)] if found.value is None else found.value
    strange = 0
    for raw in items:
        entity = _entity(raw)
        if entity is None:
            strange += 1
        elif entity.datastreams is not None:
            _streams(readings, entity.datastreams, next(each([raw], dict, readings.batch.dropped, "Thing"), None))
        elif entity.unit is not None:
            _streams(readings, [raw], None)
        elif entity.result is not msgspec.UNSET:
            _observation(readings, raw, topic)
        else:
            strange += 1
    if strange:
        readings.batch.unknown["neither Thing with Datastreams, Datastream nor Observation"] += strange
    if items and strange == len(items):
        raise Garbled("SensorThings: no Datastreams and no Observations")
    batch = readings.batch
    batch.newest = max((o.at for o in batch.observations), default=None)
    return batch


def _streams(readings: Readings, raws: list[msgspec.Raw], thing: Any) -> None:
    for stream, found in readings.take_datastreams(raws, thing):
        readings.take_observations(found.observations or [], stream)


def _entity(raw: msgspec.Raw) -> _Entity | None:
    try:
        return msgspec.json.decode(raw, type=_Entity)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _observation(readings: Readings, raw: msgspec.Raw, topic: str) -> None:
    named = OF_DATASTREAM.search(topic[:2000])
    try:
        stream = readings.known(named[1]) if named else None
    except Unusable as error:
        readings.batch.dropped.append(Dropped(topic[:80], str(error), excerpt(bytes(raw))))
    else:
        readings.take_observations([raw], stream)


class _Anything(Readings):
    """Takes Observations of Datastreams that nobody has told of as well: to try the parser, not to be stored."""

    def known(self, id: str) -> Stream:
        return self.streams.get(id) or Stream(id, id_of("sensorthings", id), Measure("result", 1.0, ""))

    def measured(self, found: Observation, stream: Stream | None) -> Measured:
        return super().measured(found, stream or self.known(found.of() or "unknown"))


class SensorThingsFile:
    """Recorded answers of any server, for a corpus."""

    name = "sensorthings"

    def recognises(self, path: str, payload: bytes) -> bool:
        return is_answer(payload)

    def parse(self, path: str, payload: bytes, now: datetime) -> Batch:
        return take(payload, _Anything(self.name))
