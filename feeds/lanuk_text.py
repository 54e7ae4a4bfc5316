"""The downloads of the Hochwasserportal NRW: ZIP archives of semicolon texts, a week of values of all stations.

    station_no;time;value(cm)
    2847500000100;2026-09-16T21:15:00.000+01:00;42.60
    2847500000100;

A line with nothing after the number ends a station's block. One of the files has rows of four fields below a header of
three; the archive of older years names the station first. Fields are told apart by what is in them.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from datetime import datetime

from feeds.contract import Batch, Dropped, Garbled
from feeds.decoding import excerpt
from feeds.lanuk_wire import ALSO_AT_PEGELONLINE, NOT_SHOWN, PLACEHOLDERS, UNITS, WINTER, key
from feeds.unzipping import members
from geodata.model.observation import Observation

MAX_MEMBER = 64_000_000
MOST_LINES = 3_000_000
MOST_DROPPED = 200
NOTHING = frozenset({"", "NA", "---", "NaN", "null"})

HEADER = re.compile(
    rb"(?:station_name;)?station_no;(?:time|dateTime|timestamp);value ?[\[(]([^\])\r\n]{1,10})[\])]", re.I
)
_NUMBER = re.compile(r"-?\d{1,9}(?:\.\d{1,12})?")
_STATION = re.compile(r"\d{3,20}")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d")


def table(payload: bytes, batch: Batch, *, since: datetime | None = None) -> None:
    """The values of one text into the batch, those before `since` left out. Raises Garbled."""
    head = HEADER.match(payload.removeprefix(b"\xef\xbb\xbf").lstrip()[:200])
    if head is None:
        raise Garbled(f"text: no header 'station_no;time;value(unit)' but {excerpt(payload[:60])!r}")
    unit = head[1].decode("utf-8" if _is_utf8(head[1]) else "iso-8859-1")
    if unit not in UNITS:
        batch.unknown["not shown: " + unit[:10] if unit in NOT_SHOWN else f"unit {unit[:10]!r}"] += 1
        return
    columns = head[0].count(b";") + 1
    quantity, unit = UNITS[unit]
    newest, times, dropped = batch.newest, dict[str, datetime | None](), 0
    for number, line in enumerate(_lines(payload)):
        if number >= MOST_LINES:
            raise Garbled(f"text: more than {MOST_LINES} lines")
        fields = line.split(";")
        if number == 0 or not line or not any(fields[1:]):
            continue
        if len(fields) > columns:
            batch.unknown["row with more fields than the header"] += 1
        station, time, value = _told_apart(fields)
        if value in NOTHING:
            continue
        if time not in times:
            if len(times) > 50_000:
                times.clear()
            times[time] = _moment(time)
        at = times[time]
        if since is not None and at is not None and at < since:
            continue
        if at is None or not _NUMBER.fullmatch(value) or not _STATION.fullmatch(station) or station in PLACEHOLDERS:
            dropped += 1
            if dropped <= MOST_DROPPED:
                reason = (
                    "a placeholder for a station number" if station in PLACEHOLDERS else "no station, time and value"
                )
                batch.dropped.append(Dropped(f"line {number + 1}", reason, line[:200].replace("\x00", "")))
            continue
        if station in ALSO_AT_PEGELONLINE:
            batch.outside += 1
        else:
            batch.observations.append(Observation(key(station), quantity, at, float(value), unit))
            if newest is None or at > newest:
                newest = at
    if dropped > MOST_DROPPED:
        batch.unknown["lines kept aside but not listed"] += dropped - MOST_DROPPED
    batch.newest = newest


def archive(payload: bytes, *, since: datetime | None = None) -> Batch:
    """All tables of an archive. Raises Garbled if none can be read."""
    batch, read, reasons = Batch(), 0, list[str]()
    for member in members(payload, max_member=MAX_MEMBER):
        try:
            if member.content is None:
                raise Garbled(member.problem)
            if HEADER.match(member.content.removeprefix(b"\xef\xbb\xbf").lstrip()[:200]) is None and read:
                batch.unknown["file that is no table of values"] += 1
                continue
            table(member.content, batch, since=since)
            read += 1
        except Garbled as error:
            batch.dropped.append(Dropped(member.name, str(error)))
            reasons.append(str(error))
    if not read:
        raise Garbled(f"ZIP: no table of values: {reasons[0] if reasons else 'it is empty'}")
    return batch


def _lines(payload: bytes) -> Iterator[str]:
    """One by one: a split of the whole would take ten times its size."""
    encoding = "utf-8-sig" if _is_utf8(payload) else "iso-8859-1"
    for line in io.TextIOWrapper(io.BytesIO(payload), encoding, "replace", newline="\n"):
        yield line[:1_000].strip()


def _is_utf8(payload: bytes) -> bool:
    try:
        payload.decode()
    except UnicodeDecodeError:
        return False
    return True


def _told_apart(fields: list[str]) -> tuple[str, str, str]:
    """Station number, time and value; the time is known by its look, and the value stands after it."""
    place = next((i for i, field in enumerate(fields[:4]) if _TIME.match(field)), 1)
    before = fields[:place]
    station = next((f for f in before if _STATION.fullmatch(f)), before[0] if before else "")
    return station, fields[place] if place < len(fields) else "", fields[place + 1] if place + 1 < len(fields) else ""


def _moment(text: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=WINTER)


def recognises(payload: bytes) -> bool:
    """A table, or an archive whose directory names one of the portal's files."""
    if payload[:2] == b"PK":
        return re.search(rb"(messwerte|niederschlag|temperatur|pegel)[a-z]*\.(txt|csv)", payload) is not None
    return HEADER.match(payload.removeprefix(b"\xef\xbb\xbf").lstrip()[:200]) is not None
