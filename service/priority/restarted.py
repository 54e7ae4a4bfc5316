"""Proposals that this node was computing when it was stopped: what they looked at is gone with the process."""

from __future__ import annotations

import structlog

from geodata.model.proposal import PROPOSAL, Event, ProposalState
from geodata.store import things
from geodata.store.things import NoSuchThing
from service.priority import store
from service.priority.planning import Planner

log = structlog.get_logger()
REASON = "The server was restarted while this was computed; ask for it again."


async def settle(planner: Planner) -> None:
    """Fail each proposal that nobody computes any more; those asked for since the start are not among them. Once at
    the start; again is harmless."""
    async with planner.database.reading() as connection:
        left = await store.computing(connection, origin=planner.origin)
    for id, room in left.items():
        if id in planner.asked:
            continue
        now = planner.clock.now()
        async with planner.database.transaction("priority") as tx:
            try:
                held = await things.take(tx, planner.ref(id), [room])
            except NoSuchThing:  # deleted meanwhile
                continue
            if held.body["state"] != ProposalState.COMPUTING:
                continue
            PROPOSAL.move(ProposalState.COMPUTING, ProposalState.FAILED)
            fields = {"state": ProposalState.FAILED.value, "error": REASON, "stage": None, "stages": None}
            planner.put(tx, held, fields, now, Event("FAILED", now))
        log.warning("a proposal was left unfinished by a restart", allocation=id)
