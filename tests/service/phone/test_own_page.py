"""One's own page: every form changes what it says, and nothing of anybody else."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from alerting.model.plan import Verification
from alerting.store.people import HelperKind, Skill, add_skills
from tests.service.conftest import Node
from tests.service.phone.called import called, own_link, text_in
from tests.service.roster.crew import Crew

NUMBER = "+491701234567"


class Mine:
    """Somebody with his link."""

    def __init__(self, crew: Crew, helper: str, token: str) -> None:
        self.crew, self.helper, self.token = crew, helper, token
        self.client = crew.node.client

    async def page(self) -> httpx.Response:
        return await self.client.get(f"/me/{self.token}")

    async def change(self, do: str, **fields: Any) -> httpx.Response:
        return await self.client.post(f"/me/{self.token}", data={"do": do, **fields})

    async def rows(self, table: str = "helper_channel") -> list[Any]:
        column = "id" if table == "helper" else "helper"
        async with self.crew.node.database.reading() as connection:
            asked = text(f"SELECT * FROM {table} WHERE {column} = :helper")
            found = list(await connection.execute(asked, {"helper": self.helper}))
        return sorted(found, key=lambda row: getattr(row, "position", 0))


@pytest.fixture
async def mine(brigade: Crew) -> Mine:
    helper = await brigade.add("Mira Meurer", "TF", channels=(("SMS", NUMBER), ("EMAIL", "mira@example.org")))
    return Mine(brigade, helper, await own_link(brigade, helper))


async def test_it_shows_what_we_hold_and_no_whole_number(mine: Mine) -> None:
    answer = await mine.page()
    said = text_in(answer)
    assert "Mira Meurer" in said
    assert "Truppführer" in said
    assert "+49 … 567" in said
    assert NUMBER not in answer.text
    assert "mira@example.org" not in answer.text


async def test_availability_is_kept_and_counts_at_once(mine: Mine) -> None:
    answer = await mine.change("available", ready="NOT_AVAILABLE")
    assert "Gespeichert" in text_in(answer)
    assert "Im Moment: nicht verfügbar" in text_in(answer)
    assert (await mine.rows("helper"))[0].available is False
    until = (datetime.now(UTC) + timedelta(days=2)).strftime("%Y-%m-%dT%H:%M")
    await mine.change("available", ready="READY_WITHIN", minutes="45", not_before=until, quiet_from="22:00",
                      quiet_until="06:00")  # fmt: skip
    row = (await mine.rows("helper"))[0]
    assert row.availability["usual"] == {"ready": "READY_WITHIN", "minutes": 45}
    assert row.availability["quiet"] == {"begins": "22:00", "ends": "06:00"}
    assert row.available is False
    assert row.available_next is not None


async def test_weekly_times_are_added_and_taken_out(mine: Mine) -> None:
    await mine.change("add_window", day=["1", "3"], begins="08:00", ends="16:00", ready="NOT_AVAILABLE")
    answer = await mine.change("add_window", day="6", begins="22:00", ends="06:00", ready="READY")
    assert "Mo Mi 08:00–16:00: nicht verfügbar" in text_in(answer)
    await mine.change("drop_window", number="0")
    weekly = (await mine.rows("helper"))[0].availability["weekly"]
    assert [window["days"] for window in weekly] == [[6]]


@pytest.mark.parametrize(
    ("do", "fields"),
    [
        ("available", {"ready": "MAYBE"}),
        ("available", {"ready": "READY_WITHIN"}),
        ("available", {"ready": "READY", "quiet_from": "25:00", "quiet_until": "06:00"}),
        ("available", {"ready": "READY", "not_before": "tomorrow"}),
        ("add_window", {"day": "9", "begins": "08:00", "ends": "09:00", "ready": "READY"}),
        ("add_channel", {"kind": "SMS", "address": "nobody"}),
        ("add_channel", {"kind": "EMAIL", "address": "a@b"}),
        ("add_channel", {"kind": "EMAIL", "address": "a@b.de\r\nBcc: all@b.de"}),
        ("add_channel", {"kind": "WEBHOOK", "address": "http://127.0.0.1"}),
        ("declare", {"code": "EVERYTHING"}),
        ("about", {"language": "xx"}),
        ("home", {"home": "Atlantis"}),
        ("nothing", {}),
    ],
)
async def test_what_is_wrong_is_said_and_changes_nothing(mine: Mine, do: str, fields: dict[str, str]) -> None:
    before = (await mine.rows("helper"), await mine.rows(), await mine.rows("helper_skill"))
    answer = await mine.change(do, **fields)
    assert answer.status_code == 422
    assert "Nicht gespeichert." in text_in(answer)
    assert (await mine.rows("helper"), await mine.rows(), await mine.rows("helper_skill")) == before


async def test_ways_are_added_in_one_form_ordered_and_removed(mine: Mine) -> None:
    await mine.change("add_channel", kind="VOICE", address="0171 7654321")
    rows = await mine.rows()
    assert [row.kind for row in rows] == ["SMS", "EMAIL", "VOICE"]
    assert rows[2].digest == mine.crew.seal.digest("+491717654321")
    assert b"7654321" not in rows[2].sealed
    await mine.change("move_channel", channel=rows[2].id)
    await mine.change("drop_channel", channel=rows[0].id)
    assert [row.kind for row in await mine.rows()] == ["VOICE", "EMAIL"]


async def test_nobody_elses_way_can_be_removed(mine: Mine, brigade: Crew) -> None:
    other = Mine(brigade, await brigade.add("Otto Offermann", channels=(("SMS", "+491700000001"),)), "")
    theirs = (await other.rows())[0].id
    for do in ("drop_channel", "heard", "move_channel"):
        await mine.change(do, channel=theirs, heard="yes")
    row = (await other.rows())[0]
    assert (row.id, row.tested_at, row.position) == (theirs, None, 0)


async def test_skills_are_declared_but_what_others_vouch_for_stays(mine: Mine) -> None:
    async with mine.crew.node.database.transaction("test") as tx:
        vouched = Skill("AGT", verification=Verification.ORGANISATION_VOUCHES)
        await add_skills(tx.connection, mine.helper, [vouched])
    await mine.change("declare", code="GF", valid_until="2030-12-31")
    await mine.change("declare", code="AGT")
    await mine.change("drop_skill", code="AGT")
    await mine.change("drop_skill", code="TF")
    found = {row.code: row.verification for row in await mine.rows("helper_skill")}
    assert found == {"AGT": "ORGANISATION_VOUCHES", "GF": "SELF_DECLARED"}


async def test_language_and_consent_are_kept(mine: Mine) -> None:
    answer = await mine.change("about", language="en", languages="de, EN tr", equipment="Kettensäge, Boot")
    assert '<html lang="en"' in answer.text
    await mine.change("consent", share="on")
    row = (await mine.rows("helper"))[0]
    assert (row.language, row.languages, row.equipment) == ("en", ["de", "en", "tr"], ["Kettensäge", "Boot"])
    assert row.consent["share"]["given"] is True
    assert row.consent["contact"]["given"] is False


async def test_the_home_is_the_middle_of_a_municipality_and_no_more(mine: Mine) -> None:
    async with mine.crew.node.database.transaction("test") as tx:
        await tx.connection.execute(
            text("""
            INSERT INTO area (ars, ags, level, name, designation, geom, label) VALUES
            ('053620020020', '05362020', 'municipality', 'Erftstadt', 'Stadt',
             ST_Multi(ST_MakeEnvelope(6.7, 50.7, 6.9, 50.9, 4326)), ST_SetSRID(ST_MakePoint(6.77345, 50.80612), 4326))
            ON CONFLICT DO NOTHING""")
        )
    answer = await mine.change("home", home="erftstadt")
    assert 'value="Erftstadt"' in answer.text
    async with mine.crew.node.database.reading() as connection:
        asked = text("SELECT ST_AsText(home) FROM helper WHERE id = :id UNION SELECT ST_AsText(home) FROM helper_skill "
                     "WHERE helper = :id")  # fmt: skip
        assert list((await connection.execute(asked, {"id": mine.helper})).scalars()) == ["POINT(6.77 50.81)"]


async def test_the_light_says_why(mine: Mine) -> None:
    def colour(answer: httpx.Response) -> str:
        found = re.search(r'data-colour="(\w+)"', answer.text)
        assert found
        return found[1]

    # This node has a gateway for the console only.
    answer = await mine.page()
    assert colour(answer) == "bad"
    assert "Keiner Ihrer Wege geht" in text_in(answer)
    for row in await mine.rows():
        await mine.change("drop_channel", channel=row.id)
    answer = await mine.page()
    assert "Es ist keine Nummer und keine Adresse eingetragen" in text_in(answer)


async def test_a_test_that_cannot_go_out_is_said_and_kept(mine: Mine) -> None:
    answer = await mine.change("test")
    assert "ging nicht hinaus" in text_in(answer)
    assert [row.failures for row in await mine.rows()] == [1, 1]
    first = (await mine.rows())[0]
    await mine.change("heard", channel=first.id, heard="yes")
    row = (await mine.rows())[0]
    assert (row.failures, row.tested_at is not None) == (0, True)


async def test_a_test_that_arrives_is_confirmed_by_its_link_and_makes_the_light_green(
    brigade: Crew, capfd: pytest.CaptureFixture[str]
) -> None:
    helper = await brigade.add("Karl Klein")
    mine = Mine(brigade, helper, await own_link(brigade, helper))
    assert 'data-colour="warn"' in (await mine.page()).text
    answer = await mine.change("test")
    assert "Ist der Testalarm hier angekommen?" in text_in(answer)
    channel = (await mine.rows())[0]
    assert channel.tested_at is None
    # The link in the message asks, and by itself says nothing.
    followed = await mine.client.get(f"/me/{mine.token}?heard={channel.id}")
    assert "Ist der Testalarm hier angekommen?" in text_in(followed)
    assert (await mine.rows())[0].tested_at is None
    answer = await mine.change("heard", channel=channel.id, heard="yes")
    assert 'data-colour="good"' in answer.text
    assert "Ist der Testalarm" not in text_in(answer)
    written = "".join(capfd.readouterr())
    assert mine.token not in written


async def test_nobody_is_rung_all_night_by_tests(mine: Mine) -> None:
    statuses = [(await mine.change("test")).status_code for _ in range(5)]
    assert statuses[0] == 200
    assert statuses[-1] == 429
    assert "Drei Testalarme in einer Minute sind genug" in text_in(await mine.change("test"))


async def test_a_device_is_kept_once_and_its_new_name_takes_the_old_ones_place(mine: Mine) -> None:
    def device(number: int) -> dict[str, Any]:
        return {"endpoint": f"https://push.invalid/{number}", "keys": {"p256dh": "B" * 87, "auth": "a" * 22}}

    path = f"/me/{mine.token}/push"
    for _ in range(2):
        assert (await mine.client.post(path, json={"subscription": device(1)})).status_code == 204
    assert [row.kind for row in await mine.rows()] == ["PUSH", "SMS", "EMAIL"]
    again = {"subscription": device(2), "instead": device(1)}
    assert (await mine.client.post(path, json=again)).status_code == 204
    assert [row.kind for row in await mine.rows()] == ["PUSH", "SMS", "EMAIL"]
    for number in range(10, 20):
        await mine.client.post(path, json={"subscription": device(number)})
    assert [row.kind for row in await mine.rows()].count("PUSH") == 6
    for wrong in ({}, {"subscription": {"endpoint": "javascript:alert(1)", "keys": device(1)["keys"]}},
                  {"subscription": {**device(1), "endpoint": "x" * 5000}}):  # fmt: skip
        assert (await mine.client.post(path, json=wrong)).status_code == 422


async def test_it_can_be_put_on_the_home_screen(mine: Mine) -> None:
    manifest = (await mine.client.get(f"/me/{mine.token}/app.webmanifest")).json()
    assert manifest["start_url"] == f"/me/{mine.token}"
    assert manifest["display"] == "standalone"
    worker = await mine.client.get("/phone-worker.js")
    assert worker.headers["content-type"].startswith("text/javascript")
    assert worker.headers["cache-control"] == "no-cache"


async def test_all_that_is_held_is_handed_out(mine: Mine) -> None:
    answer = await mine.client.get(f"/me/{mine.token}/export")
    assert answer.headers["content-disposition"].startswith("attachment")
    held = answer.json()
    assert held["person"]["name"] == "Mira Meurer"
    assert [channel["address"] for channel in held["channels"]] == [NUMBER, "mira@example.org"]
    assert "sealed" not in answer.text


@pytest.mark.parametrize("kind", list(HelperKind))
async def test_erasing_asks_first_then_nothing_of_him_is_left(brigade: Crew, kind: HelperKind) -> None:
    helper = await brigade.add("Paula Pütz", "TF", channels=(("SMS", "+491700000009"),), kind=kind)
    alarm = await called(brigade, helper)
    mine = Mine(brigade, helper, await own_link(brigade, helper))
    assert "nicht rückgängig" in text_in(await mine.client.get(f"/me/{mine.token}/erase"))
    assert (await mine.client.post(f"/me/{mine.token}/erase", data={"do": "erase"})).status_code == 422
    assert (await mine.page()).status_code == 200
    answer = await mine.client.post(f"/me/{mine.token}/erase", data={"do": "erase", "sure": "yes"})
    assert "Ihre Daten sind gelöscht" in text_in(answer)
    assert await mine.rows() == []
    assert await mine.rows("helper_skill") == []
    assert [row.name for row in await mine.rows("helper")] in ([], [None])
    for path in (f"/me/{mine.token}", f"/a/{alarm.tokens[helper]}"):
        assert (await mine.client.get(path)).status_code == 404
    assert (await alarm.row(helper)).helper == helper


async def test_what_he_writes_about_himself_is_no_markup(brigade: Crew) -> None:
    evil = '"><script>alert(1)</script>'
    helper = await brigade.add(evil, channels=(("SMS", NUMBER),))
    mine = Mine(brigade, helper, await own_link(brigade, helper))
    answer = await mine.change("about", language="de", languages="de", equipment=evil)
    await mine.change("home", home=evil)
    assert "<script>alert" not in answer.text
    assert "&lt;script&gt;alert(1)" in answer.text
    assert "<script>alert" not in (await mine.page()).text


async def test_his_own_link_opens_no_alarm_and_an_alarm_s_link_not_his_page(brigade: Crew) -> None:
    helper = await brigade.add("Quirin Quast")
    alarm, own = await called(brigade, helper), await own_link(brigade, helper)
    node: Node = brigade.node
    assert (await node.client.get(f"/a/{own}")).status_code == 404
    assert (await node.client.get(f"/me/{alarm.tokens[helper]}")).status_code == 404
