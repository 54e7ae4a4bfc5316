"""One line of the log."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from geodata.model.geometry import Bbox
from geodata.model.ref import Ref


class Op(StrEnum):
    PUT = "put"
    DROP = "drop"


@dataclass(frozen=True, slots=True)
class Change:
    """`seq` orders all changes of this node; a follower that has applied every change up to its cursor has the
    picture of that cursor. A drop has neither provenance nor body."""

    seq: int
    ref: Ref
    op: Op
    room: str
    actor: str
    at: datetime
    provenance: dict[str, Any] | None = None
    body: dict[str, Any] | None = None
    extent: Bbox | None = None
