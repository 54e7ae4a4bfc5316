"""A convoy announced in one shell and read in another."""

from __future__ import annotations

import asyncio
import os
import sys

import pytest

from geodata.store.cluster import Cluster
from tests.service.federation.marches.convoy import Convoy, convoy
from tests.service.federation.towns import Town


async def shell(town: Town, *words: str, given: str = "", expect: int = 0) -> str:
    settings = {
        "LAGEBILD_DATABASE_URL": town.database.url, "LAGEBILD_DATA_DIR": str(town.keys.file.parent.parent),
        "LAGEBILD_ORIGIN": town.origin, "LAGEBILD_TITLE": town.origin.title(),
    }  # fmt: skip
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "service", "federation", "march", *words, env={**os.environ, **settings},
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, error = await process.communicate(given.encode())
    assert process.returncode == expect, error.decode()
    return out.decode() if expect == 0 else error.decode()


@pytest.mark.asyncio
async def test_from_one_shell_to_the_other(cluster: Cluster) -> None:
    async with convoy(cluster, boats=1) as made:
        await walk(made)


async def walk(made: Convoy) -> None:
    lender, borrower = made.near.lender.node, made.near.asking
    asked = ("--inquiry", made.near.answer(made.inquiry), "--leader", "Florian 1", "--most-signs", "700")
    pieces = (await shell(lender, "write", "altdorf", *asked)).split()
    assert len(pieces) > 1
    assert "missing" in await shell(borrower, "read", "-", given=pieces[0], expect=1)
    told = (await shell(borrower, "read", "-", given="\n".join(reversed(pieces)))).split("\t")
    assert told[:2] == ["NEW", "march"] and told[4].strip() == "1"
    await made.arrives(made.boats[0])
    march = told[2].split("/")[2]
    await made.answered(march, arrived=1)
    back = await shell(borrower, "file", "bergheim", march)
    assert (await shell(lender, "read", "-", given=back)).startswith("NEW\tmarch_receipt")
    assert "no such thing" in await shell(lender, "file", "altdorf", "nicht-da", expect=1)
