"""Länderübergreifendes Hochwasserportal (LHP): the flood class of each gauge and the flood alerts of the Länder.

Classes only, no levels: the gauges' own levels come from PEGELONLINE and the Land's portal. A gauge's class is a
feature of the layer "Hochwasserklassen", an alert an official warning. Format and traps: `feeds/lhp_wire.py`.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import ClassVar

from feeds import lhp_wire as wire
from feeds.contract import Batch, Http

PUBLIC = "https://api.hochwasserzentralen.de/public/v1/data"
LAENDER = {
    "01": "SH", "02": "HH", "03": "NI", "04": "HB", "05": "NW", "06": "HE", "07": "RP", "08": "BW", "09": "BY",
    "10": "SL", "11": "BE", "12": "BB", "13": "MV", "14": "SN", "15": "ST", "16": "TH",
}  # fmt: skip
"""Land of the ARS -> the portal's name of it."""


class Lhp:
    name: ClassVar[str] = "lhp"
    title: ClassVar[str] = "Hochwasserzentralen (LHP)"
    publisher: ClassVar[str] = "Länderübergreifendes Hochwasserportal der deutschen Länder"
    licence: ClassVar[str] = "CC BY 4.0"
    attribution: ClassVar[str] = "Datenquelle: www.hochwasserzentralen.de"
    home: ClassVar[str] = "https://www.hochwasserzentralen.de"
    every: ClassVar[timedelta] = timedelta(minutes=5)
    stale_after: ClassVar[timedelta] = timedelta(minutes=30)
    newest_within: ClassVar[timedelta | None] = timedelta(hours=2)

    def __init__(self, base_url: str | None = None, *, area: str | None = "05") -> None:
        """`area` is an ARS prefix, of which the Land counts; None for all Länder."""
        self.base_url = (base_url or PUBLIC).rstrip("/")
        land = LAENDER.get(area[:2]) if area else None
        self._states = frozenset({land}) if land else None
        self.forget()

    def forget(self) -> None:
        """Start as if new: alerts count as sent when they are seen next."""
        self._sent: dict[str, tuple[str, datetime]] = {}
        self._looked_at: datetime | None = None

    async def poll(self, http: Http, now: datetime) -> Batch:
        """Raises FeedError if one of the two answers fails or is of another time: neither tells of the other."""
        if self._looked_at is not None and now < self._looked_at:
            self.forget()  # an exercise jumped back
        states = f"&states={','.join(sorted(self._states))}" if self._states else ""
        told = await http.get(f"{self.base_url}/stations?format=geojson{states}")
        warned = await http.get(f"{self.base_url}/alerts?format=geojson{states}")
        classes = Batch() if told.unchanged else wire.classes(told.body, self._states, now)
        alerts = Batch() if warned.unchanged else wire.alerts(warned.body, self._states, now)
        self._looked_at = now
        if told.unchanged and warned.unchanged:
            return Batch(unchanged=True)
        if alerts.complete:
            self._keep_sent(alerts)
        return replace(
            classes,
            warnings=alerts.warnings,
            still_in_force=alerts.still_in_force,
            complete=alerts.complete,
            all_features=bool(classes.features) and not classes.dropped,
            outside=classes.outside + alerts.outside,
            dropped=classes.dropped + alerts.dropped,
            unknown=classes.unknown + alerts.unknown,
            newest=classes.newest,
        )

    def _keep_sent(self, alerts: Batch) -> None:
        """The portal tells no time of an alert, only when anything changed last: an alert is as old as the first
        answer that had it with this class."""
        sent = {}
        for warning in alerts.warnings:
            held = self._sent.get(warning.key)
            same = held is not None and held[0] == warning.parameters["lhp_alert_class"]
            sent[warning.key] = held if held and same else (warning.parameters["lhp_alert_class"], warning.sent)
        self._sent = sent
        alerts.warnings = [replace(w, sent=sent[w.key][1]) for w in alerts.warnings]

    def recognises(self, path: str, payload: bytes) -> bool:
        return wire.recognises(payload)

    def parse(self, path: str, payload: bytes, now: datetime) -> Batch:
        """An answer about gauges or about alerts. Raises Garbled."""
        return wire.any_answer(payload, self._states)
