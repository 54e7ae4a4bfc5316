"""Settings as environment variables, for a child process."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any


def flat(values: Mapping[str, Any], above: str = "") -> list[tuple[str, str]]:
    """Pairs of the variable's name without its beginning, and its value."""
    found: list[tuple[str, str]] = []
    for name, value in values.items():
        path = f"{above}{name.upper()}"
        if path in ("SOURCES", "ALERTING"):  # names of columns, words and headers keep their letters only as JSON
            found.append((path, json.dumps(value)))
        elif isinstance(value, Mapping):
            found += flat(value, f"{path}__")
        elif value is not None:
            found.append((path, _text(value)))
    return found


def _text(value: Any) -> str:
    if isinstance(value, list):
        return ",".join(value) if all(isinstance(part, str) for part in value) else json.dumps(value)
    return value if isinstance(value, str) else json.dumps(value)
