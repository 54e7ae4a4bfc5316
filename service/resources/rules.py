"""What may be written of a resource, a stock and a fleet, whoever asks."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from geodata.model import catalogue, strength
from geodata.model.cover import CoverBroken, Shortfall, in_words
from geodata.model.editing import KEPT, BadEdit
from geodata.model.fms import availability, meaning
from geodata.model.resource import BOUND, DEPLOYMENT, Deployment, Fleet, Resource, Stock
from geodata.model.resource_type import Known

MANUAL = timedelta(hours=4)
"""How long a status that a person typed counts where a fleet does not say."""


@dataclass(frozen=True, slots=True)
class Kind:
    """`ours` are fields that the server keeps."""

    name: str
    path: str
    model: type[Any]
    ours: frozenset[str]


_OURS = frozenset({"organisation", *KEPT})
RESOURCE = Kind(
    "resource", "resources", Resource,
    _OURS | {"status", "signal", "deployment", "deployed_since", "availability", "hold", "loan", "state_reason"},
)  # fmt: skip
STOCK = Kind("stock", "stock", Stock, _OURS | {"reserved"})
FLEET = Kind("fleet", "fleets", Fleet, _OURS | {"room"})

_TOGETHER = ("incident", "sector", "site", "task", "facility", "target", "eta")
"""What an assignment consists of; it ends when the resource is released."""
_REASONED = frozenset({Deployment.OUT_OF_SERVICE})


def check_given(kind: Kind, fields: Mapping[str, Any]) -> None:
    """Raises BadEdit naming a field that cannot be written this way."""
    if not fields:
        raise BadEdit("fields", "name at least one field")
    for name in fields:
        if name in kind.ours:
            raise BadEdit(name, f"{name} is kept by the server; leave it out")


def typed(fields: Mapping[str, Any], known: Known, before: Collection[str] = ()) -> dict[str, Any]:
    """With the type by its code, and the strength, as the catalogue writes them.

    What a type of their own can stands in each of its resources: on loan they are seen by those who do not see that
    type. `before` are the capabilities that stand there. Raises BadEdit."""
    given = dict(fields)
    if isinstance(given.get("strength"), str):
        given["strength"] = str(strength.parse(given["strength"]))
    if not isinstance(given.get("type"), str):
        return given
    found = known.find(given["type"])
    if found is None:
        near = known.near(given["type"])
        hint = f"; near it are {', '.join(near)}" if near else "; add it as a type of your own"
        raise BadEdit("type", f"the catalogue has no type {given['type'][:60]!r}{hint}")
    given["type"] = found.code
    if found.code not in catalogue.TYPES:
        said = before if given.get("capabilities") is None else given["capabilities"]
        if isinstance(said, list | tuple) and all(isinstance(code, str) for code in said):
            given["capabilities"] = sorted({*said, *found.capabilities})
    return given


def deployed(
    resource: Resource, fleet: Fleet | None, wanted: str, given: Mapping[str, Any], reason: str | None, now: datetime
) -> dict[str, Any]:
    """The fields that change when a resource is sent on. `given` are fields of its assignment.

    Raises BadEdit, BadMove."""
    if wanted not in Deployment.__members__:
        raise BadEdit("state", f"there is no state {wanted[:40]!r}; known are {', '.join(Deployment)}")
    unknown = set(given) - set(_TOGETHER)
    if unknown:
        raise BadEdit(min(unknown)[:80], f"an assignment has only {', '.join(_TOGETHER)}")
    after = DEPLOYMENT.move(resource.deployment, Deployment(wanted))
    if after in _REASONED and after is not resource.deployment and not (reason or "").strip():
        raise BadEdit("reason", f"say why it is {after}")
    ended: Collection[str] = _TOGETHER if after in (Deployment.RELEASED, Deployment.AT_HOME) else ()
    mapping = meaning(resource.type, fleet)
    return {
        **dict.fromkeys(ended),
        **given,
        "deployment": after.value,
        "deployed_since": _began(resource, after, now),
        "state_reason": (reason or "").strip() or None,
        "availability": availability(resource.status, after, mapping, now).value,
    }


def overridden(reason: str | None, override: str | None, cover: Collection[Shortfall]) -> str:
    """What the record says of a commitment that breaks basic cover. Raises CoverBroken if nobody said why."""
    why = (override or "").strip()
    if not why:
        raise CoverBroken(cover)
    broken = "; ".join(map(in_words, cover))
    said = (reason or "").strip()
    return f"{said}{' | ' if said else ''}Basic cover overridden: {why} ({broken})"[:10_000]


def _began(resource: Resource, after: Deployment, now: datetime) -> str | None:
    if after not in BOUND and after is not Deployment.RESTING:
        return None
    began = resource.deployed_since if resource.deployment in BOUND else None
    return (began or now).isoformat().replace("+00:00", "Z")
