"""Legal levels are declared in the order of time, in words, and only while they are in force."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from geodata.model.body import from_body, to_body
from geodata.model.editing import BadEdit
from geodata.model.incident import MODES, Declared, Incident, IncidentMode, IncidentState, declare
from geodata.model.legal import LEGAL_LEVELS, LegalLevel

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
BEFORE = datetime(2026, 11, 21, 10, tzinfo=UTC)


def declared(level: str, *, since: datetime = NOW, text: str = "Wir stellen fest", legal: tuple[Declared, ...] = ()):  # type: ignore[no-untyped-def]
    return declare(legal, LEGAL_LEVELS, level, since=since, by="person:a", text=text, now=NOW)


def test_a_history_grows_at_its_end() -> None:
    first = declared("SONDERLAGE", since=BEFORE)
    both = declared("KATASTROPHE", legal=first)
    assert [(one.level, one.since) for one in both] == [("SONDERLAGE", BEFORE), ("KATASTROPHE", NOW)]


@pytest.mark.parametrize(
    ("level", "more", "field"),
    [
        ("KATASTROPHENVORALARM", {}, "level"),
        ("ERFUNDEN", {}, "level"),
        ("KATASTROPHE", {"text": " \n"}, "text"),
        ("KATASTROPHE", {"since": datetime(2026, 11, 21, 12, 0, 1, tzinfo=UTC)}, "since"),
        ("KATASTROPHE", {"since": datetime(2015, 12, 31, tzinfo=UTC)}, "level"),
        ("KATASTROPHE", {"legal": (Declared("SONDERLAGE", NOW, "p", "x"),)}, "since"),
    ],
)
def test_what_cannot_be_declared_names_why(level: str, more: dict[str, object], field: str) -> None:
    with pytest.raises(BadEdit) as caught:
        declared(level, **more)
    assert caught.value.field == field


def test_a_level_is_in_force_from_its_first_to_its_last_day() -> None:
    level = LegalLevel("X", "x", "x", "§", date(2026, 1, 1), date(2026, 12, 31))
    days = (date(2025, 12, 31), date(2026, 1, 1), date(2026, 12, 31), date(2027, 1, 1))
    assert [level.valid(day) for day in days] == [False, True, True, False]


def test_every_level_has_its_basis_and_what_is_in_force_its_first_day() -> None:
    assert all(level.basis for level in LEGAL_LEVELS)
    assert all(level.valid_from for level in LEGAL_LEVELS if level.in_force)


def test_an_exercise_is_never_in_one_node_with_what_is_real() -> None:
    for node, held in MODES.items():
        assert (IncidentMode.EXERCISE in held) == (node is IncidentMode.EXERCISE)
        assert node in held


def test_an_incident_goes_out_and_comes_back() -> None:
    legal = (Declared("SONDERLAGE", BEFORE, "person:a", "x"),)
    incident = Incident(1, "Sturm", IncidentMode.ACTUAL, IncidentState.ACTIVE, "i-1", legal=legal)
    assert from_body(to_body(incident), Incident) == incident
