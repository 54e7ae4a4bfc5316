"""`lagebild journal verify` names journal, entry and reason, and ends with 1 if one is wrong."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from geodata.model.journal import EntryKind
from geodata.model.staff import Function
from geodata.store.database import Database
from service.cli import main
from service.journal.rules import Said
from service.journal.signing import NodeKey
from service.journal.store import Journal
from service.journal.writing import Writer
from tests.service.journal.conftest import found

NOW = datetime(2026, 11, 21, 18, 47, tzinfo=UTC)


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(["journal", *arguments])
    return int(ended.value.code or 0)


@pytest.fixture
def journals(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Two journals of three entries, the last of each a closing."""
    monkeypatch.setenv("LAGEBILD_DATA_DIR", str(tmp_path))

    async def fill() -> None:
        database = Database(database_url)
        writer = Writer("local", NodeKey(tmp_path))
        for staff in ("staff-a", "staff-b"):
            await found(database, staff, f"s-{staff}")
            journal = Journal(staff, "EL Süd", "incident-a", f"s-{staff}")
            for kind in (EntryKind.NOTE, EntryKind.ORDER, EntryKind.CLOSING):
                async with database.transaction("person:p") as tx:
                    said = Said(kind, "Deich hält", NOW, (), None)
                    await writer.write(tx, journal, said, author="p", function=Function.S2, now=NOW)
        await database.close()

    asyncio.run(fill())
    return database_url


def sql(url: str, *statements: str) -> None:
    async def run() -> None:
        database = Database(url)
        async with database.reading() as connection:
            for statement in statements:
                await connection.execute(text(statement))
        await database.close()

    asyncio.run(run())


def test_right_journals_are_listed_with_their_heads(journals: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("verify", "--database-url", journals) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [("staff-a" in line, "right, 3 entries, 1 closings, head " in line) for line in lines] == [
        (True, True), (False, True),
    ]  # fmt: skip


def test_a_tampered_journal_is_named_with_its_entry(journals: str, capsys: pytest.CaptureFixture[str]) -> None:
    sql(
        journals,
        "ALTER TABLE journal_entry DISABLE TRIGGER USER",
        "UPDATE journal_entry SET text = 'Deich bricht' WHERE staff = 'staff-b' AND number = 2",
        "ALTER TABLE journal_entry ENABLE TRIGGER USER",
    )
    assert run("verify", "--database-url", journals) == 1
    lines = capsys.readouterr().out.splitlines()
    assert "right, 3 entries" in lines[0]
    assert "(staff-b): WRONG, entry 2 was changed after it was written" in lines[1]
    assert run("verify", "--staff", "staff-a", "--database-url", journals) == 0
    assert run("verify", "--staff", "staff-b", "--database-url", journals) == 1


def test_a_node_without_the_key_says_so(
    journals: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LAGEBILD_DATA_DIR", str(tmp_path / "elsewhere"))
    assert run("verify", "--staff", "staff-a", "--database-url", journals) == 1
    assert "entry 3 is a closing signed with a key that is not known here" in capsys.readouterr().out


def test_an_unknown_staff_and_an_empty_node_are_said(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LAGEBILD_DATA_DIR", str(tmp_path))
    assert run("verify", "--database-url", database_url) == 0
    assert "no journal yet" in capsys.readouterr().out
    assert run("verify", "--staff", "nobody", "--database-url", database_url) == 1
    assert "there is no staff nobody" in capsys.readouterr().err
