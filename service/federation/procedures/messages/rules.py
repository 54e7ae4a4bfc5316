"""What a receipt becomes: it only ever says more."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from geodata.model.partner_message import PartnerReceipt


def read(receipt: PartnerReceipt, function: str, now: datetime) -> PartnerReceipt:
    """Opened by a human; the first one counts."""
    return receipt if receipt.read_at else replace(receipt, read_at=now, read_by=function)


def answered(receipt: PartnerReceipt, answer: str, function: str, now: datetime) -> PartnerReceipt:
    """Whoever answers has read; the first answer counts."""
    if receipt.answered_at:
        return receipt
    return replace(read(receipt, function, now), answered_at=now, answer=answer)
