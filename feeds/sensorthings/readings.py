"""Datastreams as stations with series, Observations as their values; what cannot be used is kept aside."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from feeds.contract import Batch, Dropped
from feeds.decoding import each, excerpt
from feeds.plain_text import one_line
from feeds.sensorthings.quantities import Measure, NoMeasure, measure_of
from feeds.sensorthings.wire import Datastream, Observation, Unusable, point_of, text_of, written
from geodata.model.geometry import Bbox
from geodata.model.observation import Observation as Measured
from geodata.model.ref import id_of
from geodata.model.station import Series, Station


@dataclass(frozen=True, slots=True)
class Stream:
    """A Datastream that is a series of ours. `id` as it stands in an address."""

    id: str
    station: str
    measure: Measure


class Readings:
    """One answer after the other into `batch`. `box` is where stations are wanted, in degrees; those without a place
    are never left out. `observed` names our quantity for ObservedProperties. `streams` are known from before."""

    def __init__(
        self,
        name: str,
        *,
        box: Bbox | None = None,
        observed: Mapping[str, str] | None = None,
        operator: str | None = None,
        minutes: int | None = None,
        streams: Mapping[str, Stream] | None = None,
    ) -> None:
        self._name, self._box, self._observed = name, box, observed or {}
        self._operator, self._minutes = operator, minutes
        self.streams: dict[str, Stream] = dict(streams or {})
        self.batch = Batch()
        self._stations: dict[str, Station] = {}

    def take_datastreams(self, raws: Iterable[msgspec.Raw], thing: Any = None) -> list[tuple[Stream, Datastream]]:
        """Those that are used. `thing` is whose they are if they do not say so themselves."""
        taken = []
        for found in each(raws, Datastream, self.batch.dropped, "Datastream"):
            try:
                stream = self._stream(found, thing)
            except NoMeasure as error:
                self.batch.unknown[str(error)] += 1
            except Unusable as error:
                self.batch.dropped.append(Dropped(f"Datastream {written(found.id)[:80]}", str(error)))
            else:
                if stream is not None:
                    self.streams[stream.id] = stream
                    taken.append((stream, found))
        self.batch.stations = list(self._stations.values())
        return taken

    def take_observations(self, raws: Iterable[msgspec.Raw], stream: Stream | None) -> list[Measured]:
        """Those that are used. Without `stream` each must say itself of which Datastream it is."""
        taken = []
        for found in each(raws, Observation, self.batch.dropped, "Observation"):
            try:
                taken.append(self.measured(found, stream))
            except Unusable as error:
                named = stream.id if stream else found.of() or ""
                raw = excerpt(msgspec.json.encode([found.time, found.result]))
                self.batch.dropped.append(Dropped(f"Datastream {named[:80]}", str(error), raw))
        self.batch.observations += taken
        return taken

    def known(self, id: str) -> Stream:
        """Raises Unusable."""
        stream = self.streams.get(id)
        if stream is None:
            raise Unusable(f"Datastream {id[:80]} is none of those we take")
        return stream

    def measured(self, found: Observation, stream: Stream | None) -> Measured:
        """Raises Unusable."""
        if stream is None:
            named = found.of()
            if named is None:
                raise Unusable("does not say of which Datastream it is")
            stream = self.known(named)
        measure = stream.measure
        return Measured(
            stream.station, measure.quantity, found.at(), round(found.value() * measure.factor, 6), measure.unit
        )

    def _stream(self, found: Datastream, thing: Any) -> Stream | None:
        """None for what lies elsewhere. Raises NoMeasure, Unusable."""
        thing = found.thing if isinstance(found.thing, dict) else thing
        identifier = text_of(thing, "@iot.id")
        if not identifier:
            raise Unusable("no Thing with an id: the server does not expand it")
        property = {part: text_of(found.property, part) for part in ("name", "definition")}
        property["id"] = text_of(found.property, "@iot.id")
        measure = measure_of(property, text_of(found.unit, "symbol"), text_of(found.unit, "name"), self._observed)
        place = self._place(found, thing)
        if place is not None and self._box is not None:
            west, south, east, north = self._box
            if not (west <= place[0] <= east and south <= place[1] <= north):
                self.batch.outside += 1
                return None
        key = id_of(self._name, identifier)
        known = self._stations.get(key) or Station(
            key,
            one_line(text_of(thing, "name"))[:200] or identifier[:200],
            "sensor",
            longitude=place[0] if place else None,
            latitude=place[1] if place else None,
            operator=self._operator,
        )
        if known.find(measure.quantity) is not None:
            raise Unusable(f"another Datastream of the same Thing for {measure.quantity}: choose with filter")
        series = Series(measure.quantity, measure.unit, self._minutes)
        self._stations[key] = replace(known, series=(*known.series, series))
        return Stream(written(found.id), key, measure)

    @staticmethod
    def _place(found: Datastream, thing: Any) -> tuple[float, float] | None:
        locations = thing.get("Locations") if isinstance(thing, dict) else None
        for location in locations[:5] if isinstance(locations, list) else []:
            place = point_of(location.get("location")) if isinstance(location, dict) else None
            if place is not None:
                return place
        return point_of(found.area)
