"""One person in one alarm, and one call to him (DOMAIN 10.6)."""

from __future__ import annotations

from enum import StrEnum

from geodata.model.states import States


class Answer(StrEnum):
    """COMING (komme), COMING_LATER (komme in …, with a time), NOT_COMING (komme nicht). No answer is no no."""

    COMING = "COMING"
    COMING_LATER = "COMING_LATER"
    NOT_COMING = "NOT_COMING"


class RecipientState(StrEnum):
    """PENDING: chosen, nothing sent. The last four are ends. SILENT: called, no answer when the alarm ended.
    UNREACHABLE: no channel delivered anything, said so to the staff. SPARED: the alarm ended before he was called.
    RESPONDED can still change his mind."""

    PENDING = "PENDING"
    QUEUED = "QUEUED"
    SENT = "SENT"
    DELIVERED = "DELIVERED"
    READ = "READ"
    RESPONDED = "RESPONDED"
    SILENT = "SILENT"
    UNREACHABLE = "UNREACHABLE"
    SPARED = "SPARED"


S = RecipientState
_ENDS = (S.SILENT, S.UNREACHABLE, S.SPARED)

RECIPIENT = States(
    S,
    start=S.PENDING,
    moves={
        S.PENDING: (S.QUEUED, S.RESPONDED, *_ENDS),
        S.QUEUED: (S.SENT, S.DELIVERED, S.READ, S.RESPONDED, *_ENDS),
        S.SENT: (S.DELIVERED, S.READ, S.RESPONDED, *_ENDS),
        S.DELIVERED: (S.READ, S.RESPONDED, *_ENDS),
        S.READ: (S.RESPONDED, *_ENDS),
        S.SILENT: (S.QUEUED, S.READ, S.RESPONDED),
        S.UNREACHABLE: (S.QUEUED, S.READ, S.RESPONDED),
        S.SPARED: (S.QUEUED, S.READ, S.RESPONDED),
        S.RESPONDED: (),
    },
)
"""An end can be left again: by a late answer, which is kept, and when he is called once more."""
ENDS = frozenset({S.RESPONDED, *_ENDS})


class CallKind(StrEnum):
    """ALARM asks to come; INFO tells; UPDATE says what has changed; ALL_CLEAR calls it off; THANKS."""

    ALARM = "ALARM"
    INFO = "INFO"
    UPDATE = "UPDATE"
    ALL_CLEAR = "ALL_CLEAR"
    THANKS = "THANKS"


class CallState(StrEnum):
    """SENT is what a provider took, DELIVERED what the phone got, READ what somebody opened: three different things."""

    QUEUED = "QUEUED"
    SENDING = "SENDING"
    SENT = "SENT"
    DELIVERED = "DELIVERED"
    READ = "READ"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"
