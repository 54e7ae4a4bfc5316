"""Writing into a journal over HTTP, by people who hold functions."""

from __future__ import annotations

import asyncio
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.exc import DBAPIError

from geodata.store.picture import snapshot
from tests.service.journal.conftest import ROOM, STAFF, Desk, entries, found


async def test_an_entry_gets_a_number_its_function_and_a_place_in_the_live_picture(desk: Desk) -> None:
    s2 = await desk.sit("Anna", "S2")
    answer = await s2.post(entries(), json={"kind": "SITUATION", "text": "Deich bei km 12 feucht"})
    assert answer.status_code == 201, answer.text
    entry = answer.json()
    assert (entry["number"], entry["function"], entry["author"]) == (1, "S2", await desk.person("Anna"))
    assert entry["event_time"] <= entry["recorded_at"]
    picture = (await s2.get("/api/picture?kinds=entry")).json()["facts"]
    assert [fact["room"] for fact in picture] == [ROOM]
    body = picture[0]["body"]
    assert body == {key: entry[key] for key in body}
    assert "Anna" not in str(picture), "names stay where they can be erased"


async def test_twenty_writers_at_once_get_unique_numbers_without_gaps(desk: Desk) -> None:
    clients = [await desk.sit(f"Schreiber {n}", "S2") for n in range(20)]

    async def write(client: Any, name: int) -> list[int]:
        numbers = []
        for n in range(5):
            answer = await client.post(entries(), json={"kind": "NOTE", "text": f"{name}/{n}"})
            assert answer.status_code == 201, answer.text
            numbers.append(answer.json()["number"])
        return numbers

    written = await asyncio.gather(*(write(client, name) for name, client in enumerate(clients)))
    assert sorted(number for numbers in written for number in numbers) == list(range(1, 101))
    assert all(numbers == sorted(numbers) for numbers in written)
    verdict = (await clients[0].get(f"/api/journals/{STAFF}/verify")).json()
    assert verdict["right"] and verdict["entries"] == 100, verdict


async def test_only_who_holds_a_function_there_writes_and_only_who_sees_the_room_reads(desk: Desk) -> None:
    await found(desk.database, "staff-b", "s-b")
    other = await desk.sit("Nachbar", "S2", "staff-b")
    observer = await desk.sit("Gast", "OBSERVER")
    s1 = await desk.sit("Personal", "S1")
    note = {"kind": "NOTE", "text": "x"}
    assert (await s1.post(entries(), json=note)).status_code == 201
    assert (await desk.node.client.post(entries(), json=note)).status_code == 401
    assert (await desk.node.client.get(entries())).status_code == 401
    assert (await other.post(entries(), json=note)).status_code == 404
    for address in (entries(), *(f"/api/journals/{STAFF}/{end}" for end in ("verify", "export.csv", "export.pdf"))):
        assert (await other.get(address)).status_code == 404, address
    assert (await observer.post(entries(), json=note)).status_code == 403
    assert len((await observer.get(entries())).json()["entries"]) == 1
    assert (await s1.post(f"/api/journals/{STAFF}/close", json={"note": "Ende"})).status_code == 403
    refused = await s1.post(entries(), json={**note, "function": "S3"})
    assert refused.status_code == 403 and "S1" in refused.json()["detail"]


async def test_the_database_itself_keeps_others_out(desk: Desk) -> None:
    s2 = await desk.sit("Anna", "S2")
    await s2.post(entries(), json={"kind": "NOTE", "text": "geheim"})
    async with desk.database.reading(["public"]) as connection:
        assert (await connection.exec_driver_sql("SELECT count(*) FROM journal_entry")).scalar() == 0
    with pytest.raises(Exception, match="write into this room"):
        async with desk.database.transaction("person:x", see=[ROOM], write=[]) as tx:
            await tx.connection.exec_driver_sql(
                "INSERT INTO journal_entry (staff, number, incident, room, event_time, recorded_at, author, function, "
                "kind, text, refs, previous, hash) SELECT staff, 2, incident, room, event_time, recorded_at, author, "
                "function, kind, text, refs, previous, hash FROM journal_entry"
            )


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE journal_entry SET text = 'anders'", "DELETE FROM journal_entry", "TRUNCATE journal_entry",
        "TRUNCATE staff CASCADE",
    ],
)  # fmt: skip
async def test_not_even_the_owner_changes_or_removes_an_entry(desk: Desk, statement: str) -> None:
    s2 = await desk.sit("Anna", "S2")
    await s2.post(entries(), json={"kind": "NOTE", "text": "bleibt"})
    with pytest.raises(Exception) as refused:  # noqa: PT011  # the store's own errors have no common message
        await desk.sql(statement)
    assert "refused" in str(refused.value.__cause__ or refused.value), DBAPIError
    assert (await desk.sql("SELECT text FROM journal_entry"))[0][0] == "bleibt"


async def test_a_correction_is_a_new_entry_that_points_to_the_old(desk: Desk) -> None:
    s2 = await desk.sit("Anna", "S2")
    for text in ("50 Betroffene", "Straße frei"):
        await s2.post(entries(), json={"kind": "SITUATION", "text": text})
    answer = await s2.post(entries(), json={"kind": "CORRECTION", "text": "15 Betroffene", "corrects": 1})
    assert answer.status_code == 201
    listed = (await s2.get(entries())).json()["entries"]
    assert [(e["number"], e["corrects"], e["corrected_by"], e["text"]) for e in listed] == [
        (3, 1, [], "15 Betroffene"), (2, None, [], "Straße frei"), (1, None, [3], "50 Betroffene"),
    ]  # fmt: skip


