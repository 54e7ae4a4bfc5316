"""The checked-in table: who may do what. Outcomes: ok, empty (answered, but nothing of the incident), or a status."""

from __future__ import annotations

import csv
from pathlib import Path

from tests.security.world import ROLES

FILE = Path(__file__).parent / "matrix.csv"


def expected() -> dict[str, dict[str, str]]:
    """By route and role."""
    with FILE.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    assert rows, f"{FILE.name} is empty"
    assert list(rows[0]) == ["route", *ROLES], f"columns of {FILE.name}: route;{';'.join(ROLES)}"
    table = {row.pop("route"): row for row in rows}
    assert len(table) == len(rows), f"a route stands twice in {FILE.name}"
    return table
