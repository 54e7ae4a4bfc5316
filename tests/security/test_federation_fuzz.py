"""Thousands of envelopes that were mutated, replayed, signed anew by somebody else, re-ordered, truncated or forged, at
a running node: none is accepted, none ends in an error of ours, and the picture is the same afterwards.

Several at once. After each batch streams and picture are compared; each answer by itself says whether it was
accepted. 380 here, 10,000 with LAGEBILD_PROVE=1; then the node starts anew and what was accepted is replayed.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from limits import RateLimitItemPerSecond

from geodata.store.cluster import Cluster
from service.federation.identity.keys import NodeKeys
from service.federation.peers import door as doors
from service.federation.peers.peer import PeerState
from tests.security.federated import Partner, acquainted
from tests.security.federated_stream import OWN, Stream, begun, picture
from tests.security.federation_attacks import Attack, Attacker, Bad
from tests.service.conftest import running
from tests.service.federation.receiving.neighbour import put, site
from tests.service.federation.towns import FAST, Town

ROUNDS = 10_000 if os.environ.get("LAGEBILD_PROVE") else 380
BATCH = 95
EPOCH = 1_000
"""Of the streams, so that there are older ones."""
AT_ONCE = 8
BAD_ITEMS = 8
"""Envelopes with wrong items after each batch."""


async def all_refused(stream: Stream, attacks: list[Attack], said: Counter[tuple[str, int]]) -> None:
    """Several at once. An acknowledgement says where the stream was before, and nothing else."""
    had = {"epoch": stream.epoch, "number": stream.number, "token": stream.token}
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(attack: Attack) -> None:
        async with gate:
            answer = await stream.send(attack.request)
        said[attack.way, answer.status_code] += 1
        assert answer.status_code in attack.may, (attack, answer.status_code, answer.text, attack.request.headers)
        if answer.status_code in (200, 409):
            ack = answer.json()
            assert {"epoch": 0, "number": 0, "token": "", **ack} | {"repair": []} == {**had, "repair": []}, attack

    await asyncio.gather(*map(one, attacks))


async def without_effect(stream: Stream, bad: Bad, turn: int, said: Counter[tuple[str, int]]) -> list[httpx.Request]:
    """Envelopes that are acknowledged, with items that are not; the requests, to be replayed."""
    sent = []
    for number in range(turn, turn + BAD_ITEMS):
        way, items = bad.items(number)
        request = bad.request(items)
        answer = await stream.send(request)
        said[way, answer.status_code] += 1
        assert answer.status_code == 200, (way, items, answer.text)
        assert answer.json()["number"] == stream.number + 1, (way, answer.text)
        stream.number, stream.token = stream.number + 1, answer.json()["token"]
        sent.append(request)
    return sent


@asynccontextmanager
async def node(cluster: Cluster, name: str, folder: Path, port: int = 0) -> AsyncIterator[Town]:
    """One that can be started again on what it had, where it was."""
    given = {"origin": OWN, "title": "Altdorf", "federation": FAST, "listen": port}
    async with running(cluster.url(name), data_dir=folder, **given) as made:
        yield Town(OWN, made, NodeKeys(folder))


@pytest.mark.proof
async def test_nothing_that_is_not_right_is_accepted(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(doors, "OFTEN", RateLimitItemPerSecond(100_000, namespace="fuzz"))
    name = f"fuzz_{os.getpid()}"
    cluster.create_database(name, template="template_lagebild")
    try:
        async with httpx.AsyncClient(timeout=60) as client:
            async with node(cluster, name, tmp_path / "own") as town:
                bergheim, cedern = await begun(town, client, tmp_path, epoch=EPOCH)
                revoked = await acquainted(town.database, "dorfen", tmp_path / "dorfen", state=PeerState.REVOKED)
                before, accepted = await bombarded(bergheim, cedern, revoked)
            async with node(cluster, name, tmp_path / "own", httpx.URL(town.url).port or 0) as town:
                bergheim.town = town
                for request in accepted:
                    answer = await bergheim.send(request)
                    assert (answer.status_code, answer.json()["type"]) == (401, "about:replayed"), answer.text
                assert await picture(town) == before
                right = await bergheim.say(put("s1", site("right", origin="bergheim"), seq=2**53))
                assert right.status_code == 200
                assert await picture(town) != before, "what is right is still accepted"
    finally:
        cluster.drop_database(name)


async def bombarded(bergheim: Stream, cedern: Stream, revoked: Partner) -> tuple[str, list[httpx.Request]]:
    """The picture, and some requests that were acknowledged."""
    attacker, bad = Attacker(bergheim, cedern, revoked, seed=7), Bad(bergheim, seed=7)
    assert (await bergheim.send(attacker.seen[0])).status_code == 200
    before, theirs = await picture(bergheim.town), await cedern.held()
    said: Counter[tuple[str, int]] = Counter()
    accepted = [attacker.seen[0]]
    started = time.monotonic()
    for first in range(0, ROUNDS, BATCH):
        attacks = [attacker.attack(turn) for turn in range(first, min(first + BATCH, ROUNDS))]
        held = await bergheim.held()
        assert held == (bergheim.epoch, bergheim.number, bergheim.token)
        await all_refused(bergheim, attacks, said)
        assert (await bergheim.held(), await cedern.held()) == (held, theirs), said
        attacker.seen = [*attacker.seen[-50:], *(a.request for a in attacks if a.way == "json_truncated")]
        accepted = [*accepted[-20:], *await without_effect(bergheim, bad, first, said)]
        assert await picture(bergheim.town) == before, [(a.way, a.request.content[:300]) for a in attacks]
    took = time.monotonic() - started
    assert {way for way, _ in said} == {way.__name__ for way in [*attacker.ways, *bad.ways]}
    print(f"{sum(said.values()):,} in {took:.0f} s: {sum(said.values()) / took:.0f}/s", sorted(said.items()))
    return before, accepted
