"""People as a table: what its columns mean by their headings, and what each row would do. Nothing is written here."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import msgspec

from alerting.model.plan import ChannelKind
from geodata.model.catalogue import QUALIFICATIONS
from geodata.model.editing import BadEdit
from geodata.model.resource_type import folded
from service.roster.shapes import ChannelGiven, PersonFields, SkillGiven, address
from service.sheets import BadFile, Cell, Faulty, Row

HEADING_WITHIN = 20
SAMPLE = 20
_SKILL = re.compile(r"(?P<code>LANG:[^:@]+|[^:@]+)(:(?P<level>[^@]+))?(@(?P<until>\d{4}-\d{2}-\d{2}))?")


@dataclass(frozen=True, slots=True)
class Fault:
    """`row` as the spreadsheet counts, `column` its heading. The cell's text is not repeated: it may be a number."""

    row: int
    column: str | None
    reason: str


@dataclass(slots=True)
class Given:
    """What a row says. `id` is whom it is about, None for somebody new."""

    row: int
    id: str | None = None
    fields: dict[str, Any] = field(default_factory=dict)
    skills: list[SkillGiven] = field(default_factory=list)
    channels: list[ChannelGiven] = field(default_factory=list)


@dataclass(slots=True)
class Plan:
    columns: list[tuple[str, str | None]]
    given: list[Given] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    @property
    def bad(self) -> set[int]:
        return {fault.row for fault in self.faults}


def _words(text: str) -> list[str]:
    return [" ".join(word.split()) for word in re.split(r"[;,\n]", text) if word.strip()]


def _skills(text: str) -> list[SkillGiven]:
    found = []
    for word in _words(text):
        said = _SKILL.fullmatch(word)
        if said is None:
            raise BadEdit("", "write qualifications as AGT; DROHNE:A2; LANG:uk; AGT@2027-05-31, parted by semicolons")
        code = _code(said["code"])
        until = date.fromisoformat(said["until"]) if said["until"] else None
        found.append(SkillGiven(code, level=said["level"], valid_until=until))
    return found


def _code(text: str) -> str:
    """By code or by German or English name."""
    if text in QUALIFICATIONS or text.startswith("LANG:"):
        return text
    wanted = folded(text)
    for code, known in QUALIFICATIONS.items():
        if wanted in (folded(code), folded(known.name), folded(known.name_en)):
            return code
    return text


def _channel(*kinds: ChannelKind) -> Callable[[str], list[ChannelGiven]]:
    return lambda text: [ChannelGiven(kind=kind, value=address(kind, text)) for kind in kinds]


def _degrees(text: str) -> float:
    try:
        return float(text.replace(",", "."))
    except ValueError as error:
        raise BadEdit("", "this is no number of degrees; write 7.12 or 7,12") from error


@dataclass(frozen=True, slots=True)
class Column:
    """`headings`: German and English first, as the export writes them."""

    field: str
    headings: tuple[str, ...]
    reads: Callable[[str], Any]


COLUMNS = (
    Column("name", ("Name", "Name", "Person"), str),
    Column("external_id", ("Personalnummer", "Number", "Nummer", "ID"), str),
    Column("units", ("Einheiten", "Units", "Einheit", "Löschzug"), _words),
    Column("functions", ("Funktionen", "Functions", "Funktion"), _words),
    Column("skills", ("Qualifikationen", "Qualifications", "Qualifikation", "Lehrgänge"), _skills),
    Column("sms", ("Mobil", "Mobile", "SMS", "Handy"), _channel(ChannelKind.SMS, ChannelKind.VOICE)),
    Column("voice", ("Telefon", "Telephone", "Festnetz"), _channel(ChannelKind.VOICE)),
    Column("email", ("E-Mail", "E-mail", "Email", "Mail"), _channel(ChannelKind.EMAIL)),
    Column("languages", ("Sprachen", "Languages"), _words),
    Column("equipment", ("Ausstattung", "Equipment", "Ausrüstung"), _words),
    Column("longitude", ("Länge (°)", "Longitude", "lon"), _degrees),
    Column("latitude", ("Breite (°)", "Latitude", "lat"), _degrees),
)
_BY_HEADING = {folded(heading): column for column in COLUMNS for heading in column.headings}
_LISTS = ("skills", "sms", "voice", "email")


def plan(rows: Sequence[Row], known: Mapping[str, str], names: Mapping[str, list[str]]) -> Plan:
    """`known` are ids of people by their number, `names` by their name. Raises BadFile."""
    found: Plan | None = None
    columns: list[Column | None] = []
    seen: dict[str, int] = {}
    for number, cells in rows:
        if found is None:
            columns = [_BY_HEADING.get(folded(cell)) if isinstance(cell, str) else None for cell in cells]
            if any(column and column.field == "name" for column in columns):
                headings = [cell if isinstance(cell, str) else "" for cell in cells]
                fields = [column.field if column else None for column in columns]
                found = Plan(list(zip(headings, fields, strict=True)))
            elif number > HEADING_WITHIN:
                break
            continue
        faults = len(found.faults)
        given = _read(number, cells, columns, found.faults)
        if given is None:
            continue
        given.id = _whose(given, known, names, found.faults)
        key = given.id or given.fields.get("external_id") or ""
        if key and key in seen:
            found.faults.append(Fault(number, None, f"the same person as in row {seen[key]}"))
        if len(found.faults) == faults:
            seen[key] = number
        found.given.append(given)
    if found is None:
        raise BadFile('there is no heading "Name" in the first rows')
    bad = found.bad
    found.given = [given for given in found.given if given.row not in bad]
    return found


def _read(number: int, cells: Sequence[Cell], columns: Sequence[Column | None], faults: list[Fault]) -> Given | None:
    given, place = Given(number), dict[str, float]()
    for cell, column in zip(cells, columns, strict=False):
        if column is None or cell == "":
            continue
        if isinstance(cell, Faulty):
            faults.append(Fault(number, column.headings[0], cell.reason))
            continue
        try:
            value = column.reads(" ".join(cell.split()))
        except (BadEdit, ValueError) as error:
            faults.append(Fault(number, column.headings[0], str(error)))
            continue
        if column.field == "skills":
            given.skills = value
        elif column.field in _LISTS:
            given.channels += [one for one in value if one not in given.channels]
        elif column.field in ("longitude", "latitude"):
            place[column.field] = value
        else:
            given.fields[column.field] = value
    if len(place) == 2:
        given.fields["home"] = [place["longitude"], place["latitude"]]
    elif place:
        faults.append(Fault(number, None, "a home has both longitude and latitude"))
    if "name" not in given.fields:
        faults.append(Fault(number, "Name", "somebody has a name"))
        return None
    try:
        given.fields = msgspec.convert(given.fields, PersonFields).said()
    except msgspec.ValidationError as error:
        faults.append(Fault(number, str(error).rpartition("$.")[2].rstrip("`") or None, str(error)))
        return None
    return given


def _whose(given: Given, known: Mapping[str, str], names: Mapping[str, list[str]], faults: list[Fault]) -> str | None:
    """By number; without one by name, if only one bears it."""
    if number := given.fields.get("external_id"):
        return known.get(number)
    same = names.get(given.fields["name"].casefold(), [])
    if len(same) > 1:
        faults.append(Fault(given.row, "Name", "several people bear this name; give the number"))
    return same[0] if len(same) == 1 else None