IMPOSSIBLE: list[tuple[dict[str, Any], str]] = [
    ({"text": "  \n "}, "text"),
    ({"text": "a\x00b"}, "text"),
    ({"text": "a\x1bb"}, "text"),
    ({"text": "rechts\u202elinks"}, "text"),
    ({"text": "x" * 10_001}, "text"),
    ({"kind": "CLOSING"}, "kind"),
    ({"kind": "ANGER"}, "kind"),
    ({"corrects": 1}, "corrects"),
    ({"kind": "CORRECTION"}, "corrects"),
    ({"kind": "CORRECTION", "corrects": 77}, "corrects"),
    ({"refs": ["no reference"]}, "refs"),
    ({"refs": ["local/site/a@-1"]}, "refs"),
    ({"refs": ["local/site/a"] * 51}, "refs"),
    ({"event_time": "2026-11-21T12:00:00"}, "event_time"),
    ({"event_time": "2999-01-01T00:00:00Z"}, "event_time"),
    ({"number": 5}, "body"),
]


async def test_what_cannot_be_an_entry_is_refused_by_name(desk: Desk) -> None:
    s2 = await desk.sit("Anna", "S2")
    for wrong, field in IMPOSSIBLE:
        answer = await s2.post(entries(), json={"kind": "NOTE", "text": "gut", **wrong})
        assert (answer.status_code, answer.json()["field"]) == (422, field), (wrong, answer.text)
    assert (await desk.sql("SELECT count(*) FROM journal_entry"))[0][0] == 0


async def test_bodies_that_are_no_json_and_bodies_too_large_are_refused(desk: Desk) -> None:
    s2 = await desk.sit("Anna", "S2")
    for raw in (b"", b"{", b'{"kind":"NOTE","text":"\xff"}', b'{"kind":"NOTE","text":"\\ud800"}', b"[" * 100_000):
        assert (await s2.post(entries(), content=raw)).status_code == 422, raw[:40]
    assert (await s2.post(entries(), content=b" " * 10_000_000)).status_code == 413


async def test_sent_twice_with_one_key_it_is_written_once_also_after_a_new_sign_in(desk: Desk) -> None:
    s2 = await desk.sit("Anna", "S2")
    key, note = str(uuid.uuid4()), {"kind": "NOTE", "text": "einmal"}
    first = await s2.post(entries(), json=note, headers={"Idempotency-Key": key})
    again = await desk.sign_in(await desk.person("Anna"))
    second = await again.post(entries(), json=note, headers={"Idempotency-Key": key})
    assert first.json() == second.json() and second.headers["Idempotent-Replayed"] == "true"
    other = await again.post(entries(), json={**note, "text": "anderes"}, headers={"Idempotency-Key": key})
    assert other.status_code == 409
    assert (await desk.sql("SELECT count(*) FROM journal_entry"))[0][0] == 1


async def test_the_picture_holds_the_newest_three_hundred_and_the_list_holds_all(desk: Desk) -> None:
    s2 = await desk.sit("Anna", "S2")
    for number in range(1, 304):
        await s2.post(entries(), json={"kind": "NOTE", "text": f"Nr. {number}"})
    _, facts = await snapshot(desk.database, ["public", ROOM], kinds=["entry"])
    assert len(facts) == 300
    assert not any(b'"number": 3,' in fact for fact in facts)
    page = (await s2.get(entries(), params={"limit": 200})).json()
    older = (await s2.get(entries(), params={"limit": 200, "before": page["entries"][-1]["number"]})).json()
    assert page["more"] and not older["more"]
    assert [e["number"] for e in page["entries"] + older["entries"]] == list(range(303, 0, -1))
    verdict = (await s2.get(f"/api/journals/{STAFF}/verify")).json()
    assert verdict["right"], verdict


async def test_words_parts_numbers_and_filters_find_entries(desk: Desk) -> None:
    s2, s3 = await desk.sit("Anna", "S2"), await desk.sit("Bert", "S3")
    now = datetime.now(UTC)
    site = "local/site/0190"
    for client, entry in (
        (s2, {"kind": "SITUATION", "text": "Häuser am Deichweg überflutet", "refs": [f"{site}@17"]}),
        (s3, {"kind": "ORDER", "text": "Zug 2 zum Deichweg", "event_time": (now - timedelta(hours=2)).isoformat()}),
        (s2, {"kind": "MESSAGE_IN", "text": "Polizei: Brücke gesperrt"}),
    ):
        assert (await client.post(entries(), json=entry)).status_code == 201

    async def numbers(**asked: Any) -> list[int]:
        answer = await s2.get(entries(), params=asked)
        assert answer.status_code == 200, answer.text
        return [entry["number"] for entry in answer.json()["entries"]]

    assert await numbers(q="Haus") == [1], "inflected forms"
    assert await numbers(q="deich") == [2, 1], "beginnings"
    assert await numbers(q="#3") == [3]
    assert await numbers(q="Brücken") == [3]
    assert await numbers(q="Hochwasser") == []
    assert await numbers(q="' & | ! <-> :* \\ \"") == []
    assert await numbers(kind=["ORDER", "MESSAGE_IN"]) == [3, 2]
    assert await numbers(author=await desk.person("Bert")) == [2]
    assert await numbers(ref=site) == [1]
    assert await numbers(ref="local/site/01") == []
    assert await numbers(start=(now - timedelta(hours=1)).isoformat()) == [3, 1]
    assert await numbers(end=(now - timedelta(hours=1)).isoformat()) == [2]
