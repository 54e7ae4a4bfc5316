"""A journal that somebody has tampered with by SQL is found, and the first wrong entry is named."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from geodata.model.journal import EntryKind, chained, entry_body
from geodata.model.staff import Function
from service.journal import store
from service.journal.rules import Said
from service.journal.signing import NodeKey
from service.journal.store import Journal
from service.journal.verifying import Verdict, Verifier
from service.journal.writing import Writer
from tests.service.journal.conftest import INCIDENT, ROOM, STAFF, Desk, entries

TEN = range(1, 11)
ENTRIES = 10_000 if os.environ.get("LAGEBILD_PROVE") else 2_000


async def ten(desk: Desk) -> Any:
    """A journal of ten entries, the fifth of which is a closing."""
    s2 = await desk.sit("Anna", "S2")
    for number in TEN:
        if number == 5:
            answer = await s2.post(f"/api/journals/{STAFF}/close", json={"note": "Schichtwechsel"})
        else:
            answer = await s2.post(entries(), json={"kind": "NOTE", "text": f"Nr. {number}"})
        assert answer.status_code == 201, answer.text
    return s2


async def verdict(desk: Desk) -> Verdict:
    return await Verifier(desk.database, "local", NodeKey(desk.data_dir).known()).verify(STAFF)


async def test_an_untouched_journal_is_right_for_the_node_and_for_its_readers(desk: Desk) -> None:
    s2 = await ten(desk)
    found = await verdict(desk)
    assert (found.right, found.entries, found.closings) == (True, 10, 1), found
    over_http = (await s2.get(f"/api/journals/{STAFF}/verify")).json()
    assert over_http["right"] and over_http["head"] == found.head


@pytest.mark.parametrize(
    ("statements", "number", "reason"),
    [
        (["UPDATE journal_entry SET text = 'anders' WHERE number = 4"], 4, "changed after it was written"),
        (["UPDATE journal_entry SET author = 'x' WHERE number = 1"], 1, "changed after it was written"),
        (
            ["UPDATE journal_entry SET event_time = event_time - interval '1 microsecond' WHERE number = 7"],
            7,
            "was changed",
        ),
        (["UPDATE journal_entry SET room = 'public' WHERE number = 7"], 7, "was changed"),
        (["UPDATE journal_entry SET refs = '{local/site/x}' WHERE number = 2"], 2, "was changed"),
        (["DELETE FROM journal_entry WHERE number = 6"], 6, "is missing"),
        (["DELETE FROM journal_entry WHERE number = 1"], 1, "is missing"),
        (["DELETE FROM journal_entry WHERE number > 8"], 9, "is missing"),
        (
            ["DELETE FROM journal_entry WHERE number > 8", "DELETE FROM change WHERE (body ->> 'number')\\:\\:int > 8"],
            9,
            "shown in the picture",
        ),
        (
            [
                "UPDATE journal_entry SET number = 99 WHERE number = 3",
                "UPDATE journal_entry SET number = 3 WHERE number = 4",
                "UPDATE journal_entry SET number = 4 WHERE number = 99",
            ],
            3,
            "was changed",
        ),
        (["UPDATE journal_entry SET signature = NULL, key = NULL WHERE number = 5"], 5, "signature does not fit"),
        (
            ["UPDATE journal_entry SET signature = decode(repeat('00', 64), 'hex') WHERE number = 5"],
            5,
            "signature does not fit",
        ),
        (["UPDATE journal_entry SET previous = hash WHERE number = 8"], 8, "another entry before it"),
        (["UPDATE fact SET body = jsonb_set(body, '{text}', '\"x\"') WHERE id = 'staff-a.9'"], 9, "otherwise"),
        (["UPDATE fact SET room = 'public' WHERE id = 'staff-a.9'"], 9, "otherwise"),
        (["DELETE FROM fact WHERE id = 'staff-a.2'"], 2, "not shown"),
    ],
)
async def test_tampering_is_found_and_named(desk: Desk, statements: list[str], number: int, reason: str) -> None:
    s2 = await ten(desk)
    await desk.tamper(*statements)
    found = await verdict(desk)
    assert found.number == number and reason in (found.reason or ""), found
    over_http = (await s2.get(f"/api/journals/{STAFF}/verify")).json()
    assert over_http["right"] is False and over_http["number"] == number


async def rewrite(desk: Desk, start: int, *, cover: bool) -> None:
    """Rewrite everything from `start` on so that all hashes fit again; with `cover` the picture and the log as well."""
    page = await store.page(desk.database, None, STAFF, 0, 100)
    previous = page[start - 2].hash
    statements = []
    for stored in page[start - 1 :]:
        forged = replace(stored.entry, text=f"{stored.entry.text} (gefälscht)")
        hash = chained(previous, forged)
        statements.append(
            f"UPDATE journal_entry SET text = '{forged.text}', previous = '\\x{previous.hex()}', "
            f"hash = '\\x{hash.hex()}' WHERE number = {forged.number}"
        )
        if cover:
            body = f'body || \'{{"text": "{forged.text}", "hash": "{entry_body(forged, hash)["hash"]}"}}\''
            for table in ("fact", "change"):
                statements.append(f"UPDATE {table} SET body = {body} WHERE ref = 'local/entry/{STAFF}.{forged.number}'")
        previous = hash
    await desk.tamper(*(statement.replace(":", "\\:") for statement in statements))


async def test_a_tail_rewritten_with_fitting_hashes_is_betrayed_by_picture_and_log(desk: Desk) -> None:
    await ten(desk)
    await rewrite(desk, 7, cover=False)
    found = await verdict(desk)
    assert found.number == 7 and "log of changes" in (found.reason or "")
    await desk.sql("DELETE FROM change")
    found = await verdict(desk)
    assert found.number == 7 and "picture" in (found.reason or "")


async def test_a_rewritten_tail_with_everything_covered_is_betrayed_by_the_signature(desk: Desk) -> None:
    await ten(desk)
    await rewrite(desk, 3, cover=True)
    found = await verdict(desk)
    assert found.number == 5 and "signature" in (found.reason or ""), found


async def test_a_closing_signed_with_a_key_of_somebody_else_is_named(desk: Desk, tmp_path: Any) -> None:
    await ten(desk)
    stranger = NodeKey(tmp_path / "elsewhere")
    hash = (await desk.sql("SELECT hash FROM journal_entry WHERE number = 5"))[0][0]
    signature, key = stranger.sign(bytes(hash))
    await desk.tamper(
        f"UPDATE journal_entry SET signature = '\\x{signature.hex()}', key = '\\x{key.hex()}' WHERE number = 5"
    )
    found = await verdict(desk)
    assert found.number == 5 and key.hex() in (found.reason or "")


@pytest.mark.proof
async def test_a_long_journal_is_verified_in_seconds(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    journal = Journal(STAFF, "Einsatzleitung Süd", INCIDENT, ROOM)
    writer, now = Writer("local", NodeKey(desk.data_dir)), datetime.now(UTC)
    for _ in range(ENTRIES // 500):
        async with desk.database.transaction("person:p") as tx:
            for number in range(500):
                said = Said(EntryKind.NOTE, f"Pegel {number} cm, Tendenz steigend", now, ("local/site/x",), None)
                await writer.write(tx, journal, said, author="p", function=Function.S2, now=now)
    began = time.perf_counter()
    found = await verdict(desk)
    took = time.perf_counter() - began
    with capsys.disabled():
        print(f"\nverify of {ENTRIES:,} entries: {took:.2f} s")
    assert found.right and found.entries == ENTRIES, found
    assert took < 60
