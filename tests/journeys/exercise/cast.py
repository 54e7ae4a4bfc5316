"""Who plays: three staffs in one incident, a person for each seat, and a second shift for the Einsatzleitung."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Team:
    """A staff: its model, its name, the seats filled at the start and who relieves them at half-time."""

    model: str
    name: str
    first: dict[str, str]
    relief: dict[str, str]

    @property
    def recorder(self) -> str:
        """The seat that keeps and closes the journal."""
        return "S2" if self.model == "EINSATZLEITUNG" else "KGS"


EINSATZLEITUNG = Team(
    "EINSATZLEITUNG",
    "Einsatzleitung Kreis Euskirchen",
    {"LDS": "Adams", "S1": "Berger", "S2": "Cremer", "S3": "Decker", "S4": "Engels", "S5": "Franken"},
    {"LDS": "Nolden", "S1": "Olbertz", "S2": "Pesch", "S3": "Quast", "S4": "Roth", "S5": "Schmitz"},
)
"""Nobody is there for S6: the seat must be seen to be empty."""

KRISENSTAB = Team(
    "KRISENSTAB",
    "Krisenstab Kreis Euskirchen",
    {"LEITUNG": "Hansen", "KGS": "Irmen", "BUMA": "Jansen"},
    {},
)
SAE = Team(
    "SAE",
    "SAE Bad Münstereifel",
    {"LEITUNG": "Krämer", "KGS": "Lenzen", "S2": "Thelen", "S3": "Merten", "BUMA": "Uhl"},
    {},
)

TEAMS = (EINSATZLEITUNG, KRISENSTAB, SAE)
EMPTY_SEAT = "S6"
HOST = "Übungsleitung"
"""Makes the accounts and opens the incident; plays no seat afterwards."""
