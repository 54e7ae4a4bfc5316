"""What the columns of a table mean, by their German and English headings, and the values in their cells."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from geodata.model import catalogue, opta, strength
from geodata.model.editing import BadEdit
from geodata.model.resource import ResourceKind
from geodata.model.resource_type import folded

Value = Any
Reads = Callable[[str], Value]

_NUMBER = re.compile(r"[+-]?[0-9]{1,12}([.,][0-9]{1,20})?", re.ASCII)
_KINDS = {
    "fahrzeug": "VEHICLE", "vehicle": "VEHICLE", "boot": "VEHICLE",
    "abrollbehälter": "CONTAINER", "container": "CONTAINER",
    "einheit": "UNIT", "unit": "UNIT", "team": "TEAM", "trupp": "TEAM", "gerät": "DEVICE", "device": "DEVICE",
}  # fmt: skip
_ARS_LENGTHS = {2, 3, 5, 9, 12}


@dataclass(frozen=True, slots=True)
class Column:
    """`headings`: German first, as the template and the export write them."""

    field: str
    headings: tuple[str, ...]
    reads: Reads
    required: bool = False


def _text(most: int) -> Reads:
    def read(text: str) -> str:
        plain = " ".join(text.split())
        if len(plain) > most:
            raise BadEdit("", f"longer than {most} signs")
        return plain

    return read


def _number(low: float, high: float) -> Reads:
    def read(text: str) -> float:
        plain = text.strip().removesuffix("%").strip()
        if not _NUMBER.fullmatch(plain):
            raise BadEdit("", "this is no number; write it as 12.5 or 12,5, without a thousands separator")
        value = float(plain.replace(",", "."))
        if not math.isfinite(value) or not low <= value <= high:
            raise BadEdit("", f"must lie between {low:g} and {high:g}")
        return value

    return read


def _whole(low: int, high: int) -> Reads:
    number = _number(low, high)

    def read(text: str) -> int:
        value = number(text)
        if value != int(value):
            raise BadEdit("", "must be a whole number")
        return int(value)

    return read


def _opta(text: str) -> str:
    """Spreadsheets lose blanks at the end: of the ordinal and the supplement they are put back."""
    if len(text) > opta.LENGTH:
        text = text.rstrip()
    return opta.parse(text.ljust(opta.LENGTH) if len(text) in (22, 23) else text).raw


def _ars(text: str) -> str:
    """A key whose leading zero a spreadsheet lost gets it back; the eight digits of an AGS become the twelve."""
    plain = "".join(text.split())
    if not plain.isascii() or not plain.isdigit():
        raise BadEdit("", "a regional key has digits only")
    if len(plain) in (4, 7, 11):
        plain = f"0{plain}"
    if len(plain) == 8:
        plain = f"{plain[:5]}0{plain[5:]}{plain[5:]}"
    if len(plain) not in _ARS_LENGTHS:
        raise BadEdit("", f"a regional key has 2, 3, 5, 9 or 12 digits (or 8 as AGS), this one {len(plain)}")
    return plain


def _kind(text: str) -> str:
    plain = text.strip()
    found = _KINDS.get(plain.casefold()) or (plain.upper() if plain.upper() in ResourceKind.__members__ else None)
    if found is None:
        raise BadEdit("", f"there is no such kind; known are {', '.join(ResourceKind)}")
    return found


def _capabilities(text: str) -> list[str]:
    codes: list[str] = []
    for part in filter(None, (part.strip() for part in re.split(r"[,;|\n]", text))):
        code = _CAPABILITIES.get(folded(part))
        if code is None:
            raise BadEdit("", f"there is no capability {part[:40]!r}; see the catalogue for the codes")
        codes.append(code)
    return sorted(set(codes))


_CAPABILITIES: Mapping[str, str] = {
    folded(name): each.code for each in catalogue.CAPABILITIES.values() for name in (each.name_en, each.name, each.code)
}


def _many(text: str) -> list[str]:
    return [each[:200] for each in (" ".join(part.split()) for part in re.split(r"[;|\n]", text)) if each]


RESOURCE_COLUMNS: tuple[Column, ...] = (
    Column("callsign", ("Funkrufname", "Call sign", "Rufname", "Kennung Funk", "Callsign", "Name"), _text(200), True),
    Column("type", ("Typ", "Type", "Fahrzeugtyp", "Fahrzeug", "Einsatzmittel", "Resource type"), _text(60), True),
    Column("kind", ("Art", "Kind", "Gattung"), _kind),
    Column("opta", ("OPTA",), _opta),
    Column("external_id", ("Externe Kennung", "External id", "Externe ID", "Kennung", "Fremdschlüssel"), _text(200)),
    Column("ars", ("Regionalschlüssel", "Regional key", "ARS", "AGS", "Gemeindeschlüssel"), _ars),
    Column("longitude", ("Längengrad", "Longitude", "Länge", "Lon", "Lng", "X"), _number(-180, 180)),
    Column("latitude", ("Breitengrad", "Latitude", "Breite", "Lat", "Y"), _number(-90, 90)),
    Column("home_name", ("Standort", "Station", "Wache", "Heimat", "Gerätehaus", "Home"), _text(200)),
    Column("strength", ("Stärke", "Strength", "Besatzung", "Crew"), lambda text: str(strength.parse(text))),
    Column("capabilities", ("Fähigkeiten", "Capabilities", "Zusatzfähigkeiten"), _capabilities),
    Column("fuel", ("Kraftstoff", "Fuel", "Tank", "Tankfüllung"), _whole(0, 100)),
    Column("defects", ("Mängel", "Defects", "Defekte"), _many),
    Column("note", ("Bemerkung", "Note", "Bemerkungen", "Notiz", "Hinweis", "Remark"), _text(4000)),
)
STOCK_COLUMNS: tuple[Column, ...] = (
    Column("article", ("Artikel", "Article", "Material", "Bezeichnung", "Item"), _text(200), True),
    Column("unit", ("Mengeneinheit", "Unit", "Einheit", "ME"), _text(20), True),
    Column("quantity", ("Menge", "Quantity", "Anzahl", "Bestand"), _number(0, 1e9), True),
    Column("minimum", ("Mindestbestand", "Minimum", "Mindestmenge"), _number(0, 1e9)),
    Column("consumption", ("Verbrauch je Stunde", "Consumption per hour", "Verbrauch", "Consumption"), _number(0, 1e9)),
    Column("ars", ("Regionalschlüssel", "Regional key", "ARS", "AGS", "Gemeindeschlüssel"), _ars),
    Column("longitude", ("Längengrad", "Longitude", "Länge", "Lon", "Lng", "X"), _number(-180, 180)),
    Column("latitude", ("Breitengrad", "Latitude", "Breite", "Lat", "Y"), _number(-90, 90)),
    Column("place_name", ("Lagerort", "Place", "Lager", "Standort", "Storage"), _text(200)),
    Column("note", ("Bemerkung", "Note", "Bemerkungen", "Notiz", "Hinweis", "Remark"), _text(4000)),
)


def recognised(headings: Sequence[str], columns: Sequence[Column]) -> list[Column | None]:
    """What each heading means, None where nobody knows; brackets with a unit are left aside."""
    known = {folded(text): column for column in columns for text in (*column.headings, column.field)}
    return [known.get(folded(re.sub(r"[(\[].*?[)\]]", "", heading))) for heading in headings]
