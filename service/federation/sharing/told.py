"""An agreement as the list shows it: how it stands there, by what the partner has acknowledged."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping
from typing import Any

import orjson

from service.federation.sharing.release import ActiveShare

ToldAs = Callable[[ActiveShare], str]
"""How the stream writes down a share that it has told (`sending.token`)."""
_KEPT_IN = ("token", "digested_at", "repairing", "incident_name")


def shown(row: Mapping[str, Any], share: ActiveShare, told_as: ToldAs, *, mine: bool) -> dict[str, Any]:
    """`there`: NOTHING, WALKING (under way), CURRENT, DIFFERS (told anew). `mine`: you may change it."""
    out = {name: value for name, value in row.items() if name not in _KEPT_IN}
    return {**out, "mine": mine, "there": _there(row, told_as(share)), "compared_at": row["digested_at"]}


def _there(row: Mapping[str, Any], wanted: str) -> str:
    place = read_place(row["token"] or "")
    walk, told = place.get("walk"), (place.get("told") or {}).get(row["id"])
    walking = isinstance(walk, list) and bool(walk) and walk[0] == row["id"]
    if row["state"] != "ACTIVE" or not row["holds"]:
        return "WALKING" if told or walking else "NOTHING"
    if walking or told != wanted:
        return "WALKING"
    return "DIFFERS" if row["repairing"] else "CURRENT"


def read_place(token: str) -> dict[str, Any]:
    """What the acknowledged place in our stream says (`sending.token.Place`); {} if there is none yet."""
    try:
        read = orjson.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))) if token else {}
    except (ValueError, binascii.Error):
        return {}
    return read if isinstance(read, dict) else {}
