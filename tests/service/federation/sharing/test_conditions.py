"""When an active agreement lets anything out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from geodata.model.clock import WallClock
from geodata.model.incident import Declared, Incident, IncidentMode, IncidentState
from geodata.model.legal import LEGAL_LEVELS
from geodata.model.ref import Ref
from geodata.store import things
from geodata.store.cluster import Cluster
from service.access.audit.store import page
from service.federation.sharing import store
from service.federation.sharing.conditions import Conditions, holds
from service.federation.sharing.policy import SharePolicy, ShareState
from service.federation.sharing.store import Agreement
from tests.service.federation.towns import towns

NOW = datetime(2026, 11, 22, 20, tzinfo=UTC)


def agreement(level: str | None = None, *, until: datetime | None = None, **named: Any) -> Agreement:
    policy = SharePolicy(from_level=level, incident=named.pop("named", None))
    return Agreement("f-1", "p-1", "lage", "x", ShareState.ACTIVE, 1, True, policy, until, named.pop("of_room", None))


def incident(level: str | None, *, mode: str = "ACTUAL", state: str = "ACTIVE", hours: int = 1) -> dict[str, Any]:
    since = (NOW - timedelta(hours=hours)).isoformat()
    legal = [{"level": level, "since": since, "by": "person:1", "text": "x"}] if level else []
    return {"mode": mode, "state": state, "legal": legal}


@pytest.mark.parametrize(
    ("share", "incidents", "lets_out"),
    [
        (agreement(), {}, True),
        (agreement(until=NOW + timedelta(seconds=1)), {}, True),
        (agreement(until=NOW), {}, False),
        (agreement("GROSSEINSATZLAGE"), {}, False),
        (agreement("GROSSEINSATZLAGE"), {"a": incident("SONDERLAGE")}, False),
        (agreement("GROSSEINSATZLAGE"), {"a": incident("GROSSEINSATZLAGE")}, True),
        (agreement("GROSSEINSATZLAGE"), {"a": incident("KATASTROPHE")}, True),
        (agreement("GROSSEINSATZLAGE"), {"a": incident("KATASTROPHE", hours=-1)}, False),
        (agreement("GROSSEINSATZLAGE"), {"a": incident("KATASTROPHE", mode="TEST")}, False),
        (agreement("GROSSEINSATZLAGE"), {"a": incident("KATASTROPHE", state="CLOSED")}, False),
        (agreement("GROSSEINSATZLAGE", named="b"), {"a": incident("KATASTROPHE")}, False),
        (agreement("GROSSEINSATZLAGE", named="a"), {"a": incident("KATASTROPHE", mode="TEST")}, True),
        (agreement("GROSSEINSATZLAGE", of_room="b"), {"a": incident("KATASTROPHE"), "b": incident(None)}, False),
        (agreement("NO_SUCH_LEVEL"), {"a": incident("KATASTROPHE")}, False),
    ],
)
def test_it_holds_until_its_end_and_from_its_level_on(
    share: Agreement, incidents: dict[str, Any], lets_out: bool
) -> None:
    assert holds(share, incidents, LEGAL_LEVELS, IncidentMode.ACTUAL, NOW) is lets_out


async def test_a_declared_level_opens_it_and_going_back_closes_it_each_time_with_a_new_version(
    cluster: Cluster,
) -> None:
    async with towns(cluster, "altdorf", "bergheim") as (altdorf, _):
        peer = altdorf.peers["bergheim"].id
        woken: list[str | None] = []
        conditions = Conditions(
            altdorf.database, WallClock(), origin="altdorf", mode=IncidentMode.ACTUAL, levels=LEGAL_LEVELS,
            woken=woken.append,
        )  # fmt: skip
        async with altdorf.database.transaction("test") as tx:
            policy = SharePolicy(from_level="GROSSEINSATZLAGE")
            id = await store.add(tx, peer=peer, room="public", name="Kräfte", policy=policy, until=None)
            await store.activate(tx, id, holds=False)

        async def in_force() -> list[tuple[str, int]]:
            async with altdorf.database.reading() as connection:
                shares = await store.effective(connection, peer, origin="altdorf")
            return [(share.id, share.version) for share in shares if not share.exchange]

        async def declared(level: str) -> None:
            at = datetime.now(UTC)
            legal = (Declared(level, at, "person:1", "so entschieden"),)
            lage = Incident(1, "Hochwasser", IncidentMode.ACTUAL, IncidentState.ACTIVE, "public", legal=legal)
            async with altdorf.database.transaction("test") as tx:
                things.make(tx, Ref("altdorf", "incident", "hw"), lage, room="public", at=at)
            # The node's own loop looks as well: whoever comes first turns it.
            await conditions.look()

        assert await in_force() == []
        await declared("GROSSEINSATZLAGE")
        ((_, first),) = await in_force()
        await declared("ALLTAG")
        assert await in_force() == []
        await declared("KATASTROPHE")
        ((_, second),) = await in_force()
        assert second == first + 2
        assert set(woken) <= {peer}
        lines = await page(altdorf.database, before=None, limit=50, subject=f"share:{id}")
        assert [line["detail"]["holds"] for line in lines if line["action"] == "share.holds"] == [True, False, True]
