"""What a function allows. Rooms say where somebody may see and write; rights say what he may do there."""

from __future__ import annotations

from enum import StrEnum

from geodata.model.staff import Function


class Right(StrEnum):
    """OPEN: open, close and name an incident. DECLARE: set the legal level. ASSIGN: fill the seats of a staff.
    SITUATION: sites, sectors, facilities, zones. ORDER: issue and control tasks. ANSWER: acknowledge and report a
    task. JOURNAL: write entries. CLOSE_JOURNAL: close and sign a journal. RELEASE: release for the press. VIEWS:
    change views that others use. ALARM: alarm people, stop and call again. ROOMS: who is in a room. PEOPLE: accounts,
    organisations, sessions, audit. STEER: poll sources, steer an exercise, announce stations, send readings."""

    OPEN = "OPEN"
    DECLARE = "DECLARE"
    ASSIGN = "ASSIGN"
    SITUATION = "SITUATION"
    ORDER = "ORDER"
    ANSWER = "ANSWER"
    JOURNAL = "JOURNAL"
    CLOSE_JOURNAL = "CLOSE_JOURNAL"
    RELEASE = "RELEASE"
    VIEWS = "VIEWS"
    ALARM = "ALARM"
    ROOMS = "ROOMS"
    PEOPLE = "PEOPLE"
    STEER = "STEER"


R, F = Right, Function
_WORK = frozenset({R.ANSWER, R.JOURNAL})
_LEAD = frozenset(R) - {R.PEOPLE}

RIGHTS: dict[Function, frozenset[Right]] = {
    F.LEITUNG: _LEAD,
    F.LDS: _LEAD,
    F.KGS: _LEAD - {R.DECLARE},
    F.S1: _WORK | {R.ASSIGN, R.ORDER, R.ALARM},
    F.S2: _WORK | {R.SITUATION, R.ORDER, R.VIEWS, R.CLOSE_JOURNAL, R.STEER},
    F.S3: _WORK | {R.SITUATION, R.ORDER, R.VIEWS, R.ALARM},
    F.S4: _WORK | {R.SITUATION, R.ORDER},
    F.S5: _WORK | {R.RELEASE},
    F.S6: _WORK | {R.STEER, R.ALARM},
    F.SMS: _WORK | {R.SITUATION},
    F.EMS: _WORK,
    F.BUMA: _WORK | {R.RELEASE},
    F.FACHBERATER: _WORK | {R.SITUATION},
    F.VERBINDUNGSPERSON: _WORK,
    F.MELDEKOPF: _WORK | {R.SITUATION},
    F.OBSERVER: frozenset(),
}

ADMIN = frozenset({R.PEOPLE, R.ROOMS, R.ASSIGN, R.OPEN, R.STEER})
"""An administrator keeps the house in order; the picture of a closed room he sees only as its member."""

PROGRAM = frozenset({R.STEER})
"""What a token allows."""
