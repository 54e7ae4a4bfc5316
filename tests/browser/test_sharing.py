"""Two nodes in two browsers: what one shares stands on the other's map and list in the neighbour's style, fades when
the neighbour is silent, and is gone when the agreement ends."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
import pytest_asyncio
from playwright.async_api import expect
from sqlalchemy import text

from geodata.model.fact import Fact, Provenance
from geodata.model.ref import Ref
from geodata.store.cluster import Cluster
from tests.browser.conftest import Visit
from tests.browser.scene import AT_THE_ERFT, ERFT, Scene, point, square
from tests.browser.screen import LARGE, PHONE, Screen
from tests.browser.test_accessibility import LOOKS, findings
from tests.service.federation.towns import Town, towns

_SILENT = (
    text("UPDATE peer SET state = 'SUSPENDED'"),
    text("UPDATE peer_incoming SET heard_at = clock_timestamp() - interval '14 minutes 20 seconds'"),
)
_SPEAKS = text("UPDATE peer SET state = 'ACTIVE'")


@dataclass
class Two:
    altdorf: Town
    bergheim: Town
    ours: Scene
    theirs: Scene


@pytest_asyncio.fixture(loop_scope="session")
async def two(cluster: Cluster, template_with_land: str) -> AsyncIterator[Two]:
    async with towns(cluster, "altdorf", "bergheim", template=template_with_land) as (altdorf, bergheim):
        ours = await Scene.open(altdorf.node, "Hochwasser Altdorf")
        await ours.site("Keller der Schule", "P2", text="Schlüssel bei Frau Beispiel", caller="Frau Beispiel")
        await ours.make("zones", type="FLOODED", name="Aue", geometry=square(0.012))
        await ours.make("facilities", type="BETREUUNGSSTELLE", name="Turnhalle", geometry=point(-0.02))
        now = datetime.now(UTC)
        rtw = {
            "organisation": "drk", "kind": "VEHICLE", "type": "RTW", "callsign": "Rotkreuz 1-83-1",
            "availability": "AVAILABLE_STATION", "home": [ERFT[0], ERFT[1] + 0.012], "note": "Tür klemmt",
        }  # fmt: skip
        async with altdorf.database.transaction("test") as tx:
            room = ours.opened["room"]
            tx.put(Fact(Ref("altdorf", "resource", "rtw"), room, Provenance("people", now, now), rtw))
        theirs = await Scene.open(bergheim.node, "Hochwasser Bergheim")
        await theirs.site("Unterführung", "P3", dx=0.004, dy=-0.006)
        yield Two(altdorf, bergheim, ours, theirs)
        await ours.lead.aclose()
        await theirs.lead.aclose()


async def share(screen: Screen, two: Two, **view: str) -> None:
    """By hand: a template, the incident's room, the preview, and only then it leaves."""
    await screen.open(tab="partners", map=AT_THE_ERFT, **view)
    await screen.part("face-shares").check(force=True)
    await screen.part("new-share").click()
    await screen.part("template-everything").click()
    await screen.part("share-room").select_option(two.ours.opened["room"])
    await expect(screen.part("share-activate")).to_have_count(0)
    await screen.part("share-see").click()
    said = ("1 leaves", "Caller") if view.get("lang") == "en" else ("1 geht hinaus", "Meldende Person")
    for words in said:
        await expect(screen.part("preview-count-site")).to_contain_text(words)
    shown = screen.part("preview")
    await expect(shown).to_contain_text("Keller der Schule")
    for kept_back in ("Schlüssel", "Frau Beispiel", "Rotkreuz", "Tür klemmt"):
        await expect(shown).not_to_contain_text(kept_back)


