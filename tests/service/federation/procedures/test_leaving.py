"""A partner is revoked: it hears that nothing is shared any more, and its things here are kept, or gone everywhere."""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import text

from geodata.model.fact import Fact, Provenance
from geodata.model.ref import Ref
from geodata.store.cluster import Cluster
from tests.service.federation.procedures.carried import until
from tests.service.federation.receiving import test_withdrawn as withdrawn
from tests.service.federation.towns import Town, towns

EVERYWHERE = set(withdrawn.PLACES)


async def rows(town: Town, sql: str, **given: Any) -> list[Any]:
    async with town.database.reading() as connection:
        return list((await connection.execute(text(sql), given)).all())


async def put_for(here: Town, there: Town, kind: str, **body: Any) -> None:
    """Something of ours for this partner."""
    now = datetime.now(UTC)
    room = str(here.peers[there.origin].exchange_room)
    async with here.database.transaction("test") as tx:
        tx.put(Fact(Ref(here.origin, kind, "n-1"), room, Provenance("test", now, now), body))


async def held_of(town: Town, origin: str) -> list[Any]:
    return await rows(town, "SELECT ref FROM fact WHERE origin = :o UNION SELECT ref FROM peer_copy WHERE ref LIKE :l",
                      o=origin, l=f"{origin}/%")  # fmt: skip


async def trusted_again(*pairs: tuple[Town, Town]) -> None:
    """As a new handshake leaves it."""
    for here, there in pairs:
        async with here.database.transaction("test") as tx:
            key = there.keys.current
            given = {"o": there.origin, "keys": f'[{{"kid":"{key.kid}","x":"{key.x}","since":"2020-01-01T00:00:00Z"}}]'}
            again = "UPDATE peer SET state = 'ACTIVE', keys = cast(:keys AS jsonb) WHERE origin = :o"
            await tx.connection.execute(text(again), given)


async def test_dropped_it_is_gone_everywhere_and_begins_anew_should_it_come_back(cluster: Cluster) -> None:
    async with towns(cluster, "altdorf", "bergheim") as (altdorf, bergheim), AsyncExitStack() as stack:
        await withdrawn._share(altdorf, bergheim)
        await put_for(altdorf, bergheim, "sandbag_count", bags=4)
        await put_for(bergheim, altdorf, "sandbag_count", bags=5)
        reader = await bergheim.node.sign_in("Leserin", admin=False)
        stack.push_async_callback(reader.aclose)
        head = await bergheim.node.sign_in()
        stack.push_async_callback(head.aclose)
        at = f"/api/partners/{bergheim.peers['altdorf'].id}"
        await until(lambda: _shows(reader, EVERYWHERE))
        await until(lambda: held_of(altdorf, "bergheim"))
        assert (await head.post(f"{at}/drop")).status_code == 409, "only what was revoked is dropped"
        assert (await reader.post(f"{at}/drop")).status_code == 403
        cursor = (await reader.get("/api/picture")).json()["cursor"]
        async with withdrawn._live(reader) as socket:
            told = asyncio.create_task(withdrawn._told(socket, cursor))
            await asyncio.sleep(0.3)
            left = (await head.post(f"{at}/revoke", json={"reason": "Streit", "things": "drop"})).json()
            began = time.monotonic()
            async with asyncio.timeout(5):
                while await withdrawn._shown(reader):
                    await asyncio.sleep(0.05)
                assert await told - began < 5
        assert (left["state"], left["farewell"], left["held"]) == ("REVOKED", "ACKNOWLEDGED", False)
        assert left["dropped_at"]
        assert await held_of(bergheim, "altdorf") == [], "not in the room of what both do together either"
        assert await held_of(altdorf, "bergheim") == [], "what was acknowledged is gone there"
        assert await rows(bergheim, "SELECT 1 FROM fact WHERE ref = 'bergheim/sandbag_count/n-1'"), "ours stays"
        said = {row.action for row in await rows(bergheim, "SELECT action FROM audit WHERE action LIKE 'partner.%'")}
        assert {"partner.revoke", "partner.left", "partner.drop"} <= said

        await trusted_again((bergheim, altdorf))
        await until(lambda: _shows(reader, EVERYWHERE), 30)
        assert await held_of(altdorf, "bergheim"), "and ours goes there again"


async def test_kept_while_a_request_goes_on_and_dropped_later(cluster: Cluster) -> None:
    async with towns(cluster, "altdorf", "bergheim") as (altdorf, bergheim), AsyncExitStack() as stack:
        await withdrawn._share(altdorf, bergheim)
        await put_for(bergheim, altdorf, "inquiry", state="OFFERED")
        reader = await bergheim.node.sign_in("Leserin", admin=False)
        stack.push_async_callback(reader.aclose)
        head = await bergheim.node.sign_in()
        stack.push_async_callback(head.aclose)
        at = f"/api/partners/{bergheim.peers['altdorf'].id}"
        await until(lambda: _shows(reader, EVERYWHERE))
        async with altdorf.database.transaction("test") as tx:
            await tx.connection.execute(text("UPDATE peer SET state = 'SUSPENDED' WHERE origin = 'bergheim'"))
        began = time.monotonic()
        left = (await head.post(f"{at}/revoke", json={"reason": "Schlüssel verloren"})).json()
        assert time.monotonic() - began < 12, "who does not answer is not waited for for long"
        assert (left["state"], left["farewell"], left["held"]) == ("REVOKED", "UNREACHED", True)
        assert await withdrawn._shown(reader) == EVERYWHERE, "what is under way depends on it"
        dropped = (await head.post(f"{at}/drop")).json()
        assert (dropped["held"], bool(dropped["dropped_at"])) == (False, True)
        async with asyncio.timeout(5):
            while await withdrawn._shown(reader):
                await asyncio.sleep(0.05)
        assert (await head.post(f"{at}/drop")).status_code == 200, "who comes second changes nothing"
        assert await held_of(bergheim, "altdorf") == []
        again = (await head.post(f"{at}/revoke", json={"reason": "x"})).json()
        assert again["state_reason"] == "Schlüssel verloren", "nor by revoking"


async def _shows(reader: Any, places: set[str]) -> bool:
    return await withdrawn._shown(reader) == places
