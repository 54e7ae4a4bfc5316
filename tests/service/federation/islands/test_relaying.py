"""What a relay carries arrives complete, whatever was lost on the way, and lies there once."""

from __future__ import annotations

import os
import random
from itertools import pairwise

import msgspec
import pytest
from sqlalchemy import text

from geodata.store.cluster import Cluster
from service.federation.islands.relaying import Fetch, Leave
from tests.service.federation.islands.huts import EVERY, Hut, by, huts

PROVE = bool(os.environ.get("LAGEBILD_PROVE"))
_LYING = text("SELECT count(*), coalesce(sum(length(sealed)), 0) FROM relay_parcel WHERE taken_at IS NULL")
_LOSE = text("DELETE FROM relay_parcel WHERE taken_at IS NULL RETURNING 1")
_LOSE_SOME = text("DELETE FROM relay_parcel WHERE taken_at IS NULL AND random() < :share")


async def lying(relay: Hut) -> tuple[int, int]:
    async with relay.database.reading() as connection:
        return tuple((await connection.execute(_LYING)).one())


async def lose(relay: Hut) -> int:
    async with relay.database.transaction("test") as tx:
        return len((await tx.connection.execute(_LOSE)).all())


async def looks(*each: Hut, times: int = 3) -> None:
    for _ in range(times):
        for hut in each:
            await hut.look()


async def test_parcels_are_given_out_in_the_order_in_which_they_were_left(cluster: Cluster) -> None:
    async with huts(cluster) as (_, _, relay):
        lines = [f"line-{number}" for number in range(40)]
        say = by(relay, "altdorf")
        await say("/relay", msgspec.json.encode(Leave("kreis", lines[:25])))
        await say("/relay", msgspec.json.encode(Leave("kreis", lines[25:])))
        given = await relay.relay.fetch(relay.peers["kreis"], Fetch())
        assert [one.line for one in given.parcels] == lines
        await say("/relay", msgspec.json.encode(Leave("kreis", ["instead"], anew=True)))
        given = await relay.relay.fetch(relay.peers["kreis"], Fetch())
        assert [one.line for one in given.parcels] == ["instead"]


async def test_it_goes_on_from_what_the_partner_has_and_not_from_what_was_left(cluster: Cluster) -> None:
    async with huts(cluster) as (altdorf, kreis, _):
        await altdorf.write(("a", 1))
        await altdorf.look()
        await altdorf.write(("b", 1))
        # The same number came there by another way, and leads to another place.
        await kreis.bundles.read(await altdorf.bundles.write(altdorf.peers["kreis"]))
        assert await kreis.held("altdorf") == {"a": "1", "b": "1"}
        await kreis.look()
        await altdorf.write(("c", 1))
        await looks(altdorf, kreis, times=2)
        assert await kreis.held("altdorf") == {"a": "1", "b": "1", "c": "1"}
        await altdorf.write(("d", 1))
        await looks(altdorf, kreis, times=1)
        assert "d" in await kreis.held("altdorf")


async def test_what_was_lost_is_left_again_soon_and_then_ever_more_seldom(cluster: Cluster) -> None:
    async with huts(cluster) as (altdorf, kreis, relay):
        await altdorf.write(("a", 1), ("b", 1))
        await altdorf.look()
        assert await lose(relay) > 0
        times = []
        for _ in range(int(3_600 / EVERY)):
            await altdorf.look()
            if await lose(relay):
                times.append(altdorf.now)
        pauses = [later - former for former, later in pairwise(times)]
        assert times[0] <= 7 * EVERY
        assert pauses == sorted(pauses) and pauses[0] <= 10 * EVERY and 600 <= pauses[-1] <= 600 + 2 * EVERY
        while not (await lying(relay))[0]:
            await altdorf.look()
        await kreis.look()
        assert len(await kreis.held("altdorf")) == 2
        await looks(altdorf, kreis, times=2)
        await altdorf.write(("c", 1))
        await altdorf.look()
        assert await lose(relay) > 0
        await looks(altdorf, kreis, times=7)
        assert "c" in await kreis.held("altdorf"), "the pause is short again as the partner went on"


async def test_what_is_not_fetched_lies_there_once(cluster: Cluster) -> None:
    async with huts(cluster) as (altdorf, kreis, relay):
        await altdorf.write(*((f"x{number}", 1) for number in range(150)))
        await altdorf.look()
        once = await lying(relay)
        for _ in range(60):
            await altdorf.look()
        altdorf.begin()
        await altdorf.look()
        again = await lying(relay)
        assert again[0] == once[0] and again[1] < once[1] * 1.1
        await kreis.look()
        assert len(await kreis.held("altdorf")) == 150


async def test_an_acknowledgement_that_was_lost_is_said_again(cluster: Cluster) -> None:
    async with huts(cluster) as (altdorf, kreis, relay):
        await altdorf.write(("a", 1))
        await looks(altdorf, kreis, times=6)
        assert (await lying(relay))[0] == 0
        await altdorf.write(("b", 1))
        await looks(altdorf, kreis, times=1)
        assert await lose(relay) > 0, "what kreis has to say of it"
        await looks(altdorf, kreis, times=60)
        assert (await lying(relay))[0] == 0, "and nothing is left again and again"
        async with altdorf.database.reading() as connection:
            known = (await connection.execute(text("SELECT number FROM peer_outgoing ORDER BY number DESC"))).scalar()
        assert known == (await kreis.has("altdorf"))[0] > 0


@pytest.mark.parametrize("seed", range(40) if PROVE else range(2))
async def test_whatever_is_lost_in_between_both_are_complete_in_the_end(cluster: Cluster, seed: int) -> None:
    dice = random.Random(seed)
    async with huts(cluster) as (altdorf, kreis, relay):
        both = (altdorf, kreis)
        versions: dict[tuple[str, str], int] = {}

        def faulty(hut: Hut) -> None:
            whole = by(relay, hut.origin)

            async def said(path: str, body: bytes) -> bytes | None:
                luck = dice.random()
                if luck < 0.15:
                    return None
                answer = await whole(path, body)
                return None if luck < 0.3 else answer

            hut.way = said

        for hut in both:
            faulty(hut)
        for _ in range(60):
            hut, other = dice.sample(both, 2)
            luck = dice.random()
            if luck < 0.45:
                key = (hut.origin, f"t{dice.randrange(30)}")
                versions[key] = versions.get(key, 0) + 1
                await hut.write((key[1], versions[key]))
            elif luck < 0.8:
                await hut.look()
            elif luck < 0.88:
                async with relay.database.transaction("test") as tx:
                    await tx.connection.execute(_LOSE_SOME, {"share": 0.5})
            elif luck < 0.95:
                await other.bundles.read((await hut.bundles.write(hut.peers[other.origin]))[: dice.randrange(4)])
            else:
                hut.begin()
        for hut in both:
            hut.way = by(relay, hut.origin)
        wanted = {hut.origin: await hut.held(hut.origin) for hut in both}
        for _ in range(40):
            if await kreis.held("altdorf") == wanted["altdorf"] and await altdorf.held("kreis") == wanted["kreis"]:
                break
            await looks(*both, times=1)
        assert await kreis.held("altdorf") == wanted["altdorf"]
        assert await altdorf.held("kreis") == wanted["kreis"]
