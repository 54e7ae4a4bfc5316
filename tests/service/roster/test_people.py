from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import text

from tests.service.conftest import Node
from tests.service.roster.crew import Crew, crew, told

NUMBER = "0151 23456789"
E164 = "+4915123456789"


async def add(ours: Crew, name: str, **given: Any) -> str:
    fields = {"name": name, **given.pop("fields", {})}
    made = await ours.client.post("/api/helpers", json={"roster": ours.organisation, "fields": fields, **given})
    return str(told(made)["id"])


async def one(ours: Crew, id: str) -> dict[str, Any]:
    return dict(told(await ours.client.get(f"/api/helpers/{id}")))


async def rows(node: Node, statement: str, **given: Any) -> list[Any]:
    async with node.database.reading() as connection:
        return list((await connection.execute(text(statement), given)).all())


async def test_somebody_is_added_with_skills_and_numbers_in_one_form_and_read_again(node: Node) -> None:
    ours = await crew(node)
    id = await add(
        ours, "Ada Muster",
        fields={
            "external_id": "007", "units": ["LZ 1", "TEL"], "functions": ["Leiterin"], "home": [7.12345, 51.98765],
            "private": {"emergency_contact": "Bo Muster", "fit_until": "2027-05-01"},
            "consent": {"photo": {"basis": "CONSENT", "given_at": "2026-01-02T10:00:00Z"}},
        },
        skills=[{"code": "AGT", "verification": "ORGANISATION_VOUCHES", "valid_until": "2027-05-01"}],
        channels=[{"kind": "SMS", "value": NUMBER}, {"kind": "EMAIL", "value": "ada@example.org"}],
    )  # fmt: skip
    found = await one(ours, id)
    assert [(c["kind"], c["value"]) for c in found["channels"]] == [("SMS", E164), ("EMAIL", "ada@example.org")]
    assert found["home"] == [7.12, 51.99]
    assert found["private"] == {"emergency_contact": "Bo Muster", "fit_until": "2027-05-01"}
    assert found["legal_basis"] == "BHKG_46"
    assert found["consent"]["photo"]["basis"] == "CONSENT"
    (skill,) = found["skills"]
    assert (skill["verification"], skill["valid_until"]) == ("ORGANISATION_VOUCHES", "2027-05-01")
    me = (await ours.client.get("/api/session")).json()["person"]
    assert skill["verified_by"] == me


async def test_the_list_is_searched_by_name_skill_unit_and_place_and_is_paged(node: Node) -> None:
    ours = await crew(node)
    await add(ours, "Ada", fields={"home": [7.0, 51.0], "units": ["LZ 1"]}, skills=[{"code": "ZF"}])
    await add(ours, "Bo", fields={"home": [7.5, 51.0]}, skills=[{"code": "GF"}])
    await add(ours, "100% Cid_", fields={"functions": ["Wehrführer"]})

    async def names(**query: Any) -> list[str]:
        found = told(await ours.client.get("/api/helpers", params={"roster": ours.organisation, **query}))
        return [person["name"] for person in found["people"]]

    assert await names() == ["100% Cid_", "Ada", "Bo"]
    assert await names(q="ad") == ["Ada"]
    assert await names(q="100%") == ["100% Cid_"]
    assert await names(q="_") == ["100% Cid_"]
    assert await names(skill="GF") == ["Ada", "Bo"]
    assert await names(unit="LZ 1") == ["Ada"]
    assert await names(function="Wehrführer") == ["100% Cid_"]
    assert await names(near="7.6,51.0") == ["Bo", "Ada", "100% Cid_"]
    assert await names(limit=1, offset=1) == ["Ada"]
    assert (await ours.client.get("/api/helpers?near=north")).json()["field"] == "near"


