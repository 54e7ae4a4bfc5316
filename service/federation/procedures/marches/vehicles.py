"""What a march says of our vehicles: what leaves by the stream too, by the loan or by the agreements."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from geodata.model.editing import BadEdit
from geodata.model.march import MarchVehicle
from geodata.model.resource import Resource
from geodata.store import things
from geodata.store.things import Held
from service.access.visitor import Visitor
from service.federation.sharing.release import ActiveShare, release

_SAID = ("opta", "capabilities", "strength", "endurance_until", "fuel", "eta")


def vehicles(
    ids: Sequence[str], held: Mapping[str, Held], visitor: Visitor, shares: Collection[ActiveShare],
    eta: datetime | None,
) -> tuple[MarchVehicle, ...]:  # fmt: skip
    """In the order named. Raises BadEdit."""
    made = []
    for id in dict.fromkeys(ids):
        one = held.get(id)
        if one is None or one.room not in visitor.write:
            raise BadEdit("resources", f"there is no resource {id[:80]!r} that you may send")
        said = _released(one, shares)
        if "type" not in said:
            raise BadEdit("resources", f"{one.body['callsign']} is not lent to this partner, and no agreement shows it")
        resource = things.checked(one.body, Resource)
        given = {name: getattr(resource, name) for name in _SAID if name in said}
        given["eta"] = given.get("eta") or eta
        made.append(MarchVehicle(str(one.ref), str(said["callsign"])[:80], resource.type, **given))
    return tuple(made)


def _released(held: Held, shares: Collection[ActiveShare]) -> dict[str, Any]:
    """What the loan and the agreements together let out of it."""
    out: dict[str, Any] = {}
    for share in shares:
        found = release(share, str(held.ref), held.room, {}, held.body, held.extent)
        if found is not None:
            shown = found.body.get("callsign") == held.body["callsign"]
            out |= {name: value for name, value in found.body.items() if name != "callsign" or shown or name not in out}
    return out
