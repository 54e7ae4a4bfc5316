"""What is left of a body when it leaves: only fields that the agreement lets out, and the model still accepts it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import MISSING
from functools import cache
from typing import Any

import msgspec

from geodata.model.body import from_body
from geodata.model.editing import BadEdit
from geodata.model.resource import Shown
from service.federation.sharing.kinds import EVERY, EXACT, KINDS, LENT, WITHHELD, Leaving
from service.federation.sharing.policy import SharePolicy

DECIMALS = 2
"""Of a degree: about a kilometre."""
COARSE_METRES = 1_000.0


@cache
def always(kind: str) -> frozenset[str]:
    """The usual fields without which the model knows no thing of this kind: they leave with it. Raises KeyError."""
    leaving = KINDS[kind]
    fields = leaving.model.__dataclass_fields__.values()
    needed = {one.name for one in fields if one.default is MISSING and one.default_factory is MISSING}
    return frozenset(needed.intersection(leaving.usual))


def fields_of(kind: str, policy: SharePolicy) -> frozenset[str]:
    """The fields of this kind that leave under this agreement, never more than may. Raises KeyError."""
    leaving = KINDS[kind]
    asked = (policy.fields or {}).get(kind)
    if asked is None:
        return frozenset(leaving.usual)
    if EVERY in asked:
        return frozenset((*leaving.may, EXACT))
    wanted = always(kind) | frozenset(asked).intersection((*leaving.may, EXACT))
    return frozenset(name for name in wanted if leaving.needs.get(name, name) in wanted)


def withheld(kind: str, policy: SharePolicy) -> list[str]:
    """The fields of the model that stay here, in the order of the model. Raises KeyError."""
    leaves = fields_of(kind, policy)
    return [name for name in KINDS[kind].model.__dataclass_fields__ if name not in leaves]


def redact(
    kind: str, body: Mapping[str, Any], policy: SharePolicy, organisations: Mapping[str, str]
) -> dict[str, Any] | None:
    """The body as it leaves; None if the model would not accept what is left of it, which then stays here.
    Organisations go by their name. Raises KeyError for a kind that never leaves."""
    out = _left(KINDS[kind], fields_of(kind, policy), body)
    if out is not None and "organisation" in out:
        out["organisation"] = organisations.get(str(out["organisation"]), WITHHELD)
    return out


def redact_lent(kind: str, body: Mapping[str, Any], shows: Collection[str]) -> dict[str, Any] | None:
    """The body as a borrower's node sees it: what the loan needs, and what the lender lets it see beyond (`Shown`).
    None if the model would not accept what is left. Raises KeyError for a kind that is not lent."""
    return _left(LENT[kind], shown_of(kind, shows), body)


def shown_of(kind: str, shows: Collection[str]) -> frozenset[str]:
    """The fields of this kind that a borrower's node sees. Raises KeyError."""
    leaving = LENT[kind]
    more = {EXACT if name == Shown.PLACE else name for name in shows}
    return frozenset(leaving.usual) | more.intersection((*leaving.more, EXACT))


def _left(leaving: Leaving, leaves: Collection[str], body: Mapping[str, Any]) -> dict[str, Any] | None:
    out: dict[str, Any] = {}
    for name in leaving.model.__dataclass_fields__:
        words = leaving.filled.get(name)
        if name in leaves and name in body:
            out[name] = _inner(leaving, name, body[name])
        elif name not in leaves and isinstance(words, str):
            out[name] = body.get(words, WITHHELD)
    if EXACT not in leaves:
        _coarsen(leaving, out)
    try:
        from_body(out, leaving.model)
    except (msgspec.ValidationError, BadEdit):
        return None
    return out


def _inner(leaving: Leaving, name: str, value: Any) -> Any:
    if name not in leaving.inner:
        return value
    if isinstance(value, list):
        return [_inner(leaving, name, one) for one in value]
    kept = {inner: value[inner] for inner in leaving.inner[name] if inner in value}
    return {**kept, **leaving.filled.get(name, {})}


def _coarsen(leaving: Leaving, out: dict[str, Any]) -> None:
    for name in leaving.coarse:
        value = out.get(name)
        if isinstance(value, list | tuple):
            out[name] = [round(float(part), DECIMALS) for part in value]
        elif value is not None:
            out[name] = round(float(value), DECIMALS)
    if "accuracy" in leaving.usual:
        out["accuracy"] = max(float(out.get("accuracy") or 0), COARSE_METRES)