async def test_people_are_found_by_what_a_plan_names_them_with_and_only_where_their_roster_is_kept(node: Node) -> None:
    ours, theirs = await crew(node), await crew(node, "THW")
    ada = await add(ours, "Ada", fields={"external_id": "007"})
    bo = await add(ours, "Bo", fields={"external_id": "008"})
    eve = await add(theirs, "Eve", fields={"external_id": "009"})

    async def found(**query: Any) -> list[tuple[str, str | None]]:
        people = told(await ours.client.get("/api/helpers", params=query))["people"]
        return [(person["id"], person.get("name")) for person in people]

    assert await found(roster=ours.organisation, ids=f"{ada}, 008,nobody") == [(ada, "Ada"), (bo, "Bo")]
    assert await found(roster=ours.organisation, ids=f"{eve},009") == []
    assert await found(ids="009,007") == [(ada, "Ada")]
    assert await found(roster=ours.organisation, ids="") == []
    assert (await ours.client.delete(f"/api/helpers/{ada}")).status_code == 204
    assert await found(roster=ours.organisation, ids=f"{ada},007") == []


async def test_who_only_sees_the_room_sees_skills_but_no_names_channels_or_homes(node: Node) -> None:
    ours, theirs = await crew(node, "Alpha"), await crew(node, "Bravo")
    id = await add(
        ours, "Ada Geheim", fields={"home": [7, 51], "external_id": "A1"},
        channels=[{"kind": "SMS", "value": NUMBER}], skills=[{"code": "AGT", "restrictions": "nie"}],
    )  # fmt: skip
    assert (await theirs.client.get(f"/api/helpers/{id}")).status_code == 404
    assert told(await theirs.client.get("/api/helpers"))["total"] == 0
    admin = await node.sign_in("Verwaltung", admin=True)
    told(
        await admin.put(
            f"/api/rooms/{ours.room}/members/organisation/{theirs.organisation}",
            json={"can_write": False, "can_share": False},
        )
    )
    listed = await theirs.client.get("/api/helpers")
    assert told(listed)["total"] == 1
    assert listed.json()["people"][0]["skills"] == [{"code": "AGT", "level": None}]
    for secret in ("Ada", E164, "A1", "51", "nie", "SMS"):
        assert secret not in listed.text.replace(id, "").replace(ours.room, "").replace(ours.organisation, "")
    assert told(await theirs.client.get("/api/helpers?q=Ada"))["total"] == 0
    assert (await theirs.client.get(f"/api/helpers/{id}")).status_code == 403
    assert (await theirs.client.get(f"/api/rosters/{ours.organisation}/reach")).status_code == 403


async def test_an_edit_on_an_old_version_changes_nothing(node: Node) -> None:
    ours = await crew(node)
    id = await add(ours, "Ada")
    first = await ours.client.patch(f"/api/helpers/{id}", json={"base": 1, "fields": {"state": "PAUSED"}})
    assert told(first) == {"id": id, "version": 2}
    second = await ours.client.patch(f"/api/helpers/{id}", json={"base": 1, "fields": {"name": "Eva"}})
    assert (second.status_code, second.json()["field"]) == (422, "base")
    found = await one(ours, id)
    assert (found["name"], found["state"], found["version"]) == ("Ada", "PAUSED", 2)


async def test_saying_when_he_can_come_changes_who_is_free_at_once(node: Node) -> None:
    ours = await crew(node)
    id = await add(ours, "Ada", skills=[{"code": "AGT"}])
    away = {"usual": {"ready": "NOT_AVAILABLE"}}
    told(await ours.client.patch(f"/api/helpers/{id}", json={"base": 1, "fields": {"availability": away}}))
    (row,) = await rows(node, "SELECT h.available, s.available FROM helper h JOIN helper_skill s ON s.helper = h.id")
    assert tuple(row) == (False, False)
    assert (await one(ours, id))["ready"] == {"ready": "NOT_AVAILABLE"}


