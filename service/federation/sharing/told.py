"""An agreement as the list shows it: how it stands there, by what the partner has acknowledged."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any

import orjson

_KEPT_IN = ("token", "digested_at", "repairing")


def shown(row: Mapping[str, Any], *, mine: bool) -> dict[str, Any]:
    """`there`: NOTHING, WALKING (under way), CURRENT, DIFFERS (told anew). `mine`: you may change it."""
    out = {name: value for name, value in row.items() if name not in _KEPT_IN}
    return {**out, "mine": mine, "there": _there(row), "compared_at": row["digested_at"]}


def _there(row: Mapping[str, Any]) -> str:
    token = read_token(row["token"] or "")
    walk = token.get("w")
    if isinstance(walk, list) and walk and walk[0] == row["id"]:
        return "WALKING"
    told = (token.get("sh") or {}).get(row["id"])
    if row["state"] != "ACTIVE" or not row["holds"]:
        return "NOTHING" if told is None else "WALKING"
    if told is None or told != row["version"]:
        return "WALKING"
    return "DIFFERS" if row["repairing"] else "CURRENT"


def read_token(token: str) -> dict[str, Any]:
    """What the acknowledged place in our stream says (`sending.token`); {} before the first and if it is none."""
    try:
        read = orjson.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))) if token else {}
    except (ValueError, binascii.Error):
        return {}
    return read if isinstance(read, dict) else {}
