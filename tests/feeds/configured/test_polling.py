"""Configured sources over real HTTP: pages, indexes, keys, and what happens when the source fails."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from feeds.configured.source import made
from feeds.contract import FeedError, Garbled
from feeds.fetching import Client
from feeds.source import Source
from tests.feeds.configured.blocks import CASES, CSV, GEOJSON, NOW, OGC, alert, block, collection, feature, index
from tests.feeds.conftest import HandClock, Kept, Reply, Server


def clock() -> HandClock:
    hand = HandClock()
    hand.shown = NOW
    return hand


async def test_pages_are_followed_to_their_end(server: Server, client: Client) -> None:
    first = [{"rel": "next", "href": f"{server.url}/items2?offset=1"}]
    server.says("/items", collection(feature("a"), links=first, numberMatched=3, numberReturned=1))
    server.says("/items2", collection(feature("b"), links=[{"rel": "next", "href": "items3"}]))
    server.says("/items3", collection(feature("c"), numberMatched=3, numberReturned=1))
    batch = await made("q", block(OGC))(f"{server.url}/items?lang=de").poll(client.visit(), NOW)
    assert [f.key for f in batch.features] == ["q.a", "q.b", "q.c"] and batch.all_features
    assert server.asked[0][0].startswith("/items?lang=de&limit=1000&f=json&bbox=5.8,50.3,9.5,52.6")


@pytest.mark.parametrize("href", ["https://anders.example/items", "http://127.0.0.1:1/items", "file:///etc/passwd"])
async def test_pages_elsewhere_are_not_followed_and_nothing_ends(server: Server, client: Client, href: str) -> None:
    server.says("/items", collection(feature("a"), links=[{"rel": "next", "href": href}]))
    batch = await made("q", block(OGC))(f"{server.url}/items").poll(client.visit(), NOW)
    assert len(batch.features) == 1 and not batch.all_features
    assert batch.dropped[0].reason == "lies on another host" and len(server.asked) == 1


async def test_pages_in_a_circle_come_to_an_end(server: Server, client: Client) -> None:
    server.says("/items", collection(feature("a"), links=[{"rel": "next", "href": "/items"}]))
    batch = await made("q", block(OGC))(f"{server.url}/items").poll(client.visit(), NOW)
    assert len(server.asked) < 5 and not batch.all_features and batch.unknown


async def test_an_index_of_alerts_is_read_once_and_what_leaves_it_is_over(server: Server, client: Client) -> None:
    source = made("q", block(CASES["cap"].text))(f"{server.url}/index.atom")
    server.says("/a.xml", alert("a"))
    server.says("/b.xml", alert("b"))
    server.says("/c.xml", alert("c", kind="Update", references="a"))
    server.says("/index.atom", index("/a.xml", "b.xml"), index("/a.xml", "/b.xml", "/c.xml"), index("/c.xml"))
    first = await source.poll(client.visit(), NOW)
    assert {w.key for w in first.warnings} == {"q.a", "q.b"} and first.complete
    second = await source.poll(client.visit(), NOW)
    assert {w.key for w in second.warnings} == {"q.b", "q.c"} and second.warnings[-1].references == ("q.a",)
    assert server.times("/a.xml") == 1
    assert {w.key for w in (await source.poll(client.visit(), NOW)).warnings} == {"q.c"}


async def test_an_alert_that_cannot_be_read_or_lies_elsewhere_keeps_all_others_in_force(
    server: Server, client: Client
) -> None:
    source = made("q", block(CASES["cap"].text))(f"{server.url}/index.atom")
    server.says("/a.xml", alert("a"))
    server.says("/b.xml", b"<alert>")
    server.says("/index.atom", index("/a.xml", "/b.xml", "https://anders.example/c.xml"))
    batch = await source.poll(client.visit(), NOW)
    assert [w.key for w in batch.warnings] == ["q.a"] and not batch.complete
    assert sorted(d.reason.split(":")[0] for d in batch.dropped) == ["CAP", "links to another place"]
    server.says("/index.atom", index("/b.xml", updated="2026-10-03T11:30:00Z"))
    with pytest.raises(Garbled, match="none of 1 alerts"):
        await source.poll(client.visit(), NOW)


async def test_the_key_is_sent_and_never_told(server: Server) -> None:
    class Kept_:
        def __init__(self) -> None:
            self.urls: list[str] = []

        def keep(self, feed: str, answer: Any) -> None:
            self.urls.append(f"{feed} {answer.url}")

    keeper = Kept_()
    client = Client(keeper=keeper)
    text = CSV.replace("[fields]", 'headers = {X-Api-Key = "{key}"}\nparams = {Token = "{key}"}\n[fields]')
    source = made("q", block(text))(f"{server.url}/{{key}}/heute.csv")
    path = "/geheim&1/heute.csv"
    server.says(path, CASES["csv"].answer, Reply(302, headers={"Location": "https://x.example/?k=geheim%261"}))
    runner = Source(source, client, Kept(), clock(), limit=5)
    await runner.look()
    assert runner.health.error is None and server.asked[0][1]["X-Api-Key"] == "geheim&1"
    assert "Token=geheim%261" in server.asked[0][0]
    assert keeper.urls == [f"q {server.url}/…/heute.csv?Token=…"]
    await runner.look()
    assert runner.health.error is not None and "geheim" not in runner.health.error
    await client.aclose()


FAULTS: dict[str, Reply] = {
    "403": Reply(403),
    "404": Reply(404),
    "429": Reply(429, headers={"Retry-After": "5"}),
    "500": Reply(500),
    "empty": Reply(),
    "html": Reply(body=b"<html><body>Wartung</body></html>"),
    "truncated": Reply(body=b'{"type": "FeatureCollection", "features": [{"type"'),
    "cut": Reply(body=b"x" * 5000, cut=100),
    "timeout": Reply(stall=3.0),
    "zipbomb": Reply(body=b"\x1f\x8b\x08nothing", headers={"Content-Encoding": "gzip"}),
}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("kind", CASES)
async def test_a_source_that_fails_is_told_ends_nothing_and_comes_back(server: Server, kind: str, fault: str) -> None:
    client, sink = Client(deadline=1.0 if fault == "timeout" else 10.0), Kept()
    case = CASES[kind]
    server.says("/d", case.answer, FAULTS[fault], case.answer)
    runner = Source(made("q", block(case.text))(f"{server.url}/d"), client, sink, clock(), limit=5)
    await runner.look()
    assert runner.health.error is None and sink.batches[-1][1].items
    await runner.look()
    assert runner.health.error is not None and len(sink.batches) == 1, sink.batches[-1]
    await runner.look()
    assert runner.health.error is None and len(sink.batches) == 2
    await client.aclose()


async def test_an_unchanged_answer_costs_nothing_and_yesterdays_time_is_told(server: Server, client: Client) -> None:
    hand, sink = clock(), Kept()
    text = GEOJSON.replace("[fields]", 'newest_within = "2 h"\n[fields]')
    server.says("/d", Reply(body=collection(feature("a")), headers={"ETag": '"1"'}))
    runner = Source(made("q", block(text))(f"{server.url}/d"), client, sink, hand, limit=5)
    await runner.look()
    await runner.look()
    assert [b.unchanged for _, b in sink.batches] == [False, True] and runner.health.error is None
    hand.shown = NOW + timedelta(hours=3)
    await runner.look()
    assert "nothing new" in (runner.health.error or "")


async def test_times_in_the_future_are_refused(server: Server, client: Client) -> None:
    sink = Kept()
    server.says("/d", collection(feature("a"), feature("b", at="2026-10-03T15:00:00Z")))
    runner = Source(made("q", block(GEOJSON))(f"{server.url}/d"), client, sink, clock(), limit=5)
    await runner.look()
    ((_, batch),) = sink.batches
    assert [f.key for f in batch.features] == ["q.a"] and batch.dropped[0].reason == "at lies in the future"


async def test_a_file_that_is_too_large_is_refused(server: Server, client: Client) -> None:
    text = GEOJSON.replace("[fields]", "max_bytes = 1000\n[fields]")
    server.says("/d", json.dumps({"type": "FeatureCollection", "x": "y" * 2000, "features": []}).encode())
    with pytest.raises(FeedError, match="more than 1000 bytes"):
        await made("q", block(text))(f"{server.url}/d").poll(client.visit(), NOW)
