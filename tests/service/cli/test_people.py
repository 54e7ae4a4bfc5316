from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest

from alerting.store import erasing, people
from alerting.store.people import NewHelper
from alerting.store.sealing import Seal
from geodata.store.database import Database
from service.cli import main


def test_a_new_key_is_put_in_front_and_people_are_wrapped_with_it(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LAGEBILD_DATA_DIR", str(tmp_path))
    seal = Seal(tmp_path)

    async def added() -> str:
        database = Database(database_url)
        async with database.transaction("test") as tx:
            new = NewHelper("Ada", "public", private={"note": "x"})
            id = await people.add(tx.connection, seal, new, now=datetime.now(UTC))
        await database.close()
        return id

    async def opened(id: str) -> object:
        database = Database(database_url)
        async with database.reading() as connection:
            found = await erasing.everything(connection, Seal(tmp_path), id)
        await database.close()
        return found["person"]["private"]

    id = asyncio.run(added())
    with pytest.raises(SystemExit) as ended:
        main(["people", "rotate-key", "--database-url", database_url])
    assert ended.value.code in (0, None)
    told = capsys.readouterr()
    assert "1 people have their keys under the new key" in told.out + told.err
    assert len(seal.file.read_bytes().split()) == 2
    assert asyncio.run(opened(id)) == {"note": "x"}
