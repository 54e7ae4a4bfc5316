"""Two reports of one site: the one is kept as a duplicate of the other, both with their histories."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from geodata.model.editing import BadEdit, Edited
from geodata.model.ref import Ref
from geodata.model.site import Site, SiteState
from geodata.model.states import BadMove
from geodata.store import things
from geodata.store.database import Transaction
from geodata.store.things import Held, NoSuchThing
from service.access.rights import Right
from service.access.visitor import Visitor
from service.incidents.opening import told
from service.incidents.rules import KINDS
from service.incidents.situation import Situation

SITE = KINDS[0]


class Merging:
    def __init__(self, situation: Situation) -> None:
        self.situation = situation

    async def merge(self, visitor: Visitor, id: str, into: str, now: datetime) -> dict[str, Any]:
        """Raises NoSuchThing, NotAllowed, BadEdit, BadMove."""
        if id == into:
            raise BadEdit("into", "a site is not a duplicate of itself")
        async with self.situation.transaction(visitor) as tx:
            try:
                site, target = await self._pair(tx, visitor, id, into)
            except NoSuchThing as error:
                await things.read(tx, self._ref(id), self.situation.database.asked(visitor.rooms))
                raise BadEdit("into", "there is no such site in this incident") from error
            if site.body["state"] == SiteState.DUPLICATE:
                raise BadMove("This site is a duplicate already; unmerge it first.")
            if target.body["state"] == SiteState.DUPLICATE:
                raise BadEdit("into", f"that is itself a duplicate, of {target.body.get('duplicate_of')}")
            fields = {
                "state": SiteState.DUPLICATE.value, "state_before": site.body["state"], "duplicate_of": into,
                "state_reason": None,
            }  # fmt: skip
            edited = _write(tx, site, fields, now)
            _write(tx, target, {"merged": [*target.body.get("merged", ()), id]}, now)
        return told(site, edited)

    async def unmerge(self, visitor: Visitor, id: str, now: datetime) -> dict[str, Any]:
        """The duplicate goes back to where it was. Raises as `merge`."""
        async with self.situation.transaction(visitor) as tx:
            rooms = self.situation.database.asked(visitor.rooms)
            into = (await things.read(tx, self._ref(id), rooms)).body.get("duplicate_of")
            if into is None:
                raise BadMove("This site is no duplicate.")
            site, target = await self._pair(tx, visitor, id, into)
            if site.body.get("duplicate_of") != into:
                raise BadMove("Somebody has just changed what this site is a duplicate of.")
            state = site.body.get("state_before", SiteState.REPORTED.value)
            edited = _write(tx, site, {"state": state, "state_before": None, "duplicate_of": None}, now)
            left = [one for one in target.body.get("merged", ()) if one != id]
            _write(tx, target, {"merged": left or None}, now)
        return told(site, edited)

    def _ref(self, id: str) -> Ref:
        return Ref(self.situation.origin, SITE.name, id)

    async def _pair(self, tx: Transaction, visitor: Visitor, one: str, other: str) -> tuple[Held, Held]:
        """Both, locked in an order that is the same for everybody. Raises BadEdit if they lie in two incidents."""
        taken = {
            id: (await self.situation.take(tx, visitor, SITE, id, {Right.SITUATION}))[1] for id in sorted((one, other))
        }
        if taken[one].body["incident"] != taken[other].body["incident"]:
            raise BadEdit("into", "there is no such site in this incident")
        return taken[one], taken[other]


def _write(tx: Transaction, held: Held, fields: dict[str, Any], now: datetime) -> Edited:
    return things.change(tx, held, fields, Site, base=int(held.body["version"]), at=now)[0]
