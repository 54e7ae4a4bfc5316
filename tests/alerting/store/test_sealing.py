from __future__ import annotations

import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from alerting.model.plan import ChannelKind
from alerting.store import links, people
from alerting.store.people import Address, NewHelper, Skill
from alerting.store.sealing import Seal, Unreadable
from geodata.store.database import Database

NOW = datetime(2026, 11, 22, 19, 0, tzinfo=UTC)
NUMBER = "+491511234567"


@pytest.fixture
async def helper(database: Database, tmp_path: Path) -> str:
    async with database.transaction("t") as tx:
        await tx.connection.execute(text("INSERT INTO room (id, name) VALUES ('p-a', 'Personal')"))
        new = NewHelper(
            name="Ada", room="p-a", home=(7.1234, 51.2345), skills=(Skill("AGT"),), private={"note": NUMBER},
            addresses=(Address(ChannelKind.SMS, NUMBER),),
        )  # fmt: skip
        return await people.add(tx.connection, Seal(tmp_path), new, now=NOW)


def test_the_keys_are_readable_by_us_only_and_the_same_next_time(tmp_path: Path) -> None:
    seal = Seal(tmp_path)
    sealed = seal.new()
    assert stat.S_IMODE(seal.file.stat().st_mode) == 0o600
    assert Seal(tmp_path).own(sealed.wrapped).open(sealed.seal([1])) == [1]


def test_after_a_rotation_old_things_open_and_numbers_are_still_found(tmp_path: Path) -> None:
    seal = Seal(tmp_path)
    own = seal.new()
    sealed, digest, token = own.seal("x"), seal.digest(" +49 "), links.token_of(seal, b"12345678")
    seal.rotate()
    assert seal.own(own.wrapped).open(sealed) == "x"
    assert seal.own(seal.again(own.wrapped)).open(sealed) == "x"
    assert (seal.digest("+49"), links.signed(Seal(tmp_path), token)) == (digest, b"12345678")


def test_without_the_nodes_key_nothing_opens(tmp_path: Path) -> None:
    own = Seal(tmp_path / "a").new()
    with pytest.raises(Unreadable):
        Seal(tmp_path / "b").own(own.wrapped)


async def test_no_number_stands_in_the_database_in_the_clear(database: Database, helper: str) -> None:
    async with database.reading() as connection:
        for table in ("helper", "helper_channel", "helper_skill"):
            rows = (await connection.execute(text(f"SELECT to_jsonb(t)::text FROM {table} t"))).scalars().all()
            assert rows and not any(NUMBER in row or NUMBER.encode().hex() in row for row in rows)


async def test_a_home_is_kept_to_about_a_kilometre(database: Database, helper: str) -> None:
    async with database.reading() as connection:
        homes = text("SELECT ST_AsText(home) FROM helper UNION SELECT ST_AsText(home) FROM helper_skill")
        assert list((await connection.execute(homes)).scalars()) == ["POINT(7.12 51.23)"]


async def test_a_link_is_for_one_person_until_it_expires_or_is_revoked(
    database: Database, helper: str, tmp_path: Path
) -> None:
    seal = Seal(tmp_path)
    async with database.transaction("t") as tx:
        made = links.Purpose.ALARM, "a1"
        id = await links.make(tx.connection, helper, made[0], alarm=made[1], now=NOW, expires=NOW + timedelta(days=1))
        token = links.token_of(seal, id)
        found = await links.find(tx.connection, seal, token, now=NOW)
        assert found is not None and (found.helper, found.purpose, found.alarm) == (helper, *made)
        assert await links.find(tx.connection, seal, token, now=NOW + timedelta(days=2)) is None
        assert await links.find(tx.connection, seal, token[:-1] + ("A" if token[-1] != "A" else "B"), now=NOW) is None
        await links.revoke(tx.connection, helper, now=NOW)
        assert await links.find(tx.connection, seal, token, now=NOW) is None


@pytest.mark.parametrize("token", ["", "A", "ä" * 27, "A" * 27, "A" * 28, "../../x", "A" * 10_000])
def test_what_we_did_not_sign_is_no_link(tmp_path: Path, token: str) -> None:
    assert links.signed(Seal(tmp_path), token) is None
