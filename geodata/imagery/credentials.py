"""Who we are at the Copernicus Data Space. Light: importing it loads no library."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Access:
    """Where the Data Space is and who we are there. `seconds` bounds one answer, `bytes` its size."""

    client_id: str
    client_secret: str
    base_url: str
    token_url: str
    seconds: float = 180.0
    bytes: int = 400_000_000

    def __repr__(self) -> str:
        return f"Access({self.client_id!r} at {self.base_url})"
