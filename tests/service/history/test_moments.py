"""Past moments over HTTP, in the time that the page shows."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from geodata.model.fact import PUBLIC, Fact, Provenance
from geodata.model.ref import Ref
from geodata.store import retention
from geodata.store.database import Database
from tests.service.conftest import Node, running

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


async def put(database: Database, kind: str, id: str, body: dict[str, Any], room: str = PUBLIC) -> None:
    now = datetime.now(UTC)
    async with database.transaction("person:1") as tx:
        tx.put(Fact(Ref("local", kind, id), room, Provenance("people", now, now), body))


async def drop(database: Database, kind: str, id: str) -> None:
    async with database.transaction("person:1") as tx:
        tx.drop(Ref("local", kind, id))


async def get(client: httpx.AsyncClient, path: str, **query: Any) -> dict[str, Any]:
    answer = await client.get(path, params=query)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def now_of(client: httpx.AsyncClient) -> str:
    return str((await get(client, "/api/picture"))["now"])


def bodies(picture: dict[str, Any]) -> dict[str, Any]:
    return {fact["ref"].split("/", 1)[1]: fact["body"] for fact in picture["facts"]}


async def test_the_picture_of_a_moment_has_the_shape_of_the_present_one(node: Node) -> None:
    await put(node.database, "site", "a", {"title": "Baum"})
    present = await get(node.client, "/api/picture")
    moment = await now_of(node.client)
    await put(node.database, "site", "a", {"title": "Baum geräumt"})
    await put(node.database, "site", "b", {"title": "Keller"})
    past = await get(node.client, "/api/picture", at=moment)
    assert past.keys() - present.keys() == {"at"}
    assert past["facts"] == present["facts"]
    assert past["cursor"] == present["cursor"]
    assert datetime.fromisoformat(past["at"]) == datetime.fromisoformat(moment)
    assert bodies(await get(node.client, "/api/picture", at=moment, kinds="zone")) == {}


async def test_the_future_is_the_present(node: Node) -> None:
    await put(node.database, "site", "a", {"title": "Baum"})
    ahead = await get(node.client, "/api/picture", at="9999-12-31T23:59:59-14:00")
    assert bodies(ahead) == {"site/a": {"title": "Baum"}}
    assert ahead["at"] <= ahead["now"]


async def test_who_may_not_see_a_room_now_does_not_see_it_in_the_past(node: Node) -> None:
    await put(node.database, "site", "a", {"title": "geheim"}, room="s-staff")
    moment = await now_of(node.client)
    await put(node.database, "site", "a", {"title": "öffentlich"})
    assert bodies(await get(node.client, "/api/picture", at=moment)) == {}
    told = (await get(node.client, "/api/history/changes", **{"from": LONG_AGO.isoformat()}))["changes"]
    assert [(c["what"], c["before"], c["after"]) for c in told] == [("new", None, {"title": "öffentlich"})]


async def test_a_moment_before_the_oldest_is_refused_with_the_way_out(node: Node) -> None:
    await put(node.database, "site", "a", {"title": "Baum"})
    await put(node.database, "site", "a", {"title": "Baum fort"})
    await retention.drop_changes(node.database, datetime.now(UTC))
    answer = await node.client.get("/api/picture", params={"at": LONG_AGO.isoformat()})
    assert answer.status_code == 410
    assert answer.json()["field"] == "at"
    assert "/api/history/bounds" in answer.json()["detail"]
    bounds = await get(node.client, "/api/history/bounds")
    assert bodies(await get(node.client, "/api/picture", at=bounds["oldest"])) == {"site/a": {"title": "Baum"}}


@pytest.mark.parametrize("query", ["at=yesterday", "at=2026-11-22T10:00:00", "at=0000-00-00T00:00:00Z", "at="])
async def test_a_moment_that_is_none_is_refused(node: Node, query: str) -> None:
    answer = await node.client.get(f"/api/picture?{query}")
    assert answer.status_code == 422
    assert "at" in answer.json()["field"]


@pytest.mark.parametrize(
    "query",
    [
        "",
        "from=x",
        "from=2020-01-01T00:00:00Z&below=0",
        "from=9999-01-01T00:00:00Z",
        "from=2020-01-01T00:00:00Z&kinds=%00",
    ],
)
async def test_a_span_that_is_none_is_refused(node: Node, query: str) -> None:
    assert (await node.client.get(f"/api/history/changes?{query}")).status_code == 422


async def test_the_extremes_of_the_calendar_are_answered(node: Node) -> None:
    await put(node.database, "site", "a", {"title": "Baum"})
    for extreme in ("0001-01-01T00:00:00+14:00", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"):
        await get(node.client, "/api/picture", at=extreme)
        if extreme < "2":
            await get(node.client, "/api/history/changes", **{"from": extreme, "to": "9999-12-31T23:59:59-14:00"})


async def test_what_is_new_changed_and_gone_since_a_moment(node: Node) -> None:
    await put(node.database, "site", "a", {"title": "Baum", "priority": "P3", "version": 1})
    await put(node.database, "site", "b", {"title": "Keller"})
    await put(node.database, "feed", "pegelonline", {"ok": 1})
    moment = await now_of(node.client)
    await put(node.database, "site", "a", {"title": "Baum", "priority": "P1", "affected": 3, "version": 2})
    await put(node.database, "site", "c", {"title": "Straße"})
    await put(node.database, "feed", "pegelonline", {"ok": 2})
    await put(node.database, "site", "d", {"title": "Irrtum"})
    await drop(node.database, "site", "d")
    await drop(node.database, "site", "b")
    answer = await get(node.client, "/api/history/changes", **{"from": moment, "kinds": "site"})
    told = {c["ref"].split("/")[2]: (c["what"], c["fields"]) for c in answer["changes"]}
    assert told == {
        "a": ("changed", ["affected", "priority"]),
        "b": ("gone", []),
        "c": ("new", []),
        "d": ("passing", []),
    }
    assert answer["changes"][0]["before"] == {"title": "Keller"}
    assert (answer["left_off"], answer["below"]) == (0, None)
    page = await get(node.client, "/api/history/changes", **{"from": moment, "kinds": "site", "limit": 3})
    assert page["left_off"] == 1
    rest = await get(node.client, "/api/history/changes", **{"from": moment, "kinds": "site", "below": page["below"]})
    assert [c["ref"] for c in page["changes"] + rest["changes"]] == [c["ref"] for c in answer["changes"]]
    earlier = await get(node.client, "/api/history/changes", **{"from": LONG_AGO.isoformat(), "to": moment})
    assert {c["what"] for c in earlier["changes"]} == {"new"}


async def test_shifts_briefings_closings_and_legal_levels_are_marked(node: Node) -> None:
    await put(node.database, "site", "a", {})
    now = datetime.now(UTC)
    at = (now + timedelta(milliseconds=50)).isoformat()
    levels = [{"level": "GROSSEINSATZLAGE", "since": at, "by": "p", "text": ""}]
    await put(node.database, "incident", "i", {"legal": levels})
    shift = {"person": "p", "assignment": "x", "deputy": False, "state": "ON_DUTY", "starts": at}
    planned = {**shift, "state": "PLANNED"}
    await put(node.database, "post", "s.S2", {"staff": "s", "function": "S2", "holders": [shift, planned]})
    for number, (kind, text) in enumerate(
        [("CLOSING", "Ende"), ("SITUATION", "Lagebesprechung: Deich hält"), ("SITUATION", "Deich hält")]
    ):
        await put(node.database, "entry", f"e{number}", {"kind": kind, "text": text, "event_time": at, "staff": "s"})
    await put(node.database, "entry", "hidden", {"kind": "CLOSING", "text": "", "event_time": at, "staff": "t"}, "s-t")
    await asyncio.sleep(0.1)
    bounds = await get(node.client, "/api/history/bounds")
    assert sorted(mark["kind"] for mark in bounds["marks"]) == ["briefing", "closing", "legal", "shift"]
    assert next(m for m in bounds["marks"] if m["kind"] == "shift")["person"] == "p"
    assert bounds["oldest"] < bounds["now"]


async def test_before_anything_was_written_there_is_no_oldest_moment(node: Node) -> None:
    bounds = await get(node.client, "/api/history/bounds")
    assert bounds["oldest"] is None
    assert bounds["marks"] == []


async def test_an_exercise_is_asked_in_the_time_that_it_shows(database_url: str) -> None:
    start = datetime(2021, 7, 14, 20, tzinfo=UTC)
    exercise = {"scenario": "calm", "start": start, "speed": 600}
    async with running(database_url, mode="EXERCISE", exercise=exercise) as node:
        await put(node.database, "site", "a", {"title": "zuerst"})
        moment = await now_of(node.client)
        assert moment.startswith("2021-07-1")
        await asyncio.sleep(0.1)
        await put(node.database, "site", "a", {"title": "danach"})
        staff = await node.sign_in()
        jumped = await staff.post("/api/exercise", json={"action": "jump", "to": "2021-07-16T08:00:00Z"})
        assert jumped.status_code == 200
        await put(node.database, "site", "a", {"title": "nach dem Sprung"})
        for at, title in (
            (moment, "zuerst"),
            ("2021-07-16T07:00:00Z", "danach"),
            (await now_of(staff), "nach dem Sprung"),
        ):
            past = await get(node.client, "/api/picture", at=at, kinds="site")
            assert bodies(past) == {"site/a": {"title": title}}, at
        bounds = await get(node.client, "/api/history/bounds")
        assert bounds["oldest"] < moment < bounds["now"]
        since = await get(node.client, "/api/history/changes", **{"from": moment, "kinds": "site"})
        assert since["changes"][0]["at"].startswith("2021-07-16")
        await staff.aclose()
