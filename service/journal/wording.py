"""What exports say, in German and in English."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from geodata.model.journal import BY_ITSELF
from geodata.model.journal import EntryKind as K

Language = Literal["de", "en"]


@dataclass(frozen=True, slots=True)
class Words:
    title: str
    staff: str
    incident: str
    period: str
    exported: str
    columns: tuple[str, ...]
    table: tuple[str, ...]
    kinds: Mapping[K, str]
    modes: Mapping[str, str]
    things: Mapping[str, str]
    erased: str
    corrects: str
    corrected_by: str
    change: str
    page: str
    head: str
    closed_by: str
    open_since: str
    never_closed: str
    selection: str
    empty: str


WORDS: dict[Language, Words] = {
    "de": Words(
        title="Einsatztagebuch",
        staff="Stab",
        incident="Lage",
        period="Zeitraum",
        exported="Ausgegeben von",
        columns=(
            "Nr.", "Taktische Zeit", "Ereigniszeit", "Eintragszeit", "Art", "Funktion", "Verfasser", "Text",
            "Verweise", "Berichtigt Nr.", "Berichtigt durch Nr.", "Prüfsumme", "Signatur",
        ),
        table=("Nr.", "Ereignis", "Eingetragen", "Art", "Funktion, Verfasser", "Inhalt"),
        kinds={
            K.SITUATION: "Lage", K.ORDER: "Befehl", K.DECISION: "Entschluss", K.MESSAGE_IN: "Meldung ein",
            K.MESSAGE_OUT: "Meldung aus", K.INCIDENT: "Ereignis", K.HANDOVER: "Übergabe", K.CLOSING: "Abschluss",
            K.CORRECTION: "Berichtigung", K.NOTE: "Vermerk",
        },
        modes={"EXERCISE": "ÜBUNG", "TEST": "TEST"},
        things={
            "site": "Schadensstelle", "sector": "Abschnitt", "facility": "Einrichtung", "zone": "Gebiet",
            "task": "Auftrag", "incident": "Lage", "staff": "Stab", "post": "Funktion", "station": "Messstelle",
            "reading": "Messwert", "forecast": "Vorhersage", "warning": "Warnung", "entry": "Eintrag", "feed": "Quelle",
            "feature": "Meldung einer Quelle",
        },
        erased="gelöschte Person",
        corrects="berichtigt Nr.",
        corrected_by="berichtigt durch Nr.",
        change="Änderung",
        page="Seite",
        head="Prüfsumme des letzten Eintrags (SHA-256)",
        closed_by="Abgeschlossen und signiert (Ed25519)",
        open_since="Einträge nach dem letzten Abschluss sind noch nicht signiert.",
        never_closed="Noch nicht abgeschlossen und signiert.",
        selection="Auszug: nicht alle Einträge",
        empty="Keine Einträge.",
    ),
    "en": Words(
        title="Operations log",
        staff="Staff",
        incident="Incident",
        period="Period",
        exported="Exported by",
        columns=(
            "No.", "Time group", "Time of event", "Time of entry", "Kind", "Function", "Author", "Text",
            "References", "Corrects no.", "Corrected by no.", "Hash", "Signature",
        ),
        table=("No.", "Event", "Entered", "Kind", "Function, author", "Content"),
        kinds={
            K.SITUATION: "Situation", K.ORDER: "Order", K.DECISION: "Decision", K.MESSAGE_IN: "Message in",
            K.MESSAGE_OUT: "Message out", K.INCIDENT: "Incident", K.HANDOVER: "Hand-over", K.CLOSING: "Closing",
            K.CORRECTION: "Correction", K.NOTE: "Note",
        },
        modes={"EXERCISE": "EXERCISE", "TEST": "TEST"},
        things={
            "site": "Damage site", "sector": "Sector", "facility": "Facility", "zone": "Zone", "task": "Task",
            "incident": "Incident", "staff": "Staff", "post": "Function", "station": "Gauge", "reading": "Reading",
            "forecast": "Forecast", "warning": "Warning", "entry": "Entry", "feed": "Source",
            "feature": "Report of a source",
        },
        erased="erased person",
        corrects="corrects no.",
        corrected_by="corrected by no.",
        change="change",
        page="Page",
        head="Hash of the last entry (SHA-256)",
        closed_by="Closed and signed (Ed25519)",
        open_since="Entries after the last closing are not signed yet.",
        never_closed="Not closed and signed yet.",
        selection="Extract: not all entries",
        empty="No entries.",
    ),
}  # fmt: skip


def author(person: str, names: Mapping[str, str], language: Language) -> str:
    if person == BY_ITSELF:
        return "Lagebild"
    return names.get(person) or f"{WORDS[language].erased} ({person[:8]})"
