"""SQL and the libraries that carry it stay in the store modules."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("service", "geodata", "feeds", "alerting")
DRIVERS = {"sqlalchemy", "geoalchemy2", "psycopg", "psycopg_pool", "asyncpg", "alembic"}
LOOKS_LIKE_SQL = re.compile(
    r"^\s*(SELECT\s.+\sFROM\s|INSERT\s+INTO\s|UPDATE\s+\w+\s+SET\s|DELETE\s+FROM\s|CREATE\s+(TABLE|INDEX|EXTENSION)\s"
    r"|ALTER\s+TABLE\s|TRUNCATE\s|WITH\s+\w+\s+AS\s)",
    re.DOTALL,
)
ADDRESSES_ONLY = {("service/cli/parts.py", "sqlalchemy"), ("service/cli/check.py", "sqlalchemy")}
"""These take addresses apart with `make_url` and send nothing."""


def _outside_the_stores() -> Iterator[Path]:
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            inside = path.relative_to(ROOT)
            if inside.parts[:2] in (("geodata", "store"), ("alerting", "store")):
                continue
            if inside.parts[0] == "service" and inside.stem == "store":
                continue
            yield inside


def _imports(tree: ast.AST) -> set[str]:
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            found.add(node.module.split(".")[0])
    return found


@pytest.mark.parametrize("path", sorted(_outside_the_stores()), ids=str)
def test_no_sql_outside_the_stores(path: Path) -> None:
    tree = ast.parse((ROOT / path).read_text())
    carried = {(str(path), name) for name in _imports(tree) & DRIVERS} - ADDRESSES_ONLY
    assert not carried, "only store modules import these"
    texts = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    assert [text for text in texts if LOOKS_LIKE_SQL.match(text)] == []


def test_the_rule_would_find_a_statement() -> None:
    for statement in ("SELECT a\nFROM b", "\n  WITH x AS (SELECT 1)", "DELETE FROM fact", "UPDATE fact SET a = 1"):
        assert LOOKS_LIKE_SQL.match(statement)
    for prose in ("Select a place from the list", "With the clock as it is", "Update the page"):
        assert not LOOKS_LIKE_SQL.match(prose)
