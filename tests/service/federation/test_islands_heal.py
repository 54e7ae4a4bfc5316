"""Three nodes in network namespaces: cut lines, wrong clocks, restarts, a restored backup, and then one picture again.

LAGEBILD_PROVE plays 10,000 changes on each side.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import text

from geodata.store.cluster import Cluster
from tests.service.federation.ground import Author, agree, held, in_order, introduce, relayed, until
from tests.service.federation.netns import Place, places

PROVE = bool(os.environ.get("LAGEBILD_PROVE"))
CHANGES = 10_000 if PROVE else 200
HEALED = 60.0
DAYS, HOUR = 3 * 86_400, 3_600
ORIGINS = ("altdorf", "bergheim", "kreis")


@asynccontextmanager
async def running(cluster: Cluster) -> AsyncIterator[list[Place]]:
    with places(cluster, ORIGINS) as made:
        await introduce(made)
        for place in made:
            place.start()
        for place in made:
            await place.ready()
        yield made


@pytest.mark.proof
@pytest.mark.alone
async def test_three_days_apart_and_one_restored_then_one_picture(cluster: Cluster) -> None:
    async with running(cluster) as (altdorf, bergheim, kreis):
        everyone = [altdorf, bergheim, kreis]
        authors = [Author(place, seed) for seed, place in enumerate(everyone, 1)]
        await asyncio.gather(*(author.write(CHANGES // 4) for author in authors))
        await until(lambda: agree(everyone), HEALED, "one picture before anything is cut")
        kreis.kill()
        saved = f"{kreis.name}_saved"
        cluster.create_database(saved, template=kreis.name)
        kreis.start()
        await kreis.ready()
        await authors[2].write(CHANGES // 4)
        await until(lambda: agree(everyone), HEALED, "one picture after the backup")

        for here, there in ((altdorf, bergheim), (altdorf, kreis), (bergheim, kreis)):
            here.cut(there)
        for place, away in zip(everyone, (DAYS + HOUR, DAYS - HOUR, DAYS), strict=True):
            place.kill()
            place.away = away
        cluster.drop_database(kreis.name)
        kreis.name = saved
        for place in everyone:
            place.start()
        restored = Author(kreis, 9)
        await asyncio.gather(authors[0].write(CHANGES), authors[1].write(CHANGES), restored.write(CHANGES))
        for place in everyone:
            await place.ready()
        assert not await agree(everyone)

        for here, there in ((altdorf, bergheim), (altdorf, kreis), (bergheim, kreis)):
            here.heal(there)
        took = await until(lambda: agree(everyone), HEALED, "one picture after three days")
        print(f"healed {CHANGES} changes on each of three sides in {took:.1f} s")
        for place in everyone:
            for other in everyone:
                if other is not place:  # what the restored one itself took back, it took back everywhere
                    await in_order(place, other.origin, tag=9 if other is kreis else None)
        await until(lambda: _digests_agree(everyone), HEALED, "digests equal on all sides")
        cluster.drop_database(saved)


@pytest.mark.proof
@pytest.mark.alone
async def test_who_is_cut_from_one_only_hears_of_it_through_a_relay_that_reads_nothing(cluster: Cluster) -> None:
    async with running(cluster) as (altdorf, bergheim, kreis):
        await relayed(altdorf, kreis, bergheim)
        await relayed(kreis, altdorf, bergheim)
        altdorf.cut(kreis)
        authors = Author(altdorf, 1), Author(kreis, 2)
        for _ in range(3):
            await asyncio.gather(*(author.write(CHANGES // 8) for author in authors))
            await asyncio.sleep(1)
        await until(lambda: agree([altdorf, kreis]), HEALED, "both know all of each other through the relay")
        database = bergheim.database
        async with database.reading() as connection:
            rows = (await connection.execute(text("SELECT sealed, taken_at FROM relay_parcel"))).all()
        await database.close()
        assert rows, "something went through the relay"
        assert not any(b"Ding" in bytes(row.sealed) for row in rows)
        assert await held(bergheim, "altdorf") == await held(altdorf, "altdorf"), "its own line was not touched"
        altdorf.heal(kreis)
        await asyncio.gather(*(author.write(CHANGES // 8) for author in authors))
        await until(lambda: agree([altdorf, kreis]), HEALED, "the straight line goes on where the relay was")
        await in_order(altdorf, "kreis")
        await in_order(kreis, "altdorf")


async def _digests_agree(everyone: list[Place]) -> bool:
    for place in everyone:
        database = place.database
        async with database.reading() as connection:
            statement = text(
                "SELECT count(*) FILTER (WHERE agrees), count(*) FROM received_share WHERE state = 'CURRENT'"
            )
            agreeing, shares = (await connection.execute(statement)).one()
        await database.close()
        if agreeing != shares or shares < len(everyone) - 1:
            return False
    return True
