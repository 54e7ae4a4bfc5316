"""Two staffs before two screens share the incident, disagree about a site, and keep their journals to themselves."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest
import pytest_asyncio

from tests.browser.conftest import Visit
from tests.browser.screen import Screen
from tests.journeys.exercise import opening, situation, work
from tests.journeys.exercise.stage import SHORT, Stage, build
from tests.journeys.exercise.window import held, kinds_of, same_as_fresh, sit
from tests.service.conftest import running

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


@pytest_asyncio.fixture(loop_scope="session")
async def stage(nrw_copy: Callable[[], str]) -> AsyncIterator[Stage]:
    exercise = {"scenario": "calm", "start": situation.START}
    async with running(nrw_copy(), mode="EXERCISE", exercise=exercise) as node:
        stage = await build(node, SHORT)
        await opening.play(stage)
        yield stage
        await stage.close()


async def holds(screen: Screen, ref: str, field: str, value: object) -> None:
    """Until the open page knows it."""
    async with asyncio.timeout(10):
        while True:
            fact = (await held(screen.page))["facts"].get(ref)
            if fact and fact["body"].get(field) == value:
                return
            await asyncio.sleep(0.05)


async def test_both_see_the_same_site_and_the_conflict_about_it(stage: Stage, visit: Visit) -> None:
    s2, sae = stage.desk("EINSATZLEITUNG", "S2"), stage.desk("SAE", "S3")
    left, right = await sit(await visit(stage.node), s2), await sit(await visit(stage.node), sae)
    await work.report_sites(stage, 2)
    site = (await work.sites(stage))[0]
    for screen in (left, right):
        await holds(screen, site.ref, "title", site.body["title"])
    await asyncio.gather(
        s2.change("sites", site.id, {"affected": 80, "caller": "Leitstelle"}, base=site.version),
        sae.change("sites", site.id, {"affected": 64, "priority": "P2"}, base=site.version),
    )
    after = await s2.thing("site", site.id)
    assert after.body["caller"] == "Leitstelle" and after.body["priority"] == "P2"
    lost = [c["value"] for c in after.body["conflicts"]]
    assert {after.body["affected"], *lost} == {80, 64}, "one value holds, the other is kept"
    for screen in (left, right):
        await holds(screen, site.ref, "conflicts", after.body["conflicts"])
        await same_as_fresh(screen)


async def test_what_one_staff_writes_for_itself_never_reaches_the_others_page(stage: Stage, visit: Visit) -> None:
    kgs, s2 = stage.desk("KRISENSTAB", "KGS"), stage.desk("EINSATZLEITUNG", "S2")
    own, other = await sit(await visit(stage.node), kgs), await sit(await visit(stage.node), s2)
    received: list[str] = []
    other.page.on("websocket", lambda socket: socket.on("framereceived", lambda frame: received.append(str(frame))))
    await other.page.reload()
    secret = "Evakuierung des Krankenhauses wird beraten"
    await kgs.write("DECISION", secret)
    await s2.write("NOTE", "Nur für die Einsatzleitung")
    async with asyncio.timeout(10):
        while "entry" not in await kinds_of(own) or "entry" not in await kinds_of(other):
            await asyncio.sleep(0.1)
    seen = await held(other.page)
    staffs = {f["body"]["staff"] for ref, f in seen["facts"].items() if ref.split("/")[1] == "entry"}
    assert staffs == {stage.staffs["EINSATZLEITUNG"]}
    assert secret not in str(seen) and not any(secret in frame for frame in received)
    assert any("Nur für die Einsatzleitung" in frame for frame in received), "the socket was listened to"
