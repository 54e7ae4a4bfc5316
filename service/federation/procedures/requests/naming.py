"""What an inquiry of ours knows of the other side's."""

from __future__ import annotations

from dataclasses import replace

from geodata.model.inquiry import Inquiry
from service.federation.procedures.requests.store import Copy

STEP = 30.0
"""Seconds; the difference of the clocks is kept no finer, or each greeting were news."""


def named(inquiry: Inquiry, ref: str, copy: Copy) -> Inquiry:
    """With what the other side's is called, and how far its clock is off."""
    assert inquiry.across is not None
    ahead = None if copy.skew is None else round(copy.skew / STEP) * STEP
    return replace(inquiry, across=replace(inquiry.across, ref=ref, ahead=ahead or None))