async def test_channels_are_put_in_order_kept_and_taken_out(node: Node) -> None:
    ours = await crew(node)
    given = [{"kind": "SMS", "value": NUMBER}, {"kind": "VOICE", "value": NUMBER}]
    id = await add(ours, "Ada", channels=given)
    sms, voice = (channel["id"] for channel in (await one(ours, id))["channels"])
    order = [{"id": voice}, {"kind": "EMAIL", "value": "ada@example.org"}]
    told(await ours.client.put(f"/api/helpers/{id}/channels", json={"channels": order}))
    found = (await one(ours, id))["channels"]
    assert [channel["kind"] for channel in found] == ["VOICE", "EMAIL"]
    gone = await ours.client.put(f"/api/helpers/{id}/channels", json={"channels": [{"id": sms}]})
    assert gone.status_code == 422
    assert len((await one(ours, id))["channels"]) == 2


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"fields": {}}, "name"),
    ({"fields": {"name": "x" * 121}}, "fields.name"),
    ({"fields": {"name": "a", "home": [7, 99]}}, "fields.home[1]"),
    ({"fields": {"name": "a"}, "skills": [{"code": "NOPE"}]}, "skills[0]"),
    ({"fields": {"name": "a"}, "skills": [{"code": "AGT", "valid_until": "x"}]}, "skills[0].valid_until"),
    ({"fields": {"name": "a"}, "channels": [{"kind": "SMS", "value": "12 three"}]}, "channels"),
    ({"fields": {"name": "a"}, "channels": [{"kind": "EMAIL", "value": "a b@c"}]}, "channels"),
    ({"fields": {"name": "a"}, "channels": [{"kind": "PUSH", "value": "{}"}]}, "channels"),
    ({"fields": {"name": "a", "availability": {"usual": {"ready": "READY_WITHIN"}}}}, "fields.availability.usual"),
]


async def test_what_is_wrong_is_refused_by_its_field_and_not_repeated(node: Node) -> None:
    ours = await crew(node)
    for given, field in WRONG:
        answer = await ours.client.post("/api/helpers", json={"roster": ours.organisation, **given})
        assert (answer.status_code, answer.json()["field"]) == (422, field), answer.text
        assert "12 three" not in answer.text
    assert await rows(node, "SELECT 1 FROM helper") == []


async def test_a_link_opens_the_own_page_and_is_signed(node: Node) -> None:
    ours = await crew(node)
    made = told(await ours.client.post(f"/api/helpers/{await add(ours, 'Ada')}/link"))
    page = await node.client.get("/me/" + made["url"].rpartition("/me/")[2])
    assert (page.status_code, "Ada" in page.text) == (200, True)


async def test_everything_held_of_somebody_is_handed_out(node: Node) -> None:
    ours = await crew(node)
    id = await add(ours, "Ada", channels=[{"kind": "SMS", "value": NUMBER}], skills=[{"code": "AGT"}],
                   fields={"private": {"note": "mag Kaffee"}, "equipment": ["Kettensäge"]})  # fmt: skip
    told(await ours.client.post(f"/api/helpers/{id}/link"))
    await alarmed(node, ours, id)
    answer = await ours.client.get(f"/api/helpers/{id}/export")
    found = json.loads(answer.content)
    assert answer.headers["cache-control"] == "no-store"
    assert found["person"]["name"] == "Ada"
    assert found["person"]["private"] == {"note": "mag Kaffee"}
    assert [channel["address"] for channel in found["channels"]] == [E164]
    assert [skill["code"] for skill in found["skills"]] == ["AGT"]
    assert [link["purpose"] for link in found["links"]] == ["SELF"]
    assert [alarm["code"] for alarm in found["alarms"]] == ["AB2C"]
    assert "helper.link" in {reading["action"] for reading in found["readings"]}
    columns = await rows(node, "SELECT column_name FROM information_schema.columns WHERE table_name = 'helper'")
    assert {row[0] for row in columns} - {"key", "sealed", "home"} <= set(found["person"])


