"""OPTA, the 24 signs by which a radio is known (DOMAIN 2.2). Only the first eight mean the same everywhere."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from geodata.model.editing import BadEdit
from geodata.model.plates import NRW_PLATES

LENGTH = 24

_SIGNS = re.compile(r"[A-Za-z0-9ÄÖÜäöüß ./()+_*-]*", re.ASCII)
_LAND = re.compile(r"[A-Z]{2}")

ORGANISATION_WORDS: Mapping[str, str] = {
    "FW": "Florian", "FF": "Florian", "BF": "Florian", "WF": "Florian",
    "DRK": "Rotkreuz", "RK": "Rotkreuz", "MHD": "Johannes", "JUH": "Akkon", "ASB": "Sama",
    "DLR": "Pelikan", "DLG": "Pelikan", "THW": "Heros", "RD": "Rettung", "KAT": "KatS", "KTS": "KatS",
}  # fmt: skip
"""How an organisation is called on the air, by its BOS code; not part of the OPTA itself."""


@dataclass(frozen=True, slots=True)
class Opta:
    """`raw` keeps every space. `rest` (signs 9 to 24) means something else in every Land; only for NRW it is split, and
    not interpreted: `local` (block 4.1), `function` (4.2), `ordinal` (4.3), `supplement` (5)."""

    raw: str
    land: str
    bos: str
    region: str
    rest: str
    local: str | None = None
    function: str | None = None
    ordinal: str | None = None
    supplement: str | None = None

    @property
    def place(self) -> str | None:
        """The district or city whose number plates it bears; known for NRW only."""
        return NRW_PLATES.get(self.region) if self.land == "NW" else None

    @property
    def word(self) -> str | None:
        return ORGANISATION_WORDS.get(self.bos.upper())

    def __str__(self) -> str:
        """For people: the blocks without their padding, such as `NW FW AC 01 HLF20 2`."""
        blocks = [self.land, self.bos, self.region]
        blocks += [self.rest] if self.function is None else self._own()
        return " ".join(" ".join(block.split()) for block in blocks if block.strip())

    def spoken(self) -> str | None:
        """A guess at the call sign, such as `Florian Aachen 1 HLF20 1`; None where word or place is not known.

        Below a district the OPTA has a code for the municipality, while on the air its name is said."""
        if self.word is None or self.place is None:
            return None
        return " ".join([self.word, self.place, *(" ".join(part.split()) for part in self._own() if part.strip())])

    def _own(self) -> list[str]:
        ordinal = (self.ordinal or "").strip()
        ordinal = (ordinal.lstrip("0") or "0") if ordinal.isdigit() else ordinal
        return [self.local or "", self.function or "", ordinal, self.supplement or ""]


def parse(text: str) -> Opta:
    """Fails on wrong length or signs only, never on what it does not know. Raises BadEdit."""
    if len(text) != LENGTH:
        raise BadEdit("opta", f"an OPTA has {LENGTH} signs with its spaces; this one has {len(text)}")
    if not _SIGNS.fullmatch(text):
        strange = next(at for at, sign in enumerate(text, start=1) if not _SIGNS.fullmatch(sign))
        raise BadEdit("opta", f"sign {strange} of the OPTA is {text[strange - 1]!r}; it has letters, digits and spaces")
    if not _LAND.fullmatch(text[:2]):
        raise BadEdit("opta", f"the OPTA begins with {text[:2]!r}; signs 1 and 2 name the Land, such as NW or BU")
    if not text[2:5].strip():
        raise BadEdit("opta", "signs 3 to 5 of the OPTA are blank; they name the organisation, such as 'FW '")
    land, rest = text[:2], text[8:]
    opta = Opta(text, land, text[2:5].strip(), text[5:8].strip(), rest)
    if land != "NW":
        return opta
    return Opta(
        opta.raw, land, opta.bos, opta.region, rest,
        local=text[8:13], function=text[13:21], ordinal=text[21:23], supplement=text[23:],
    )  # fmt: skip