async def test_what_one_shares_stands_with_the_other_as_a_neighbours_and_is_gone_at_the_end(
    two: Two, visit: Visit
) -> None:
    here = await two.ours.sit(visit, "Anna Leitner", viewport=LARGE)
    await share(here, two)
    await here.shoot("sharing-preview")
    await here.part("share-activate").click()
    card = here.part("share")
    await expect(card.get_by_test_id("share-state")).to_have_text("in Kraft")
    await expect(card.get_by_test_id("share-there")).to_have_text("dort angekommen")

    there = await two.theirs.sit(visit, "Anna Leitner", viewport=LARGE)
    await there.open(tab="sites", map=AT_THE_ERFT)
    row = there.part("their-row")
    await expect(row).to_have_count(1)
    await expect(row).to_contain_text("Keller der Schule")
    await expect(row).to_contain_text("Altdorf")
    await expect(there.part("site-row")).to_have_count(1)
    await there.shoot("sharing-neighbour")
    box = await there.part("map").bounding_box()
    assert box is not None
    await there.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    panel = there.part("their-panel")
    await expect(panel).to_contain_text("Gehört Altdorf")
    await expect(there.part("panel-title")).to_contain_text("Keller der Schule")
    await expect(there.part("panel").locator("form, input, textarea")).to_have_count(0)
    await there.shoot("sharing-neighbour-panel")
    held = await there.page.evaluate("() => JSON.stringify(window.lagebild.held().facts)")
    assert "Keller der Schule" in held
    assert not any(words in held for words in ("Frau Beispiel", "Rotkreuz 1", "Tür klemmt"))

    await there.part("whose").select_option("own")
    await expect(row).to_have_count(0)
    await there.part("whose").select_option("altdorf")
    await expect(row).to_have_count(1)
    await expect(there.part("site-row")).to_have_count(0)
    await there.part("whose").select_option("")

    async with two.bergheim.database.transaction("test") as tx:
        for statement in _SILENT:
            await tx.connection.execute(statement)
    await expect(row).to_contain_text("Stand vor 14 min")
    await expect(there.part("their-standing")).to_have_text("Stand vor 14 min")
    await there.page.wait_for_timeout(1_500)  # the map looks at ages once a second
    await there.shoot("sharing-neighbour-silent")
    async with two.bergheim.database.transaction("test") as tx:
        await tx.connection.execute(_SPEAKS)
    await expect(row).not_to_contain_text("Stand vor")

    await here.part("share-end").click()
    await here.part("share-end-reason").fill("Lage beendet")
    await here.part("share-end-now").click()
    await expect(row).to_have_count(0)
    await expect(there.part("their-panel")).to_have_count(0)
    await expect(there.part("site-row")).to_have_count(1)
    assert "Keller" not in await there.page.evaluate("() => JSON.stringify(window.lagebild.held().facts)")
    await there.open(tab="partners")
    await there.part("face-shares").check(force=True)
    await expect(there.part("received-share").filter(has_text="Kreis: alles zur Lage")).to_contain_text("zurückgezogen")


@pytest.mark.parametrize(("size", "look"), [(PHONE, LOOKS[0]), (LARGE, LOOKS[1])])
async def test_it_is_readable_by_everybody(two: Two, visit: Visit, size: dict[str, int], look: tuple[str, str]) -> None:
    theme, language = look
    name = f"{size['width']}-{theme}"
    screen = await two.ours.sit(visit, "Anna Leitner", viewport=size, bypass_csp=True)
    await share(screen, two, page="list" if size is PHONE else "map", theme=theme, lang=language)
    await screen.shoot(f"sharing-form-{name}")
    assert await findings(screen) == []
    wide = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert await screen.page.evaluate(wide) <= 0
    await screen.part("share-activate").click()
    await expect(screen.part("share")).to_have_count(1)
    await screen.shoot(f"sharing-list-{name}")
    there = await two.theirs.sit(visit, "Anna Leitner", viewport=size, bypass_csp=True)
    for tab in ("sites", "resources"):
        await there.open(tab=tab, map=AT_THE_ERFT, page="list" if size is PHONE else "map", theme=theme, lang=language)
        await expect(there.part("their-row")).to_have_count(1)
        await there.shoot(f"sharing-theirs-{tab}-{name}")
        assert await findings(there) == []
    await there.part("their-row").click()
    await expect(there.part("their-panel")).to_contain_text("RTW")
    await there.shoot(f"sharing-panel-{name}")
    assert await findings(there) == []
    assert await there.page.evaluate(wide) <= 0
