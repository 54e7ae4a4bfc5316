"""The levels that the law of North Rhine-Westphalia knows (DOMAIN 0.1): data, because the law is moving."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class LegalLevel:
    """`code` is A-Z and _, `basis` the provision; `valid_from` and `valid_until` are its first and last day. What is
    not `in_force` is a draft and is never declared."""

    code: str
    label: str
    label_en: str
    basis: str
    valid_from: date | None = None
    valid_until: date | None = None
    in_force: bool = True

    def valid(self, on: date) -> bool:
        begun = self.valid_from is None or self.valid_from <= on
        return self.in_force and begun and (self.valid_until is None or on <= self.valid_until)


_BHKG = date(2016, 1, 1)
_DRAFT = "Entwurf eines Gesetzes zur Änderung des BHKG (2025/2026), nicht in Kraft"

LEGAL_LEVELS = [
    LegalLevel("ALLTAG", "Alltag", "Everyday", "keine Feststellung nötig", _BHKG),
    LegalLevel("SONDERLAGE", "Sonderlage", "Special situation", "örtliche Regelung unter der Großeinsatzlage", _BHKG),
    LegalLevel("GROSSEINSATZLAGE", "Großeinsatzlage", "Major operation", "BHKG § 1 Abs. 2", _BHKG),
    LegalLevel("KATASTROPHE", "Katastrophe", "Disaster", "BHKG § 1 Abs. 2", _BHKG),
    LegalLevel("KATASTROPHENVORALARM", "Katastrophenvoralarm", "Disaster pre-alert", _DRAFT, in_force=False),
    LegalLevel("LANDESWEITER_KATASTROPHENFALL", "Landesweiter Katastrophenfall", "Statewide disaster", _DRAFT,
               in_force=False),
]  # fmt: skip
"""The lowest first."""
