"""What is sent about situation reports."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from geodata.model.incident import Id


class NewSituationReport(msgspec.Struct, forbid_unknown_fields=True):
    """`to`: partners; in a preview it may be empty. `aggregate` takes along what partners below have last reported."""

    to: Annotated[tuple[Id, ...], Meta(max_length=50)] = ()
    text: Annotated[str, Meta(max_length=4_000)] | None = None
    aggregate: bool = False


class ReportRhythm(msgspec.Struct, forbid_unknown_fields=True):
    """Each so many hours; none asks for no reports any more. `partners` empty: all below us."""

    hours: Annotated[float, Meta(gt=0, le=168)] | None = None
    partners: Annotated[tuple[Id, ...], Meta(max_length=500)] = ()


BODIES = (NewSituationReport, ReportRhythm)
"""For the description."""
