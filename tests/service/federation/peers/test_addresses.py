"""No names and no internet: partners are found at their further addresses, and what a forged book says is not taken."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import msgspec
from sqlalchemy import text

from geodata.store.cluster import Cluster
from service.federation.identity.document import signed
from service.federation.identity.keys import NodeKeys
from service.federation.peers.address_book import TYPE
from service.federation.peers.learning import Learning
from service.federation.wire.client import PeerClient
from tests.service.federation.sending.test_between_nodes import put, share, thing, until_held
from tests.service.federation.towns import Town, towns

_DEAD = text("UPDATE peer SET url = :url")
_ADDRESSES = text("SELECT origin, url, addresses FROM peer ORDER BY origin")


async def cut(town: Town, url: str) -> None:
    async with town.database.transaction("test") as tx:
        await tx.connection.execute(_DEAD, {"url": url})


async def kept(town: Town) -> list[tuple[Any, ...]]:
    async with town.database.reading() as connection:
        return [tuple(row) for row in await connection.execute(_ADDRESSES)]


async def post(client: httpx.AsyncClient, path: str, book: object) -> httpx.Response:
    content = book if isinstance(book, bytes) else msgspec.json.encode(book)
    return await client.post(f"/api/partners/addresses{path}", content=content)


def dead_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


async def test_two_whose_usual_addresses_are_dead_find_each_other_by_the_book(cluster: Cluster) -> None:
    async with towns(cluster, "altdorf", "bergheim") as (altdorf, bergheim):
        for town, other in ((altdorf, bergheim), (bergheim, altdorf)):
            # Names that nobody can look up: there is no internet.
            await cut(town, f"http://{other.origin}.invalid:8000")
            await share(town, other)
            await put(town, thing(town.origin, "a", "Pumpe"))
        here, there = await altdorf.node.sign_in(), await bergheim.node.sign_in()
        book = (await here.get("/api/partners/addresses")).json()
        assert [entry["origin"] for entry in book["entries"]] == ["altdorf", "bergheim"]
        assert book["entries"][0]["addresses"] == [altdorf.url]
        seen = await post(there, "/preview", book)
        assert seen.status_code == 200, seen.text
        outcomes = {entry["origin"]: (entry["outcome"], entry["new"]) for entry in seen.json()["entries"]}
        assert outcomes == {"altdorf": ("ADDS", [altdorf.url]), "bergheim": ("OURS", [])}
        assert [row[2] for row in await kept(bergheim)] == [[]], "a preview adds nothing"
        began = time.monotonic()
        assert (await post(there, "", book)).status_code == 200
        await until_held(altdorf, bergheim, {"bergheim/feature/a": "Pumpe"}, within=60)
        # Altdorf has no address of Bergheim that works, and gets it by Bergheim's own book.
        await post(here, "", (await there.get("/api/partners/addresses")).json())
        await until_held(bergheim, altdorf, {"altdorf/feature/a": "Pumpe"}, within=60)
        print(f"found each other in {time.monotonic() - began:.1f} s")
        listed = (await there.get("/api/partners")).json()["partners"][0]
        assert (listed["reached_at"], listed["addresses"]) == (altdorf.url, [altdorf.url])
        assert (await post(there, "/preview", book)).json()["entries"][0]["outcome"] == "KNOWN"
        await here.aclose()
        await there.aclose()


async def test_a_node_says_its_further_addresses_itself_and_answers_there(cluster: Cluster) -> None:
    further = f"http://127.0.0.1:{dead_port()}"
    given = {"greet": "0.3 s", "networks": "127.0.0.0/8,::1/128", "addresses": f"http://10.20.0.5:8000/,{further}"}
    async with towns(cluster, "altdorf", "bergheim", federation=given) as (altdorf, bergheim):
        told = (await altdorf.node.client.get("/.well-known/lagebild")).json()
        assert told["addresses"] == ["http://10.20.0.5:8000", further]
        reach = PeerClient(bergheim.keys, ["127.0.0.0/8"])
        await Learning(bergheim.database, reach).look()
        assert (await kept(bergheim))[0][2] == told["addresses"]
        await reach.close()
        client = await bergheim.node.sign_in()
        id, usual = bergheim.peers["altdorf"].id, f"http://localhost:{dead_port()}"
        wrong = await client.patch(f"/api/partners/{id}", json={"addresses": ["ftp://x"]})
        assert wrong.status_code == 422
        edited = await client.patch(f"/api/partners/{id}", json={"url": usual, "addresses": [further, usual]})
        assert edited.json()["addresses"] == [further]
        await cut(altdorf, usual)
        # Whoever comes by the further address names it in its signature, and altdorf does not listen there itself.
        async with passed_on(further, altdorf.url):
            await share(bergheim, altdorf)
            await put(bergheim, thing("bergheim", "b", "Boot"))
            await until_held(altdorf, bergheim, {"bergheim/feature/b": "Boot"}, within=60)
        await client.aclose()


@asynccontextmanager
async def passed_on(here: str, there: str) -> AsyncIterator[None]:
    """What comes in at one address goes on to the other, as a router does."""
    port = httpx.URL(there).port

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while some := await reader.read(65_536):
                writer.write(some)
                await writer.drain()
        writer.close()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        onwards = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.gather(pump(reader, onwards[1]), pump(onwards[0], writer))

    server = await asyncio.start_server(serve, "127.0.0.1", httpx.URL(here).port)
    yield
    server.close()


async def test_a_forged_book_changes_nothing(cluster: Cluster, tmp_path: Path) -> None:
    async with towns(cluster, "altdorf", "bergheim") as (altdorf, bergheim):
        there = await bergheim.node.sign_in()
        here = await altdorf.node.sign_in()
        before = await kept(bergheim)
        book = (await here.get("/api/partners/addresses")).json()
        evil = "http://127.0.0.9:8000"
        stranger = NodeKeys(tmp_path)

        def with_entry(**fields: object) -> dict[str, Any]:
            said = {name: value for name, value in book.items() if name != "signature"}
            return {**said, "entries": [{**book["entries"][0], **fields}]}

        changed = {**with_entry(addresses=[evil]), "signature": book["signature"]}
        by_stranger = signed(stranger.current, with_entry(addresses=[evil]), TYPE)
        named = signed(stranger.current, {**with_entry(addresses=[evil]), "kid": stranger.current.kid}, TYPE)
        nobody = signed(stranger.current, {**with_entry(addresses=[evil]), "origin": "fremd"}, TYPE)
        as_document = signed(altdorf.keys.current, with_entry(addresses=[evil]))
        exercise = signed(altdorf.keys.current, {**with_entry(addresses=[evil]), "mode": "EXERCISE"}, TYPE)
        for forged in (changed, by_stranger, named, nobody, as_document, exercise, b"{}", b"\xff", b"[" * 9_000,
                       {**book, "entries": 501 * book["entries"]}):  # fmt: skip
            for path in ("/preview", ""):
                answer = await post(there, path, forged)
                assert answer.status_code == 422, (forged, answer.text)
            assert await kept(bergheim) == before

        # Rightly signed by a partner: it may say where others are, and nothing else.
        other_key = signed(altdorf.keys.current, with_entry(addresses=[evil], kid=stranger.current.kid), TYPE)
        other_seal = signed(altdorf.keys.current, with_entry(addresses=[evil], fingerprint=43 * "A"), TYPE)
        unknown = signed(altdorf.keys.current, with_entry(addresses=[evil], origin="fremd"), TYPE)
        for given, outcome in ((other_key, "OTHER_KEY"), (other_seal, "OTHER_KEY"), (unknown, "NO_PARTNER")):
            answer = await post(there, "", given)
            assert [entry["outcome"] for entry in answer.json()["entries"]] == [outcome], answer.text
            assert await kept(bergheim) == before
        shut = await post(there, "/preview", signed(
            altdorf.keys.current, with_entry(addresses=["http://10.9.9.9:8000", "https://169.254.169.254/"]), TYPE
        ))  # fmt: skip
        assert len(shut.json()["entries"][0]["closed"]) == 2
        member = await bergheim.node.sign_in("Jemand", admin=False)
        assert (await member.get("/api/partners/addresses")).status_code == 403
        for client in (here, there, member):
            await client.aclose()


async def test_somebody_else_at_the_usual_address_gets_nothing_and_the_right_one_is_found(cluster: Cluster) -> None:
    async with towns(cluster, "altdorf", "bergheim", "kreis") as (altdorf, bergheim, kreis):
        async with bergheim.database.transaction("test") as tx:
            await tx.connection.execute(
                text("UPDATE peer SET url = :url, addresses = cast(:more AS jsonb) WHERE origin = 'altdorf'"),
                {"url": kreis.url, "more": msgspec.json.encode([altdorf.url]).decode()},
            )
        await share(bergheim, altdorf)
        await put(bergheim, thing("bergheim", "b", "Boot"))
        await until_held(altdorf, bergheim, {"bergheim/feature/b": "Boot"}, within=30)
        async with kreis.database.reading() as connection:
            found = (await connection.execute(text("SELECT count(*) FROM fact WHERE origin = 'bergheim'"))).scalar()
        assert found == 0
