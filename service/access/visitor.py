"""Whoever asks: signed in or not."""

from __future__ import annotations

from dataclasses import dataclass

from geodata.model.fact import PUBLIC


@dataclass(frozen=True, slots=True)
class Visitor:
    """`rooms` are the data rooms whose facts the visitor may see. `session_id` is not a secret."""

    session_id: str | None = None
    person: str | None = None
    rooms: frozenset[str] = frozenset({PUBLIC})

    @property
    def signed_in(self) -> bool:
        return self.session_id is not None


class NotSignedIn(Exception):
    """Sign in to do this: open the sign-in link that the server printed at its start, or make one with
    `lagebild link`."""
