"""With whose eyes: the Data Space of the settings, or in an exercise the simulator's."""

from __future__ import annotations

from typing import Protocol

from feeds.simulator.server import Simulator
from geodata.imagery.credentials import Access
from service.imagery.jobs import GetAccess

EXERCISE_UNITS = 10_000.0
"""In a month, where no settings say otherwise."""


class Credentials(Protocol):
    """As the settings give them."""

    @property
    def client_id(self) -> str: ...
    @property
    def client_secret(self) -> str: ...
    @property
    def base_url(self) -> str: ...
    @property
    def token_url(self) -> str: ...


def access_of(given: Credentials | None, simulator: Simulator | None) -> GetAccess:
    """An exercise never asks the real one, whatever the settings say."""

    def access() -> Access | None:
        if simulator is not None:
            if not simulator.url:
                return None
            from feeds.simulator.dataspace import CLIENT_ID, CLIENT_SECRET, TOKEN  # loaded with the simulator

            return Access(CLIENT_ID, CLIENT_SECRET, simulator.url, simulator.url + TOKEN)
        if given is None:
            return None
        return Access(given.client_id, given.client_secret, given.base_url, given.token_url)

    return access
