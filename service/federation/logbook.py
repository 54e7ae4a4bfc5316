"""What the operations logs say of agreements and partners: both sides write it down, each in its own logs.

The lines belong to the transaction in which it happens, so that none is lost and none is written twice. They are words
of the node's staff, in German as all that is kept of an operation.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from geodata.model.clock import Clock
from geodata.store.database import Transaction
from service.federation.peers import store as peers
from service.federation.peers.peer import Peer, PeerState
from service.journal.lines import store
from service.journal.lines.writing import Lines

MOST_AN_HOUR = 60
"""So many lines about one partner's agreements with us are written into one log within an hour."""

_FIELDS = {
    "name": "Name", "kinds": "Arten", "fields": "Felder", "area": "Gebiet", "mode": "Modus", "incident": "Lage",
    "from_level": "Stufe", "only_free": "nur freie Kräfte", "hops": "Weitergabe", "until": "Ende",
}  # fmt: skip
_OPENED = {
    "open": "{partner} gibt „{title}“ für uns frei.",
    "changed": "{partner} hat die Freigabe „{title}“ an uns geändert.",
    "withdrawn": "{partner} hat die Freigabe „{title}“ an uns zurückgezogen; was dazu gehörte, ist hier nicht mehr "
    "zu sehen.",
}
_MOVED = {
    PeerState.ACTIVE: "Der Austausch mit {partner} läuft wieder.",
    PeerState.SUSPENDED: "Der Austausch mit {partner} ruht: {reason}. Nichts geht hinaus oder kommt herein.",
    PeerState.REVOKED: "{partner} wird nicht mehr vertraut: {reason}. Der Austausch ist beendet.",
}


class Logbook:
    """`origin` is ours."""

    def __init__(self, origin: str, clock: Clock) -> None:
        self.origin, self.clock = origin, clock
        self.lines = Lines(origin)

    async def agreed(
        self, tx: Transaction, peer: str, room: str, incident: str | None, text: str, *, now: datetime | None = None
    ) -> None:
        """About an agreement of ours: into the logs of those to whom the room belongs. `text` has a place for the
        `{partner}`."""
        journals = await store.of_room(tx, room, incident)
        if journals:
            name = (await peers.one(tx.connection, peer)).name
            await self.lines.write(tx, journals, text.replace("{partner}", name), now=now or self.clock.now())

    async def received(self, tx: Transaction, peer: Peer, title: str, what: str) -> None:
        """About an agreement of theirs (`what`: open, changed, withdrawn): whoever is signed in reads what it lets in,
        so all logs of incidents that go on say so. A partner who changes it all the time does not fill them."""
        now = self.clock.now()
        hour = f"partner {peer.id} {now:%Y%m%d%H} "
        text = _OPENED[what].format(partner=peer.name, title=title)
        for journal in await store.at_work(tx, self.origin):
            before = await store.count(tx, journal.staff, hour)
            if before < MOST_AN_HOUR:
                await self.lines.write(tx, [journal], text, now=now, cause=f"{hour}{before}")
            elif before == MOST_AN_HOUR:
                more = f"{peer.name} ändert seine Freigaben laufend; weiteres steht in dieser Stunde nur im Protokoll."
                await self.lines.write(tx, [journal], more, now=now, cause=f"{hour}{before}")

    async def moved(self, tx: Transaction, peer: Peer, state: PeerState, reason: str | None) -> None:
        """Whether anything travels with a partner concerns everybody at work."""
        text = _MOVED[state].format(partner=peer.name, reason=(reason or "ohne Angabe").strip().rstrip("."))
        await self.lines.write(tx, await store.at_work(tx, self.origin), text, now=self.clock.now())


def begins(name: str, *, holds: bool) -> str:
    waits = "" if holds else " Sie wirkt, sobald ihre Bedingung erfüllt ist."
    return f"Freigabe „{name}“ an {{partner}} beginnt.{waits}"


def changes(name: str, fields: Collection[str], *, held: bool, holds: bool) -> str:
    """`held` before, `holds` after."""
    told = ", ".join(_FIELDS[field] for field in fields if field in _FIELDS)
    turned = "" if held == holds else " Sie wirkt jetzt." if holds else " Sie wirkt damit nicht mehr."
    return f"Freigabe „{name}“ an {{partner}} geändert{f': {told}' if told else ''}.{turned}"


def turns(name: str, *, holds: bool, over: bool) -> str:
    """By its condition; `over`: its time has come."""
    if holds:
        return f"Freigabe „{name}“ an {{partner}} wirkt jetzt: ihre Bedingung ist erfüllt."
    why = "ihre Zeit ist um" if over else "ihre Bedingung ist nicht mehr erfüllt"
    return f"Freigabe „{name}“ an {{partner}} wirkt nicht mehr: {why}. Dort ist sie zurückgezogen."


def ends(name: str, reason: str) -> str:
    return f"Freigabe „{name}“ an {{partner}} beendet: {reason.rstrip('.')}. Dort ist sie zurückgezogen."
