"""What happens in the exercise: the Erft and the Swist on a night in July, told as data.

Places are real, events are made up. Longitude and latitude in degrees (WGS84).
"""

from __future__ import annotations

from typing import Any, NamedTuple

NAME = "Hochwasser Erft und Swist"
HAZARD = "Hochwasser"
START = "2021-07-14T20:00:00+02:00"
DECLARATION = "Der Landrat stellt die Großeinsatzlage nach § 1 Absatz 2 BHKG für den ganzen Kreis fest, Uhrzeit 20:10."

PLACES: dict[str, tuple[float, float]] = {
    "Bad Münstereifel": (6.7660, 50.5550),
    "Arloff": (6.7900, 50.5880),
    "Kirspenich": (6.7930, 50.5960),
    "Schweinheim": (6.8870, 50.6100),
    "Kuchenheim": (6.8350, 50.6560),
    "Euskirchen": (6.7870, 50.6600),
    "Roitzheim": (6.8130, 50.6480),
    "Swisttal": (6.9100, 50.6900),
    "Weilerswist": (6.8450, 50.7600),
    "Gemünd": (6.4980, 50.5760),
    "Schleiden": (6.4760, 50.5300),
    "Mechernich": (6.6500, 50.5930),
}
CAUSES: list[tuple[str, str, int | None]] = [
    ("Personen auf dem Dach eingeschlossen", "P1", 4),
    ("Keller eines Pflegeheims läuft voll", "P1", 62),
    ("Trafostation überflutet", "P2", None),
    ("Brücke unterspült", "P2", None),
    ("Heizöl im Wasser", "P3", None),
    ("Straße weggebrochen", "P3", None),
    ("Keller unter Wasser", "P4", 2),
    ("Treibgut vor dem Durchlass", "P3", None),
    ("Gasgeruch in der Hauptstraße", "P1", 12),
    ("Fahrzeug im Fluss", "P1", 1),
]


class Site(NamedTuple):
    title: str
    priority: str
    affected: int | None
    longitude: float
    latitude: float
    address: str

    @property
    def fields(self) -> dict[str, Any]:
        given = {
            "title": self.title,
            "priority": self.priority,
            "address": self.address,
            "lives_at_risk": self.priority == "P1",
            "geometry": {"type": "Point", "coordinates": [self.longitude, self.latitude]},
        }
        return given | ({"affected": self.affected} if self.affected else {})


def sites(count: int) -> list[Site]:
    """As many damage sites as asked for, all different, the first ones the gravest mix."""
    found = []
    for number in range(count):
        place, (longitude, latitude) = list(PLACES.items())[number % len(PLACES)]
        cause, priority, affected = CAUSES[(number + number // len(PLACES)) % len(CAUSES)]
        step = number // len(PLACES) * 0.004
        at = (round(longitude + step, 5), round(latitude - step / 2, 5))
        found.append(Site(f"{cause}, {place}", priority, affected, *at, f"Hauptstraße {number + 1}, {place}"))
    return found


def _around(place: str, size: float = 0.02) -> dict[str, Any]:
    x, y = PLACES[place]
    west, south, east, north = x - size, y - size * 0.7, x + size, y + size * 0.7
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


def _at(place: str, aside: float = 0.006) -> dict[str, Any]:
    x, y = PLACES[place]
    return {"type": "Point", "coordinates": [x + aside, y + aside]}


SECTORS: list[dict[str, Any]] = [
    {"name": "EA Erft-Süd", "radio": "455_F", "mission": "Menschenrettung", "geometry": _around("Bad Münstereifel")},
    {"name": "EA Erft-Mitte", "radio": "456_F", "mission": "Stromversorgung halten", "geometry": _around("Euskirchen")},
    {"name": "EA Swist", "radio": "457_F", "mission": "Räumung vorbereiten", "geometry": _around("Swisttal")},
]
FACILITIES: list[dict[str, Any]] = [
    {"type": "BEREITSTELLUNGSRAUM", "name": "BR Weilerswist", "capacity": 120, "geometry": _at("Weilerswist")},
    {"type": "BETREUUNGSSTELLE", "name": "Gesamtschule Mechernich", "capacity": 200, "geometry": _at("Mechernich")},
    {"type": "LEUCHTTURM", "name": "Gerätehaus Kuchenheim", "geometry": _at("Kuchenheim")},
]
ZONES: list[dict[str, Any]] = [
    {"type": "FLOODED", "name": "Altstadt", "reason": "Erft über die Ufer", "geometry": _around("Arloff", 0.008)},
    {"type": "CLOSURE", "name": "L 194 gesperrt", "reason": "Fahrbahn unterspült", "geometry": _around("Schleiden")},
]

TASKS: list[tuple[str, str]] = [
    ("Personen mit Booten vom Dach holen", "S3"),
    ("Pflegeheim räumen und Transport stellen", "S3"),
    ("Sandsäcke an die Trafostation bringen", "S4"),
    ("Kräfte für die zweite Schicht melden", "S1"),
    ("Ersatzverbindung zum EA Swist herstellen", "S6"),
    ("Pegel Arloff alle 15 Minuten melden", "S2"),
    ("Pressetext zur Sperrung vorbereiten", "S5"),
]

SPOKEN: list[tuple[str, str]] = [
    ("SITUATION", "Lage {place}: Wasser steigt weiter, Zufahrt nur noch von Norden."),
    ("MESSAGE_IN", "Meldung aus {place}: zwei Trupps im Einsatz, Pumpe ausgefallen."),
    ("ORDER", "Befehl an die Kräfte in {place}: Rückzug vorbereiten, Sammelpunkt Schule."),
    ("DECISION", "Entschluss: {place} wird bis 22 Uhr geräumt; Grund: Prognose über der Deichkrone."),
    ("MESSAGE_OUT", "Meldung an die Bezirksregierung: {place} ohne Strom, 400 Betroffene."),
    ("NOTE", "Telefonat mit dem Ortsvorsteher von {place}, Rückruf in 30 Minuten zugesagt."),
]


def spoken(number: int) -> tuple[str, str]:
    """Kind and words of the number-th entry; no two are the same."""
    kind, words = SPOKEN[number % len(SPOKEN)]
    place = list(PLACES)[number // len(SPOKEN) % len(PLACES)]
    return kind, f"{words.format(place=place)} ({number + 1})"
