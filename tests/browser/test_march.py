"""A convoy between two browsers whose nodes no line connects: made at the loan, read at the Meldekopf, and back."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest_asyncio
from playwright.async_api import expect

from geodata.store.cluster import Cluster
from tests.browser.conftest import Visit
from tests.browser.screen import LARGE, PHONE, Screen
from tests.browser.test_accessibility import findings
from tests.service.federation.marches.convoy import Convoy, convoy
from tests.service.federation.towns import Town


@pytest_asyncio.fixture(loop_scope="session")
async def made(cluster: Cluster) -> AsyncIterator[Convoy]:
    async with convoy(cluster) as found:
        yield found


async def sit(visit: Visit, town: Town, client: httpx.AsyncClient, view: dict[str, Any], **options: Any) -> Screen:
    screen = await visit(town.node, **options)
    for cookie in client.cookies.jar:
        await screen.page.context.add_cookies([{"name": cookie.name, "value": str(cookie.value), "url": screen.url}])
    return await screen.open(**view)


async def downloaded(screen: Screen, part: str) -> str:
    link = await screen.part(part).first.get_attribute("href")
    answer = await screen.page.context.request.get(f"{screen.url}{link}")
    assert answer.status == 200, await answer.text()
    return await answer.text()


async def test_a_convoy_from_one_page_to_the_other_and_its_receipt_back(
    made: Convoy, blind_visit: Visit, tmp_path: Path
) -> None:
    near = made.near
    loan = {"tab": "requests", "sel": f"inquiry:{near.answer(made.inquiry)}"}
    gate = {"page": "meldekopf", "incident": near.needy.incident}
    there = await sit(blind_visit, near.lender.node, made.there, loan, viewport=LARGE)
    here = await sit(blind_visit, near.asking, made.here, gate, viewport=LARGE)

    await expect(there.part("marches")).to_contain_text("Nur Altdorf kann sie lesen")
    await there.part("march-open").click()
    await expect(there.part("march-write")).to_be_disabled()
    await there.part("march-leader").fill("Florian Bergheim 1-ELW1-1")
    await there.part("march-contact").fill("0170 1234")
    await there.part("march-eta").fill("2030-01-01T12:00")
    await there.part("march-write").click()
    await expect(there.part("march-number")).to_have_text(re.compile(r"^[0-9]/[0-9]$"))
    await expect(there.part("march-edition")).to_contain_text("Fassung 1")
    await there.part("marches").locator("details summary").first.click()
    pieces = await there.part("march-piece").all_text_contents()
    assert len(pieces) > 1 and all(len(piece) <= 600 for piece in pieces)
    await there.part("march-next").click()
    await expect(there.part("march-run")).to_have_attribute("aria-pressed", "false")
    await there.shoot("march-lender")

    # At the Meldekopf: one piece pasted, the others from a stick.
    await expect(here.part("meldekopf")).to_contain_text("Autohof")
    await here.part("march-read").locator("summary").click()
    await here.part("march-paste").fill("Guten Tag")
    await here.part("march-take").click()
    await expect(here.part("march-refused")).to_have_text("Das ist kein Stück einer Marschdatei.")
    await here.part("march-paste").fill(pieces[-1])
    await here.part("march-take").click()
    await expect(here.part("march-told")).to_contain_text(f"1 von {len(pieces)} gelesen, es fehlt: 1")
    await here.page.reload()
    await expect(here.part("march-told")).to_contain_text(f"1 von {len(pieces)} gelesen")
    stick = tmp_path / "marsch.txt"
    stick.write_text("\n".join(pieces[:-1]), encoding="ascii")
    await here.part("march-choose").set_input_files(stick)
    await expect(here.part("march-told")).to_have_text("Gelesen: Marschverbund von Bergheim, 2 Einheiten.")
    await expect(here.part("expected-announced")).to_have_count(2)
    await expect(here.part("expected-announced").first).to_contain_text("angekündigt per Datei von Bergheim")
    await here.part("gate-tab-overdue").click()
    await expect(here.part("under-way-row")).to_have_count(2)
    await expect(here.part("under-way-announced").first).to_contain_text("angekündigt per Datei von Bergheim")
    await here.part("gate-tab-expected").click()
    await here.shoot("march-meldekopf")

    await here.part("expected-here").first.click()
    await expect(here.part("expected-here")).to_have_count(1)
    await expect(here.part("march-count")).to_have_text("1 von 2 da")
    await here.part("gate-tab-present").click()
    await expect(here.part("entry-card")).to_contain_text("Boot Bergheim 1")
    await here.part("gate-tab-expected").click()

    # Back with the receipt: read at the loan, which has arrived by it.
    stick.write_text(await downloaded(here, "march-receipt"), encoding="ascii")
    await there.part("march-read").locator("summary").click()
    await there.part("march-choose").set_input_files(stick)
    await expect(there.part("march-told")).to_contain_text("Gelesen: Quittung von Altdorf über 2 Einheiten")
    await expect(there.part("march-vehicle").first).to_contain_text(
        re.compile(r"eingetroffen \d\d:\d\d am Autohof .*\(per Datei\)|eingetroffen \d\d:\d\d am Autohof \(per Datei\)")
    )
    await expect(there.part("march-vehicle").nth(1)).to_contain_text("dort noch nicht eingetroffen")
    await expect(there.page.locator('[data-testid=line][data-state="ARRIVED"]')).to_have_count(1)
    await there.shoot("march-lender-arrived")

    for town, client, view, name in (
        (near.lender.node, made.there, loan, "lender"), (near.asking, made.here, gate, "meldekopf"),
    ):  # fmt: skip
        phone = await sit(blind_visit, town, client, {**view, "theme": "dark"}, viewport=PHONE)
        section = phone.part("marches" if name == "lender" else "march-read")
        await section.scroll_into_view_if_needed()
        if name == "lender":
            await phone.part("march-show").click()
            await expect(phone.part("march-number")).to_be_visible()
        await phone.shoot(f"march-{name}-phone")
        assert await phone.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert await findings(phone) == [], name


async def test_without_the_server_the_pieces_wait_and_are_read_when_it_is_back(
    made: Convoy, blind_visit: Visit
) -> None:
    march = await made.announce()
    pieces = await made.file(march["id"], most_signs=700)
    gate = {"page": "meldekopf", "incident": made.near.needy.incident}
    here = await sit(blind_visit, made.near.asking, made.here, gate)
    await here.part("march-read").locator("summary").click()
    await here.page.route("**/api/marches/read", lambda route: route.abort())
    await here.part("march-paste").fill("\n".join(pieces))
    await here.part("march-take").click()
    await expect(here.part("march-told")).to_contain_text("Der Server ist nicht erreichbar")
    await here.page.unroute("**/api/marches/read")
    await expect(here.part("march-told")).to_contain_text("Gelesen: Marschverbund von Bergheim")
    await expect(here.part("expected-announced")).to_have_count(2)
