"""How long an envelope takes, so that nobody makes it slow without noticing."""

from __future__ import annotations

import os
import time
from statistics import median

import pytest

from geodata.store.database import Database
from tests.service.federation.receiving.neighbour import Neighbour, drop, opened, put, site

MOST = 0.06
"""Seconds for an envelope of a hundred items; measured 12 to 15 ms on two cores."""


@pytest.mark.skipif(not os.environ.get("LAGEBILD_PROVE"), reason="times say something on a quiet machine only")
async def test_an_envelope_of_a_hundred_items_takes_less_than_sixty_milliseconds(database: Database) -> None:
    altdorf = await Neighbour.known(database, "altdorf", to="here")
    await altdorf.say(opened("s1"))
    took: dict[str, list[float]] = {}
    for turn in range(9):
        told = {
            "new": [put("s1", site(f"{turn}.{n}"), seq=turn * 1000 + n) for n in range(100)],
            "changed": [put("s1", site(f"{turn}.{n}", name="neu"), seq=turn * 1000 + 100 + n) for n in range(100)],
            "dropped": [drop("s1", f"altdorf/site/{turn}.{n}", seq=turn * 1000 + 900) for n in range(100)],
        }
        for what, items in told.items():
            envelope = altdorf.next(*items)
            began = time.perf_counter()
            receipt = await altdorf.bring(envelope)
            took.setdefault(what, []).append(time.perf_counter() - began)
            assert receipt.applied and receipt.aside == 0
    assert {what: round(median(times), 4) for what, times in took.items() if median(times) >= MOST} == {}
