"""Many hands on one thing: edits are merged field by field, and what loses is kept and offered, never dropped.

A body that people edit carries, beside its own fields, `version` (edits so far), `stamps` (for each field the version,
the person and the time of its last edit) and `conflicts` (values that lost, oldest first).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

KEPT = ("version", "stamps", "conflicts")
"""Fields that nobody edits directly."""

MOST_CONFLICTS = 50


class BadEdit(ValueError):
    """The edit names a field or a version that cannot be; `field` says which."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True, slots=True)
class Edited:
    """The body after the edit. `changed` are the fields with a new value, `lost` those where somebody else's newer
    value was replaced and is now offered in `conflicts`."""

    body: dict[str, Any]
    changed: tuple[str, ...]
    lost: tuple[str, ...]


def begin(fields: Mapping[str, Any], *, by: str, at: str) -> dict[str, Any]:
    """The body of a new thing; `by` is an actor, `at` ISO 8601."""
    given = {name: value for name, value in fields.items() if value is not None and name not in KEPT}
    return {**given, "version": 1, "stamps": {name: [1, by, at] for name in given}}


def edit(body: Mapping[str, Any], fields: Mapping[str, Any], *, base: int, by: str, at: str) -> Edited:
    """Put the fields into the body (None takes one out), as edited on version `base` of it.

    The last one to write a field wins; if the field was changed after `base`, the value that loses goes to `conflicts`.
    A geometry is one field. Raises BadEdit."""
    version = int(body.get("version", 1))
    if not 1 <= base <= version:
        raise BadEdit("base", f"base must be a version of this thing, 1 to {version}")
    for name in fields:
        if name in KEPT:
            raise BadEdit(name, f"{name} is kept by the server; leave it out")
    after = dict(body)
    stamps = dict(body.get("stamps", {}))
    conflicts = list(body.get("conflicts", ()))
    changed, lost = [], []
    for name, value in fields.items():
        held = body.get(name)
        if value == held:
            continue
        stamp = stamps.get(name, [1, "", ""])
        if stamp[0] > base:
            conflicts.append(
                {"field": name, "value": held, "by": stamp[1], "at": stamp[2], "lost_to": by, "lost_at": at}
            )
            lost.append(name)
        if value is None:
            after.pop(name, None)
        else:
            after[name] = value
        stamps[name] = [version + 1, by, at]
        changed.append(name)
    if changed:
        after["version"], after["stamps"] = version + 1, stamps
        _keep(after, conflicts)
    return Edited(after, tuple(changed), tuple(lost))


def settle(body: Mapping[str, Any], number: int, *, take: bool, by: str, at: str) -> Edited:
    """Answer the conflict at this place of `conflicts`: take the value that lost, or leave things as they are.

    Raises BadEdit."""
    conflicts = list(body.get("conflicts", ()))
    if not 0 <= number < len(conflicts):
        raise BadEdit("conflict", "there is no such conflict; somebody may have settled it")
    chosen = conflicts.pop(number)
    field = chosen["field"]
    version = int(body.get("version", 1))
    done = edit(body, {field: chosen["value"]} if take else {}, base=version, by=by, at=at)
    after = {**done.body, "version": version + 1}
    _keep(after, conflicts)
    return Edited(after, done.changed, ())


def _keep(body: dict[str, Any], conflicts: list[Any]) -> None:
    if conflicts:
        body["conflicts"] = conflicts[-MOST_CONFLICTS:]
    else:
        body.pop("conflicts", None)
