"""How long people may be on duty and how long they rest. The values are the authority's own to set.

The defaults follow what is usual, not a law for every service: 12 hours on duty (a shift's hand-over in staffs and in
the rescue service), 11 hours of rest (ArbZG section 5; volunteers and officials have rules of their own), a break of
45 minutes after 6 hours (ArbZG section 4). ArbZG section 14 and the officials' working-time orders allow more in
emergencies: whoever uses that sets other values and writes down why.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

from msgspec import Meta

Hours = Annotated[float, Meta(gt=0, le=72)]


@dataclass(frozen=True, slots=True)
class Duty:
    """`warn_hours` before the limit a relief is called due."""

    longest_hours: Hours = 12.0
    rest_hours: Hours = 11.0
    break_after_hours: Hours = 6.0
    break_minutes: Annotated[int, Meta(ge=0, le=600)] = 45
    warn_hours: Hours = 2.0

    @property
    def longest(self) -> timedelta:
        return timedelta(hours=self.longest_hours)

    @property
    def rest(self) -> timedelta:
        return timedelta(hours=self.rest_hours)


USUAL = Duty()
