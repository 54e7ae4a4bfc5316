"""Two nodes that no line connects exchange files, and know all of each other."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from sqlalchemy import text

from geodata.store.cluster import Cluster
from tests.service.federation.ground import feature
from tests.service.federation.towns import Town, towns

_LOOSE = text("UPDATE peer SET url = NULL")
_ROOM = text("INSERT INTO room (id, name) VALUES ('lage', 'Lage')")
_SHARE = text("""
    INSERT INTO share (id, peer, room, name, state, policy, created_by)
    SELECT 'lage-' || origin, id, 'lage', 'Lage', 'ACTIVE', '{"kinds": ["feature"]}', 'test' FROM peer
""")
_HELD = text("SELECT id, body -> 'properties' ->> 'version' AS version FROM fact WHERE origin = :origin ORDER BY id")


@asynccontextmanager
async def apart(cluster: Cluster, *origins: str) -> AsyncIterator[list[Town]]:
    """Nodes that trust each other and have no address of each other."""
    async with towns(cluster, *origins) as made:
        for town in made:
            async with town.database.transaction("test") as tx:
                await tx.connection.execute(_LOOSE)
                await tx.connection.execute(_ROOM)
                await tx.connection.execute(_SHARE)
        yield made


async def write(town: Town, *things: tuple[str, int]) -> None:
    for id, version in things:
        async with town.database.transaction("test") as tx:
            tx.put(feature(town.origin, id, version))


async def held(town: Town, origin: str) -> list[tuple[str, str]]:
    async with town.database.reading() as connection:
        rows = await connection.execute(_HELD, {"origin": origin})
        return [(row.id, row.version) for row in rows]


async def export(client: httpx.AsyncClient, here: Town, there: Town, **query: int) -> str:
    answer = await client.get(f"/api/partners/{here.peers[there.origin].id}/bundle", params=query)
    assert answer.status_code == 200, answer.text
    return answer.text


async def read(client: httpx.AsyncClient, *lines: str) -> dict[str, int]:
    answer = await client.post("/api/partners/bundles", content="\n".join(lines))
    assert answer.status_code == 200, answer.text
    return answer.json()  # type: ignore[no-any-return]


async def test_files_alone_keep_two_nodes_complete(cluster: Cluster) -> None:
    async with apart(cluster, "altdorf", "bergheim") as (altdorf, bergheim):
        here, there = await altdorf.node.sign_in(), await bergheim.node.sign_in()
        await write(altdorf, ("a", 1), ("b", 1), ("a", 2))
        await write(bergheim, ("c", 1))
        first = await export(here, altdorf, bergheim)
        assert "Ding" not in first
        taken = await read(there, first)
        assert taken["applied"] >= 1 and not taken["refused"]
        assert await held(bergheim, "altdorf") == [("a", "2"), ("b", "1")]

        assert (await read(there, first))["applied"] == 0, "the same stick a second time"
        assert await held(bergheim, "altdorf") == [("a", "2"), ("b", "1")]

        assert (await read(here, await export(there, bergheim, altdorf)))["applied"] >= 1
        assert await held(altdorf, "bergheim") == [("c", "1")]
        await write(altdorf, ("d", 1))
        await read(there, await export(here, altdorf, bergheim))
        assert await held(bergheim, "altdorf") == [("a", "2"), ("b", "1"), ("d", "1")]
        # What the first file said was acknowledged in the one that came back: it is not written again.
        await read(here, await export(there, bergheim, altdorf))
        assert len(await export(here, altdorf, bergheim)) < len(first)
        await here.aclose()
        await there.aclose()


async def test_small_pieces_for_a_radio_arrive_in_any_order(cluster: Cluster) -> None:
    async with apart(cluster, "altdorf", "bergheim") as (altdorf, bergheim):
        here, there = await altdorf.node.sign_in(), await bergheim.node.sign_in()
        await write(altdorf, *((f"x{number:03}", 1) for number in range(60)))
        lines = (await export(here, altdorf, bergheim, most_bytes=4_000)).split()
        assert len(lines) > 5 and max(map(len, lines)) < 8_000
        early = await read(there, *reversed(lines[2:]))
        assert early["applied"] == 0 and early["early"] == len(lines) - 2
        assert (await read(there, *reversed(lines)))["applied"] == len(lines)
        assert len(await held(bergheim, "altdorf")) == 60
        await here.aclose()
        await there.aclose()


async def test_a_file_for_somebody_else_or_by_nobody_we_know_says_so(cluster: Cluster) -> None:
    async with apart(cluster, "altdorf", "bergheim", "kreis") as (altdorf, bergheim, kreis):
        here, third = await altdorf.node.sign_in(), await kreis.node.sign_in()
        await write(altdorf, ("a", 1))
        answer = await read(third, await export(here, altdorf, bergheim))
        assert answer["applied"] == 0 and answer["refused"] == ["it was not sealed for this node, or it is damaged"]
        for content, said in ((b"", "no line"), (b"\xff\xfe", "not ASCII")):
            wrong = await third.post("/api/partners/bundles", content=content)
            assert wrong.status_code == 422 and said in wrong.json()["detail"]
        async with altdorf.database.reading() as connection:
            mode = (await connection.execute(text("UPDATE peer SET state = 'SUSPENDED' RETURNING id"))).all()
        assert mode
        nothing = await here.get(f"/api/partners/{altdorf.peers['bergheim'].id}/bundle")
        assert nothing.status_code == 422 and "suspended" in nothing.json()["detail"]
        await here.aclose()
        await third.aclose()
