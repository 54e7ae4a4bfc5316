"""What the operations logs say of marches, in German as all that is kept of an operation."""

from __future__ import annotations

from datetime import datetime

from geodata.model.body import from_body
from geodata.model.fact import Fact
from geodata.model.march import RECEIPT, March, MarchReceipt, MarchState
from geodata.store.database import Transaction
from service.federation.peers.peer import Peer
from service.journal.lines import store
from service.journal.lines.writing import Lines


async def written(tx: Transaction, peer: Peer, march: March, origin: str, now: datetime) -> None:
    """A convoy of ours was announced: into the logs of all who are at work."""
    text = f"Marschverbund zu {peer.name} angekündigt{_edition(march)}: {_told(march)}."
    await Lines(origin).write(tx, await store.at_work(tx, origin), text, now=now)


async def read(tx: Transaction, peer: Peer, fact: Fact, origin: str, now: datetime) -> None:
    """A file was read: into the logs of the incident that it names, else of all who are at work."""
    incident = None
    if fact.ref.kind == RECEIPT:
        lines = from_body(fact.body, MarchReceipt).lines
        arrived = sum(line.state is not MarchState.MISSING for line in lines)
        text = (
            f"Quittung von {peer.name} per Datei: {arrived} von {len(lines)} Einheiten des Marschverbunds eingetroffen."
        )
    else:
        march = from_body(fact.body, March)
        incident = march.incident
        text = f"{peer.name} hat per Datei einen Marschverbund angekündigt{_edition(march)}: {_told(march)}."
    journals = await store.of_room(tx, fact.room, incident) if incident else []
    cause = f"{fact.ref} {fact.body['edition']} {fact.body['at']}"
    await Lines(origin).write(tx, journals or await store.at_work(tx, origin), text, now=now, cause=cause)


def _edition(march: March) -> str:
    return f" (Fassung {march.edition})" if march.edition > 1 else ""


def _told(march: March) -> str:
    names = ", ".join(one.callsign for one in march.vehicles[:20]) + (" …" if len(march.vehicles) > 20 else "")
    place = f", Ziel {march.place_name}" if march.place_name else ""
    return f"{len(march.vehicles)} Einheiten ({names}), Marschführer {march.leader}{place}"
