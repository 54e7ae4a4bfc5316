"""From the form for everybody to the thanks: what somebody with a phone and no script sees and does."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime, timedelta

import httpx

from alerting.channels.console import Console
from alerting.channels.switchboard import Switchboard
from alerting.model.plan import ChannelKind
from alerting.store.people import Address
from alerting.store.sealing import Seal
from geodata.model.clock import Clock
from geodata.model.incident import IncidentMode
from service.pages.look import Look
from service.volunteers import building
from service.volunteers.codes import Codes
from tests.service.conftest import Node
from tests.service.roster.crew import told
from tests.service.volunteers.hands import Hands, hands, press

FORM = {"name": "Ayşe Demir", "contact": "0171 5550101", "age": "adult", "consent": "yes", "skill": ["SH", "B"],
        "language": ["tr"], "tool": ["shovel"], "place": "53879 Euskirchen"}  # fmt: skip


class Later(Clock):
    """Some minutes ahead of the wall: what the node itself could not send is due again."""

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(minutes=5)


async def codes_sent(us: Hands, console: Console) -> Codes:
    """All that is due, sent through a gateway of an exercise."""
    clock = Later()
    look = Look(clock, title="Test", mode="EXERCISE", more=us.node.data_dir / "languages")
    part = look.part(building.Path(building.__file__).parent)
    board = Switchboard([console])
    codes = Codes(us.node.database, Seal(us.node.data_dir), board, clock, part, IncidentMode.EXERCISE)
    await codes.look()
    return codes


def token_in(answer: httpx.Response) -> str:
    assert answer.status_code == 303, answer.text[:500]
    return answer.headers["location"].rpartition("/")[2].partition("?")[0]


async def test_registering_takes_a_form_and_a_code_and_the_same_contact_is_one_person(node: Node) -> None:
    us = await hands(node)
    await us.job(title="Sandsäcke füllen")
    shown = await node.client.get("/helfen")
    assert "Bitte nicht einfach losfahren" in shown.text
    assert "Sandsäcke füllen" in shown.text
    assert "<script" not in shown.text
    assert int(shown.headers["content-length"]) < 15_000
    for field, wrong in (("contact", "keine nummer"), ("name", "x"), ("age", "child"), ("consent", "no")):
        refused = await node.client.post("/helfen", data={**FORM, field: wrong})
        assert refused.status_code == 422
        assert 'data-testid="wrong"' in refused.text
    first = token_in(await node.client.post("/helfen", data=FORM))
    console = Console()
    await codes_sent(us, console)
    code = re.search(r"\d{6}", console.shown[-1].text)[0]  # type: ignore[index]
    assert console.shown[-1].address == "+491715550101"
    assert "ÜBUNG" in console.shown[-1].text
    wrong = f"{(int(code) + 1) % 1_000_000:06}"
    assert (await press(node.client, first, "prove", code=wrong)).status_code == 422
    assert (await press(node.client, first, "prove", code=code)).status_code == 303
    page = await node.client.get(f"/h/{first}")
    assert "Hallo Ayşe Demir" in page.text
    assert "Sandsäcke füllen" in page.text
    assert 'data-testid="prove-form"' not in page.text

    second = token_in(
        await node.client.post("/helfen", data={**FORM, "name": "A. Demir", "contact": "+49 171 5550101"})
    )
    assert "Hallo A. Demir" in (await node.client.get(f"/h/{second}")).text, "nobody learns who is registered"
    await codes_sent(us, console)
    code = re.search(r"\d{6}", console.shown[-1].text)[0]  # type: ignore[index]
    merged = token_in(await press(node.client, second, "prove", code=code))
    assert merged != second
    assert "Hallo Ayşe Demir" in (await node.client.get(f"/h/{merged}")).text
    assert (await node.client.get(f"/h/{second}")).status_code == 404
    people = (await us.pool())["people"]
    assert [(one["name"], sorted(one["skills"])) for one in people] == [("Ayşe Demir", ["B", "LANG:tr", "SH"])]
    sure = await press(node.client, merged, "forget", sure="yes")
    assert sure.status_code == 200
    assert (await us.pool())["people"] == []


async def test_a_whole_day_from_the_invitation_to_the_thanks_is_the_evidence_for_the_insurance(node: Node) -> None:
    us = await hands(node)
    job, point = await us.job(begins=0.1), await us.point()
    helper, token = await us.volunteer("Jonas Weber")
    invited = told(await us.client.post(f"/api/jobs/{job}/invitations", json={"slot": "s1", "wanted": 5}))
    assert [one["helper"] for one in invited["invited"]] == [helper]
    page = (await node.client.get(f"/h/{token}")).text
    assert 'data-testid="accept"' in page
    booking = invited["invited"][0]["booking"]
    assert (await press(node.client, token, "accept", booking=booking)).status_code == 303
    assert point["code"] in (await node.client.get(f"/k/{point['code'].lower()}")).text
    assert (await press(node.client, token, "check-in", k="ZZZZZZ")).status_code == 409
    assert (await press(node.client, token, "check-in", k=point["code"].lower())).status_code == 303
    early = (await us.acts({"kind": "ASSIGN", "helper": helper, "job": job, "slot": "s1"}))[0]
    assert (early["outcome"], early["field"]) == ("REFUSED", "state")
    assert "Nicht allein in Keller" in (await node.client.get(f"/h/{token}")).text
    await press(node.client, token, "brief")
    assigned = {"kind": "ASSIGN", "helper": helper, "job": job, "slot": "s1", "shuttle": "Bus 2, 8:40 Uhr"}
    assert (await us.acts(assigned))[0]["state"] == "ASSIGNED"
    page = (await node.client.get(f"/h/{token}")).text
    assert "Zugführer Abschnitt 2" in page
    assert "Bus 2, 8:40 Uhr" in page
    for do, state in (("start", "WORKING"), ("pause", "BREAK"), ("resume", "WORKING"), ("safe", "WORKING"),
                      ("check-out", "CHECKED_OUT")):  # fmt: skip
        assert (await press(node.client, token, do)).status_code == 303, do
        assert await us.state(helper) == state
    assert (await us.acts({"kind": "THANK", "booking": booking}))[0]["state"] == "THANKED"
    assert "Danke für Ihre Hilfe" in (await node.client.get(f"/h/{token}")).text
    proof = (await us.client.get(f"/api/volunteers/{us.crew.organisation}/people/{helper}/evidence")).text
    for said in ("Jonas Weber", "Stadt Musterstadt", "Marktstraße 5", "Keller leeren", "selbst bestätigt"):
        assert said in proof
    table = (await us.client.get(f"/api/jobs/{job}/evidence.csv")).text
    assert len(table.strip().splitlines()) == 2
    assert '"Jonas Weber"' in table


async def test_whoever_has_a_proven_contact_is_told_of_the_invitation_by_an_alarm_that_only_informs(node: Node) -> None:
    us = await hands(node, quiet_from="03:00", quiet_until="03:01")
    job = await us.job()
    told_too, _ = await us.volunteer("Mit Kontakt", addresses=(Address(ChannelKind.EMAIL, "mit@kontakt.example"),))
    await us.volunteer("Ohne Kontakt")
    sent = told(await us.client.post(f"/api/jobs/{job}/invitations", json={"slot": "s1", "wanted": 9}))
    assert len(sent["invited"]) == 2
    path = f"/api/alarms/{sent['alarm']}/recipients"
    async with asyncio.timeout(60):
        while told_too not in str(told(await us.client.get(path))):
            await asyncio.sleep(0.2)
    alarm = (await us.crew.seen("alarm"))[sent["alarm"]]
    assert alarm["purpose"] == "INFO"
    assert "kontakt.example" not in str(alarm)


async def test_two_people_block_somebody_and_one_alone_does_not(node: Node) -> None:
    us = await hands(node)
    job = await us.job()
    helper, token = await us.volunteer("Schwierig")
    await press(node.client, token, "take", job=job, slot="s1")
    path = f"/api/volunteers/{us.crew.organisation}/people/{helper}/block"
    assert told(await us.client.post(path, json={"reason": "Plündert"}))["decided"] is False
    alone = await us.client.post(path, json={"reason": "Plündert"})
    assert alone.status_code == 403
    assert await us.state(helper) == "CONFIRMED"
    second = await us.second()
    assert told(await second.post(path, json={"reason": "Gesehen"})) == {
        "helper": helper, "decided": True, "blocked": True,
    }  # fmt: skip
    assert await us.state(helper) == "BLOCKED"
    assert (await press(node.client, token, "take", job=job, slot="s1")).status_code == 409
