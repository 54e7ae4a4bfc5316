"""A step of an alarm chain that reaches a partner's people: asked once, decided there, counted here."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from geodata.model.alarm_request import AlarmRequest
from geodata.model.body import to_body
from geodata.model.fact import Confidence, Fact, Provenance
from geodata.model.incident import IncidentMode as M
from geodata.model.ref import Ref
from geodata.store.cluster import Cluster
from service.federation.procedures.alarms import rules, terms
from tests.service.federation.procedures.carried import bodies, carrying, until
from tests.service.federation.towns import Town, towns
from tests.service.roster.crew import Crew, crew, told


async def ask(ours: Crew, partner: str, *, total: int = 2, **more: Any) -> str:
    """An alarm that only asks the partner."""
    steps = [{"targets": [{"kind": "PARTNER", "organisation": partner}], "wait": 600}]
    fields = {"title": "Deichwache", "steps": steps, "quota": {"total": total}, **more}
    given = {"organisation": ours.organisation, "fields": fields, "mode": "TEST", "incident": ours.incident}
    return str(told(await ours.client.post("/api/alarms", json=given))["id"])


async def plan(theirs: Crew, *, active: bool = False, **more: Any) -> str:
    steps = [{"targets": [{"kind": "ORGANISATION", "organisation": theirs.organisation}]}]
    given = {"organisation": theirs.organisation, "fields": {"name": "Vollalarm", "steps": steps, **more}}
    made = told(await theirs.client.post("/api/alarm-plans", json=given))
    if active:
        told(await theirs.client.post(f"/api/alarm-plans/{made['id']}/approve", json={"version": 1}))
    return str(made["id"])


async def only(client: Any, kind: str) -> dict[str, Any]:
    async def there() -> Any:
        found = await bodies(client, kind)
        return found[0] if found else None

    return dict(await until(there))


async def test_accepted_by_a_human_its_people_fill_our_quota_and_our_all_clear_asks_theirs_to_end(
    cluster: Cluster,
) -> None:
    async with towns(cluster, "altdorf", "bergheim") as (altdorf, bergheim):
        ours, theirs = await crew(altdorf.node, "Altdorf"), await crew(bergheim.node, "Bergheim")
        people = [await theirs.add(name, "AGT") for name in ("Anna", "Ben")]
        chosen = await plan(theirs)
        async with carrying(altdorf, bergheim):
            alarm = await ask(ours, "bergheim")
            asked = await only(theirs.client, "alarm_request")
            assert (asked["total"], asked["mode"], asked["title"], asked["wish"]) == (2, "TEST", "Deichwache", "OPEN")
            assert (await only(ours.client, "alarm_count"))["state"] == "PROPOSED"
            assert await theirs.seen("alarm") == {}

            at = f"/api/partners/{bergheim.peers['altdorf'].id}/alarm-requests/{asked['ref'].split('/')[2]}"
            begun = told(await theirs.client.post(f"{at}/accept", json={"plan": chosen}))
            assert (begun["mode"], begun["reach"]) == ("TEST", 2)
            assert (await theirs.client.post(f"{at}/accept", json={"plan": chosen})).status_code == 409
            local = (await theirs.seen("alarm"))[begun["id"]]
            assert (local["cause"], local["quota"]["total"], local["title"]) == (asked["ref"], 2, "Deichwache")

            async def called() -> Any:
                return (await theirs.seen("alarm"))[begun["id"]].get("counts", {}).get("total") == 2

            await until(called)
            for person, answer in zip(people, ("COMING", "COMING_LATER"), strict=True):
                said = {"answer": answer, "minutes": 15}
                told(await theirs.client.post(f"/api/alarms/{begun['id']}/recipients/{person}/answer", json=said))

            async def reached() -> Any:
                body = (await ours.seen("alarm"))[alarm]
                return body if body["state"] == "QUOTA_REACHED" else None

            body = await until(reached)
            (partner,) = body["partners"]
            count = partner["count"]
            assert (count["state"], count["coming"], count["later"], count["total"]) == ("ACCEPTED", 1, 1, 2)
            assert body["arrivals"][-1][1] == 2
            assert not [name for name in ("Anna", "Ben") if name in str(body) or name in str(await told_of(altdorf))]

            told(await ours.client.post(f"/api/alarms/{alarm}/cancel", json={"text": "Entwarnung"}))

            async def cancelled() -> Any:
                (one,) = await bodies(theirs.client, "alarm_request")
                return one["wish"] == "CANCELLED"

            await until(cancelled)
            assert (await theirs.seen("alarm"))[begun["id"]]["state"] != "CANCELLED"
            told(await theirs.client.post(f"/api/alarms/{begun['id']}/cancel", json={}))

            async def ended() -> Any:
                return (await only(ours.client, "alarm_count"))["state"] == "ENDED"

            await until(ended)


async def told_of(town: Town) -> list[Any]:
    """All that a node holds and has ever held of what was exchanged."""
    async with town.database.reading() as connection:
        rows = await connection.execute(text("SELECT body FROM change WHERE room LIKE 'x-%'"))
        return [row.body for row in rows]


async def test_a_step_asks_once_however_often_the_engine_looks_and_starts_anew(cluster: Cluster) -> None:
    async with towns(cluster, "altdorf", "bergheim") as (altdorf, bergheim):
        ours = await crew(altdorf.node, "Altdorf")
        alarm = await ask(ours, altdorf.peers["bergheim"].id)
        first = await only(ours.client, "alarm_request")
        async with altdorf.database.transaction("test") as tx:  # a restart finds it as it was
            again = text("UPDATE alarm SET due_at = now(), step = -1 WHERE id = :id")
            await tx.connection.execute(again, {"id": alarm})

        async def began() -> Any:
            protocol = (await ours.seen("alarm"))[alarm]["protocol"]
            return [act["what"] for act in protocol].count("STARTED") == 2

        await until(began)
        assert [one["ref"] for one in await bodies(ours.client, "alarm_request")] == [first["ref"]]
        acts = [act["what"] for act in (await ours.seen("alarm"))[alarm]["protocol"]]
        assert acts.count("ASK_PARTNER") == 1
        async with altdorf.database.reading() as connection:
            versions = text("SELECT count(*) FROM change WHERE ref = :ref")
            assert (await connection.execute(versions, {"ref": first["ref"]})).scalar() == 1
        assert bergheim.origin == "bergheim"


async def test_declined_with_a_reason_it_stands_on_our_alarm(cluster: Cluster) -> None:
    async with towns(cluster, "altdorf", "bergheim") as (altdorf, bergheim):
        ours, theirs = await crew(altdorf.node, "Altdorf"), await crew(bergheim.node, "Bergheim")
        async with carrying(altdorf, bergheim):
            alarm = await ask(ours, "bergheim")
            asked = await only(theirs.client, "alarm_request")
            await only(theirs.client, "alarm_count")
            at = f"/api/partners/{bergheim.peers['altdorf'].id}/alarm-requests/{asked['ref'].split('/')[2]}"
            observer = await bergheim.node.sign_in("Zuschauer", admin=False)
            refused = await observer.post(f"{at}/decline", json={"reason": "nein"})
            assert refused.status_code == 403
            told(await theirs.client.post(f"{at}/decline", json={"reason": "Alle selbst im Einsatz"}))

            async def problem() -> Any:
                return (await ours.seen("alarm"))[alarm].get("problems")

            declined = {"code": "PARTNER_DECLINES", "whom": "Bergheim", "reason": "Alle selbst im Einsatz"}
            assert await until(problem) == [declined], "a code: the page says it in the reader's language"


async def test_a_written_policy_accepts_by_itself_and_ends_by_itself_but_only_in_its_mode(cluster: Cluster) -> None:
    async with towns(cluster, "altdorf", "bergheim") as (altdorf, bergheim):
        ours, theirs = await crew(altdorf.node, "Altdorf"), await crew(bergheim.node, "Bergheim")
        await theirs.add("Anna")
        draft, chosen = await plan(theirs), await plan(theirs, active=True)
        policy = f"/api/partners/{bergheim.peers['altdorf'].id}/alarm-policy"
        assert (await theirs.client.put(policy, json={"plans": {"TEST": draft}})).status_code == 422
        told(await theirs.client.put(policy, json={"plans": {"TEST": chosen}}))
        async with carrying(altdorf, bergheim):
            alarm = await ask(ours, "bergheim")

            async def accepted() -> Any:
                count = await only(ours.client, "alarm_count")
                return count if count["state"] == "ACCEPTED" else None

            count = await until(accepted)
            assert count["decided_by"] == "policy"
            assert [body["cause"] for body in (await theirs.seen("alarm")).values()] == [count["request"]]
            told(await ours.client.post(f"/api/alarms/{alarm}/cancel", json={}))

            async def ended() -> Any:
                return {body["state"] for body in (await theirs.seen("alarm")).values()} == {"CANCELLED"}

            await until(ended)
            told(await theirs.client.put(policy, json={"plans": {"ACTUAL": chosen}}))
            await ask(ours, "bergheim", title="Noch eine")

            async def waits() -> Any:
                return [one for one in await bodies(ours.client, "alarm_count") if one["state"] == "PROPOSED"]

            await until(waits)
            assert len(await theirs.seen("alarm")) == 1


async def test_a_policy_within_limits_is_read_back_with_who_set_it_and_what_lies_outside_waits(
    cluster: Cluster,
) -> None:
    async with towns(cluster, "altdorf", "bergheim") as (altdorf, bergheim):
        ours, theirs = await crew(altdorf.node, "Altdorf"), await crew(bergheim.node, "Bergheim")
        await theirs.add("Anna")
        chosen = await plan(theirs, active=True)
        policy = f"/api/partners/{bergheim.peers['altdorf'].id}/alarm-policy"
        assert told(await theirs.client.get(policy))["plans"] == {}
        half = {"plans": {"TEST": chosen}, "limits": {"TEST": {"begins": "18:00"}}}
        nothing = {"limits": {"TEST": {"most": 3}}}
        for wrong in (half, nothing, {"plans": {"TEST": chosen}, "limits": {"TEST": {"begins": "25:00", "ends": "1"}}}):
            assert (await theirs.client.put(policy, json=wrong)).status_code == 422
        given = {"plans": {"TEST": chosen}, "limits": {"TEST": {"most": 3}}}
        told(await theirs.client.put(policy, json=given))
        read = told(await theirs.client.get(policy))
        assert {name: read[name] for name in given} == given
        assert read["by"].startswith("person:")
        assert datetime.fromisoformat(read["at"]) > datetime.now(UTC) - timedelta(minutes=1)
        async with bergheim.database.reading() as connection:
            noted = text("SELECT detail FROM audit WHERE action = 'partner.alarm_policy'")
            (detail,) = (await connection.execute(noted)).scalars().all()
        assert detail["alarms"]["TEST"]["limits"] == {"most": 3}
        async with carrying(altdorf, bergheim):
            for total, title in ((4, "Zu viele"), (3, "Genug")):
                await ask(ours, "bergheim", total=total, title=title)

            async def answered() -> Any:
                titles = {one["ref"]: one["title"] for one in await bodies(ours.client, "alarm_request")}
                counts = {titles.get(one["request"]): one["state"] for one in await bodies(ours.client, "alarm_count")}
                return counts == {"Zu viele": "PROPOSED", "Genug": "ACCEPTED"}

            await until(answered)
            told(await theirs.client.put(policy, json={}))
            assert told(await theirs.client.get(policy))["plans"] == {}
            await ask(ours, "bergheim", total=1, title="Nach dem Abschalten")

            async def waits() -> Any:
                return sorted(one["state"] for one in await bodies(ours.client, "alarm_count"))

            await until(lambda: _equal(waits, ["ACCEPTED", "PROPOSED", "PROPOSED"]))


async def test_a_request_that_no_quota_can_hold_waits_and_keeps_nobody_else_waiting(cluster: Cluster) -> None:
    async with towns(cluster, "altdorf", "bergheim") as (_, bergheim):
        theirs = await crew(bergheim.node, "Bergheim")
        await theirs.add("Anna")
        chosen = await plan(theirs, active=True)
        policy = f"/api/partners/{bergheim.peers['altdorf'].id}/alarm-policy"
        told(await theirs.client.put(policy, json={"plans": {"TEST": chosen}}))
        room, now = str(bergheim.peers["altdorf"].exchange_room), datetime.now(UTC)
        async with bergheim.database.transaction("peer:altdorf") as tx:
            for id, total in (("a", 200_000), ("b", 2)):
                body = to_body(replace(ASKED, to="bergheim", at=now, total=total))
                where = Provenance("alarms", now, now, Confidence.REPORTED)
                tx.put(Fact(Ref("altdorf", "alarm_request", id), room, where, body))

        async def answered() -> Any:
            counts = {one["request"][-1]: one["state"] for one in await bodies(theirs.client, "alarm_count")}
            return counts == {"a": "PROPOSED", "b": "ACCEPTED"}

        await until(answered)


async def _equal(found: Any, expected: list[str]) -> bool:
    return bool(await found() == expected)


ASKED = AlarmRequest("a/alarm/1", "ABCD", "A", "b", "Deich", M.TEST, datetime(2026, 1, 1, tzinfo=UTC), total=2)
NIGHT = {"begins": "18:00", "ends": "06:00"}


@pytest.mark.parametrize(
    ("limits", "asked", "utc", "outside"),
    [
        ({}, {}, 12, None),
        ({"most": 2}, {}, 12, None),
        ({"most": 1}, {}, 12, "most"),
        ({"most": 5}, {"total": 0}, 12, "most"),
        ({"most": 5}, {"total": 1, "skills": {"AGT": 9}}, 12, "most"),
        ({"most": 5}, {"total": 0, "skills": {"AGT": 9, "MA": -5}}, 12, "most"),
        ({"skills": ["AGT"]}, {"skills": {"AGT": 2}}, 12, None),
        ({"skills": ["AGT"]}, {"skills": {"AGT": 2, "ARZT": 1}}, 12, "skills"),
        ({"skills": ["AGT"]}, {}, 12, "skills"),
        (NIGHT, {}, 16, "hours"),  # 17:00 in winter
        (NIGHT, {}, 17, None),
        (NIGHT, {}, 4, None),
        (NIGHT, {}, 5, "hours"),
        ({"begins": "08:00", "ends": "16:00"}, {}, 12, None),
        ({"begins": "08:00", "ends": "16:00"}, {}, 15, "hours"),
    ],
)
def test_what_lies_outside_our_policy(
    limits: dict[str, Any], asked: dict[str, Any], utc: int, outside: str | None
) -> None:
    found = terms.terms_of({"alarms": {"TEST": {"plan": "p", "limits": limits}}}, M.TEST)
    assert found is not None
    assert found.outside(replace(ASKED, **asked), datetime(2026, 1, 1, utc, tzinfo=UTC)) == outside


def test_a_policy_that_cannot_be_read_starts_nothing_and_one_of_before_still_counts() -> None:
    assert terms.terms_of({"alarms": {"TEST": {"plan": "p", "limits": {"most": "all"}}}}, M.TEST) is None
    assert terms.terms_of({"alarms": {"TEST": {}}}, M.TEST) is None
    assert terms.terms_of({"alarms": {"TEST": "p"}}, M.ACTUAL) is None
    assert terms.terms_of({"alarms": {"TEST": "p"}}, M.TEST) == terms.Terms("p")


@pytest.mark.parametrize(
    ("asked", "node", "begins"),
    [
        (M.ACTUAL, M.ACTUAL, True), (M.TEST, M.ACTUAL, True), (M.EXERCISE, M.ACTUAL, True),
        (M.EXERCISE, M.EXERCISE, True), (M.ACTUAL, M.EXERCISE, False), (M.TEST, M.EXERCISE, False),
        (M.ACTUAL, M.TEST, False), (M.TEST, M.TEST, True),
    ],
)  # fmt: skip
def test_a_node_in_exercise_begins_nothing_for_what_is_real(asked: M, node: M, begins: bool) -> None:
    assert (rules.refusal(asked, node) is None) == begins
    now = datetime.now(UTC)
    count = rules.arrived(AlarmRequest("a/alarm/1", "1", "A", "B", "Deich", asked, now), "a/alarm_request/1", node, now)
    assert (count.state, count.node_mode) == (("PROPOSED", None) if begins else ("DECLINED", node)), "a code, no words"
