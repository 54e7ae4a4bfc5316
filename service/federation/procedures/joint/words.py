"""What a joint log says on paper, in German and in English."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from service.journal.wording import Language


@dataclass(frozen=True, slots=True)
class Words:
    title: str
    warning: str
    incident: str
    by: str
    ours: str
    columns: tuple[str, ...]
    no_log: str
    nothing: str
    missing: str
    gone: str
    heard: str
    never: str
    standings: Mapping[str, str]
    empty: str
    page: str


WORDS: dict[Language, Words] = {
    "de": Words(
        title="Gemeinsames Einsatztagebuch",
        warning="Zusammenstellung aus den Tagebüchern mehrerer Kommunen. Maßgeblich ist das Tagebuch jeder Kommune; "
        "fremde Einträge gehören nicht zu unserer Prüfkette.",
        incident="Lage",
        by="Ausgegeben von",
        ours="unser Eintrag",
        columns=(
            "Herkunft", "Stab", "Nr.", "Taktische Zeit", "Ereigniszeit", "Eintragszeit", "Art", "Funktion", "Verfasser",
            "Text", "Berichtigt Nr.",
        ),
        no_log="teilt kein Tagebuch mit uns",
        nothing="von dieser Lage liegt kein Eintrag vor",
        missing="{held} Einträge, {missing} fehlen hier",
        gone="nicht mehr freigegeben seit {at}",
        heard="zuletzt gehört {at}",
        never="nie gehört",
        standings={"BOTH": "von beiden verknüpft", "OURS": "nur von uns verknüpft", "THEIRS": "nur von dort verknüpft"},
        empty="Keine Einträge.",
        page="Seite",
    ),
    "en": Words(
        title="Joint operations log",
        warning="Put together from the logs of several municipalities. What counts is each municipality's own log; "
        "others' entries are no part of our chain of hashes.",
        incident="Incident",
        by="Exported by",
        ours="our entry",
        columns=(
            "Origin", "Staff", "No.", "Time group", "Time of event", "Time of entry", "Kind", "Function", "Author",
            "Text", "Corrects no.",
        ),
        no_log="shares no log with us",
        nothing="no entry of this incident is here",
        missing="{held} entries, {missing} are missing here",
        gone="no longer shared since {at}",
        heard="last heard {at}",
        never="never heard",
        standings={"BOTH": "linked by both", "OURS": "linked by us only", "THEIRS": "linked by them only"},
        empty="No entries.",
        page="Page",
    ),
}  # fmt: skip
