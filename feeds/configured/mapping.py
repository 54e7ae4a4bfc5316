"""Items of a configured source as features, warnings or stations; what cannot be used is kept aside with its reason."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from feeds.configured.block import Block
from feeds.configured.items import raw_of
from feeds.configured.places import place_of
from feeds.configured.values import Unusable, Values
from feeds.contract import Batch, Dropped
from geodata.model.feature import Feature
from geodata.model.geometry import BadGeometry, Bbox, Geometry, intersects
from geodata.model.observation import Observation
from geodata.model.ref import id_of
from geodata.model.station import Series, Station
from geodata.model.warning import OfficialWarning, WarningText

_QUANTITY = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,30}")


class Mapper:
    """`box` is where items are wanted, in degrees; those without a place are never left out for it."""

    def __init__(self, name: str, block: Block, box: Bbox | None, now: datetime) -> None:
        self._name, self._block, self._box, self._now = name, block, box, now
        self.batch = Batch()
        self._values = Values(block, self.batch.unknown)
        self._stations: dict[str, Station] = {}
        self._taken: set[str] = set()
        self._times: list[datetime] = []
        self._lost = 0
        """Items of which not even the key is known: any of ours may be among them."""

    def take(self, items: Iterable[Any]) -> None:
        for number, item in enumerate(items):
            key = None
            try:
                if not isinstance(item, dict):
                    raise Unusable("not an object with fields")
                if not self._values.wanted(item):
                    self.batch.outside += 1
                    continue
                key = self._key(item)
                self._one(key, item)
            except Unusable as error:
                self.batch.dropped.append(Dropped(f"item {key or number}", str(error), raw_of(item)))
                if key is None:
                    self._lost += 1
                else:
                    self.batch.still_in_force.add(key)

    def finish(self, *, whole: bool) -> Batch:
        """`whole` says that no part of the source's statement is missing."""
        batch, states_all = self.batch, whole and self._block.whole and not self._lost
        batch.stations = list(self._stations.values())
        batch.complete = states_all and self._block.gives == "warning"
        batch.all_features = states_all and self._block.gives == "feature"
        past = [at for at in self._times if at <= self._now]
        batch.newest = max(past, default=None)
        return batch

    def _key(self, item: dict[str, Any]) -> str:
        if self._block.fields.id:
            return id_of(self._name, self._values.key(item))
        found = next((item[n] for n in ("id", "guid", "link") if isinstance(item.get(n), str | int)), None)
        if found is None or not str(found).strip():
            raise Unusable("no id of its own: name one in fields.id")
        return id_of(self._name, str(found)[:500])

    def _one(self, key: str, item: dict[str, Any]) -> None:
        if "" in item:
            raise Unusable(str(item[""]))
        note = None
        try:
            place = place_of(self._block, self._values, item)
        except BadGeometry as error:
            place, note = None, f"not drawn: {error}"
            self.batch.unknown[f"place {note[:60]}"] += 1
        if place is not None and self._box is not None and not intersects(place.bbox, self._box):
            self.batch.outside += 1
            return
        station = self._block.gives == "station"
        if key in self._taken and not station:
            self.batch.unknown["the same id again"] += 1
            return
        at, expires = self._values.time(item, "at"), self._values.time(item, "expires")
        if expires is None and self._block.keep is not None and not station:
            expires = (at or self._now) + self._block.keep
        if expires is not None and expires <= self._now:
            self.batch.unknown["has expired"] += 1
            return
        if station:
            self._station(key, item, place, at)
        elif self._block.gives == "warning":
            self._warning(key, item, place, note, at, expires)
        else:
            self._feature(key, item, place, note, at, expires)
        self._taken.add(key)
        if at is not None:
            self._times.append(at)

    def _feature(
        self, key: str, item: Any, place: Geometry | None, note: str | None, at: datetime | None, ends: datetime | None
    ) -> None:
        severity, level = self._values.severity(item)
        properties = self._values.more(item)
        if (value := self._values.number(item, "value")) is not None:
            properties["value"] = f"{value:g} {self._values.text(item, 'unit')}".strip()
        if note:
            properties["note"] = note
        self.batch.features.append(
            Feature(
                key=key,
                layer=self._block.layer or self._name,
                title=self._values.title(item),
                text=self._values.text(item, "text", "\n")[:5000],
                at=at,
                expires=ends,
                severity=severity,
                level=level,
                link=self._values.link(item),
                geometry=place,
                properties=properties,
            )
        )

    def _warning(
        self, key: str, item: Any, place: Geometry | None, note: str | None, at: datetime | None, ends: datetime | None
    ) -> None:
        if at is None:
            raise Unusable("no time: fields.at is when it was sent")
        severity, level = self._values.severity(item)
        text = WarningText("de", self._values.title(item), description=self._values.text(item, "text", "\n"))
        self.batch.warnings.append(
            OfficialWarning(
                key=key,
                channel=self._name,
                sent=at,
                severity=severity or "Unknown",
                level=level,
                texts=(text,),
                expires=ends,
                sender_name=self._block.publisher or self._block.attribution,
                web=self._values.link(item),
                geometry=place,
                parameters=self._values.more(item),
                note=note,
            )
        )

    def _station(self, key: str, item: Any, place: Geometry | None, at: datetime | None) -> None:
        quantity, unit = self._values.text(item, "quantity"), self._values.text(item, "unit")
        if not _QUANTITY.fullmatch(quantity):
            raise Unusable(f"quantity {quantity[:30]!r} is no word of letters and digits")
        spot = place.coordinates if place is not None and place.type == "Point" else (None, None)
        known = self._stations.get(key)
        station = known or Station(
            key, self._values.title(item), "sensor", longitude=spot[0], latitude=spot[1],
            operator=self._block.publisher or None,
        )  # fmt: skip
        if station.find(quantity) is None:
            every = max(1, round(self._block.every.total_seconds() / 60))
            station = replace(station, series=(*station.series, Series(quantity, unit[:20], every)))
        value = self._values.number(item, "value")
        self._stations[key] = station
        if value is None or at is None:
            self.batch.unknown[f"no {'value' if value is None else 'time'}"] += 1
            return
        self.batch.observations.append(Observation(key, quantity, at, value, unit[:20]))
