"""A workbook as it comes from a municipality: titles above, columns in any order, and every kind of fault."""

from __future__ import annotations

import datetime
import io
from collections.abc import Callable
from typing import Any

from openpyxl import Workbook

HEADINGS = [
    "Wache", "FUNKRUFNAME", "Fahrzeug-Typ", "Farbe", "Stärke (Soll)", "OPTA", "Breite", "Länge", "Tank", "AGS",
    "Fähigkeiten", "Mängel", "Bemerkung", "Kennung",
]  # fmt: skip
TITLES = 3
"""Rows above the headings."""
TYPES = ("HLF20", "hlf 20", "LF 20 KatS", "DLA(K)23/12", "RTW", "GW-L2", "MZB", "AB-Sandsack", "SwPu 15000")


def good(number: int) -> dict[str, Any]:
    region = ("AC", "K", "ME", "BOR")[number % 4]
    return {
        "Wache": f"  Wache   {number % 40} ",
        "FUNKRUFNAME": f"Florian Bergstadt {number} HLF20 1",
        "Fahrzeug-Typ": TYPES[number % len(TYPES)],
        "Farbe": "rot",
        "Stärke (Soll)": ("1/8", "0/1/5/6", "0/2/7=9", "1/3/18//22", None)[number % 5],
        "OPTA": f"NWFW {region:<3}{number:05}HLF20   01",
        "Breite": (51.2, "51,234", "50.9 ")[number % 3],
        "Länge": (7, "7,1", 6.95)[number % 3],
        "Tank": (80, "75", "75 %", None)[number % 4],
        "AGS": (5382056, "05382056", "053820056056")[number % 3],
        "Fähigkeiten": ("", "DROHNE; Boot", None)[number % 3],
        "Mängel": ("", "Pumpe tropft; Reifen")[number % 2],
        "Bemerkung": ("", "Öl prüfen", "+49 2241 0", "- kommt später")[number % 4],
        "Kennung": None,
    }


FAULTS: tuple[tuple[str, Callable[[int], dict[str, Any]]], ...] = (
    ("callsign", lambda n: {"FUNKRUFNAME": None}),
    ("callsign", lambda n: {"FUNKRUFNAME": "   "}),
    ("callsign", lambda n: {"FUNKRUFNAME": '=HYPERLINK("http://example.org","Florian")'}),
    ("callsign", lambda n: {"FUNKRUFNAME": "x" * 201}),
    ("callsign", lambda n: {"FUNKRUFNAME": "florian  BERGSTADT 1 hlf20 1"}),
    ("type", lambda n: {"Fahrzeug-Typ": "HLF21"}),
    ("type", lambda n: {"Fahrzeug-Typ": None}),
    ("type", lambda n: {"Fahrzeug-Typ": "=1+1"}),
    ("strength", lambda n: {"Stärke (Soll)": "1/8/9"}),
    ("strength", lambda n: {"Stärke (Soll)": "1/3/18//23"}),
    ("strength", lambda n: {"Stärke (Soll)": datetime.date(2026, 8, 1)}),
    ("strength", lambda n: {"Stärke (Soll)": "viele"}),
    ("opta", lambda n: {"OPTA": "NWFW AC 1"}),
    ("opta", lambda n: {"OPTA": f"nwfw AC {n:05}HLF20   01 "}),
    ("opta", lambda n: {"OPTA": "NWFW K  00001HLF20   01 "}),
    ("latitude", lambda n: {"Breite": "Nord"}),
    ("latitude", lambda n: {"Breite": 912.5}),
    ("home", lambda n: {"Länge": None}),
    ("fuel", lambda n: {"Tank": 101}),
    ("fuel", lambda n: {"Tank": "voll"}),
    ("fuel", lambda n: {"Tank": 7.5}),
    ("fuel", lambda n: {"Tank": "=A1*2"}),
    ("ars", lambda n: {"AGS": "05-382"}),
    ("ars", lambda n: {"AGS": "123456"}),
    ("capabilities", lambda n: {"Fähigkeiten": "FLIEGEN"}),
    ("note", lambda n: {"Bemerkung": "z" * 4001}),
    ("external_id", lambda n: {"Kennung": "=cmd|' /C calc'!A0"}),
)


def workbook(count: int, *, every: int = 7) -> tuple[bytes, dict[int, str]]:
    """`count` rows of which every `every`-th is bad, and the field at fault of each bad row by its number."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Fahrzeuge")
    sheet.append(["Fahrzeugliste Kreis Musterland"])
    sheet.append([])
    sheet.append(["Stand", datetime.date(2026, 5, 1), None, "=NOW()"])
    sheet.append(HEADINGS)
    bad: dict[int, str] = {}
    for number in range(1, count + 1):
        row = good(number)
        if number % every == 0:
            field, spoil = FAULTS[(number // every) % len(FAULTS)]
            bad[number + TITLES + 1] = field
            row |= spoil(number)
        sheet.append([row[heading] for heading in HEADINGS])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue(), bad
