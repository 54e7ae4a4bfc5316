"""A dispatch system that is asked: it lies, falls silent and comes back."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from feeds.fetching import Client
from geodata.model.clock import WallClock
from geodata.store import feeds as feed_store
from geodata.store.database import Database
from service.dispatch.intake import Intake
from service.dispatch.polling import Asked, Polling
from service.dispatch_settings import DispatchSettings
from service.settings import BadSettings, load
from tests.service.conftest import Node
from tests.service.dispatch.reporting import CALL, ago, report
from tests.service.resources.fleet import Town, town


@dataclass
class System:
    """What it answers next, and what it was asked with."""

    url: str = ""
    status: str = "200 OK"
    headers: str = ""
    body: bytes = b"[]"
    asked: list[str] = field(default_factory=list)


@asynccontextmanager
async def system() -> AsyncIterator[System]:
    """A server of its own, with nothing between it and the socket."""
    here = System()

    async def answered(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        here.asked.append((await reader.readuntil(b"\r\n\r\n")).decode())
        head = f"HTTP/1.1 {here.status}\r\nContent-Length: {len(here.body)}\r\nConnection: close\r\n{here.headers}\r\n"
        writer.write(head.encode() + here.body)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answered, "127.0.0.1", 0)
    here.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/reports"
    async with server:
        yield here


def asking(database: Database, url: str, organisation: str) -> Asked:
    settings = DispatchSettings(url=url, organisation=organisation, every=timedelta(seconds=2), token="geheim")
    return Asked("leitstelle", settings, Intake(database, WallClock(), origin="local"), WallClock())


async def test_what_it_lists_reaches_the_picture_once_and_bad_ones_are_kept_aside(node: Node) -> None:
    here: Town = await town(node, "Feuerwehr Bergstadt")
    id = await here.add(CALL)
    client = Client()
    async with system() as there:
        asked = asking(node.database, there.url, here.organisation)
        given = [
            report("a", fms="3", longitude=7.1, latitude=51.2),
            report("b", fms="12"),
            report("c", callsign="X", fms=1),
        ]
        there.body = json.dumps(given).encode()
        assert await asked.look(client) == 2
        assert "Authorization: Bearer geheim" in there.asked[0] or "authorization: Bearer geheim" in there.asked[0]
        assert (await here.seen("resource"))[id]["status"]["code"] == "3"
        assert (asked.failures, asked.items, asked.dropped) == (0, 3, {"invalid": 1, "unknown": 1})
        aside = await feed_store.kept_aside(node.database, "dispatch_leitstelle")
        assert [(row["item"], row["reason"][:4]) for row in aside] == [("b", "fms:")]
        there.body = json.dumps([report("a", fms="6", at=ago(-1))]).encode()
        await asked.look(client)
        assert (await here.seen("resource"))[id]["status"]["code"] == "3"
    await client.aclose()


async def test_it_is_asked_less_often_while_it_fails_and_told_of_as_a_source(node: Node) -> None:
    here = await town(node, "Feuerwehr Bergstadt")
    client = Client()
    async with system() as there:
        asked = asking(node.database, there.url, here.organisation)
        for status, headers, body, wait in (
            ("500 Kaputt", "", b"", 2),
            ("429 Zu oft", "Retry-After: 60\r\n", b"", 60),
            ("200 OK", "", b"<html>", 8),
            ("200 OK", "", b"", 16),
            ("200 OK", "", b'{"reports": 7}', 32),
            ("302 Weg", "Location: http://192.0.2.1/x\r\n", b"", 64),
        ):
            there.status, there.headers, there.body = status, headers, body
            assert await asked.look(client) == wait, status
        assert asked.failures == 6
        await asked._tell()
        health = (await feed_store.bodies(node.database))["dispatch_leitstelle"]
        assert health["failures"] == 6
        assert "192.0.2.1" in health["error"]
        assert there.url not in json.dumps(health)
        there.status, there.headers, there.body = "200 OK", "", b"[]"
        assert await asked.look(client) == 2
        assert asked.error is None
    assert await asked.look(client) == 2  # nobody listens any more
    assert asked.failures == 1
    await client.aclose()


async def test_what_left_the_configuration_is_no_source_any_more(node: Node) -> None:
    here = await town(node, "Feuerwehr Bergstadt")
    async with system() as there:
        asked = asking(node.database, there.url, here.organisation)
        await asked._tell()
    assert "dispatch_leitstelle" in await feed_store.bodies(node.database)
    await Polling({}, Intake(node.database, WallClock(), origin="local"), WallClock()).run()
    assert "dispatch_leitstelle" not in await feed_store.bodies(node.database)


@pytest.mark.parametrize(
    "block",
    [
        {"url": "ftp://x", "organisation": "a"},
        {"url": "http://x"},
        {"url": "http://x", "organisation": "a", "every": 0},
    ],
)
def test_settings_that_cannot_be_are_named(block: dict[str, object]) -> None:
    with pytest.raises(BadSettings, match=r"dispatch\.leitstelle"):
        load(dispatch={"leitstelle": block})