async def alarmed(node: Node, ours: Crew, helper: str) -> None:
    given = {"room": ours.room, "helper": helper, "now": datetime.now(UTC)}
    async with node.database.transaction("test") as tx:
        await tx.connection.execute(
            text("""INSERT INTO alarm (id, room, mode, state, code, plan, said, rooms, started_at, started_by, ended_at)
                    VALUES ('al-1', :room, 'TEST', 'CLOSED', 'AB2C', '{}', '{}', ARRAY[:room], :now, 'test', :now)"""),
            given,
        )
        await tx.connection.execute(
            text("""INSERT INTO alarm_recipient (alarm, helper, step, state) VALUES ('al-1', :helper, 0, 'SILENT')"""),
            given,
        )


async def test_who_is_erased_leaves_a_number_and_the_journal_still_verifies(node: Node) -> None:
    ours = await crew(node)
    id = await add(ours, "Ada Vergessen", channels=[{"kind": "SMS", "value": NUMBER}], skills=[{"code": "AGT"}],
                   fields={"private": {"note": "x"}, "units": ["LZ 1"], "home": [7, 51]})  # fmt: skip
    told(await ours.client.post(f"/api/helpers/{id}/link"))
    await alarmed(node, ours, id)
    entry = {"kind": "SITUATION", "text": "Helferin eingetroffen"}
    told(await ours.client.post(f"/api/journals/{ours.staff}/entries", json=entry))
    before = await rows(node, "SELECT seq, ref, body FROM change ORDER BY seq")
    assert (await ours.client.delete(f"/api/helpers/{id}")).status_code == 204
    (row,) = await rows(node, "SELECT state, name, key, sealed, home, units FROM helper WHERE id = :id", id=id)
    assert tuple(row) == ("ERASED", None, None, None, None, [])
    for table in ("helper_skill", "helper_channel", "helper_link"):
        assert await rows(node, f"SELECT 1 FROM {table} WHERE helper = :id", id=id) == []
    assert len(await rows(node, "SELECT 1 FROM alarm_recipient WHERE helper = :id", id=id)) == 1
    assert await rows(node, "SELECT seq, ref, body FROM change ORDER BY seq") == before
    proof = told(await ours.client.get(f"/api/journals/{ours.staff}/verify"))
    assert (proof["right"], proof["entries"]) == (True, 1)
    assert (await ours.client.get(f"/api/helpers/{id}")).status_code == 404
    assert (await ours.client.delete(f"/api/helpers/{id}")).status_code == 404


async def test_numbers_are_in_no_fact_no_log_and_no_audit(node: Node, capfd: pytest.CaptureFixture[str]) -> None:
    ours = await crew(node)
    id = await add(ours, "Ada Geheim", channels=[{"kind": "SMS", "value": NUMBER}])
    bad = {"channels": [{"kind": "SMS", "value": "0049 no"}]}
    assert (await ours.client.put(f"/api/helpers/{id}/channels", json=bad)).status_code == 422
    told(await ours.client.get(f"/api/helpers/{id}"))
    told(await ours.client.get("/api/helpers"))
    for table in ("fact", "change", "audit", "helper", "helper_channel"):
        whole = " ".join(str(row) for row in await rows(node, f"SELECT {table}::text FROM {table}"))
        for secret in (E164, "15123456789", "0049 no"):
            assert secret not in whole, table
    for table in ("fact", "change", "audit"):
        assert "Geheim" not in " ".join(str(row) for row in await rows(node, f"SELECT {table}::text FROM {table}"))
    told_to_log = capfd.readouterr()
    assert "15123456789" not in told_to_log.out + told_to_log.err


async def test_each_reading_of_somebody_is_noted(node: Node) -> None:
    ours = await crew(node)
    id = await add(ours, "Ada")
    await one(ours, id)
    told(await ours.client.get(f"/api/helpers/{id}/export"))
    noted = await rows(node, "SELECT action FROM audit WHERE subject = :subject ORDER BY id", subject=f"helper:{id}")
    assert [row.action for row in noted] == ["helper.add", "helper.read", "helper.export"]
