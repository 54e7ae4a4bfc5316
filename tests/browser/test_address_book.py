"""A partner's address book is looked at and taken in on the page; a forged one is refused in words."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
import pytest_asyncio
from playwright.async_api import expect
from sqlalchemy import text

from geodata.store.cluster import Cluster
from service.federation.identity.document import signed
from service.federation.peers.address_book import TYPE
from tests.browser.conftest import Visit
from tests.browser.screen import LARGE, PHONE, SCREENSHOTS
from tests.browser.test_accessibility import LOOKS, findings
from tests.service.federation.towns import Town, towns

_DEAD = text("UPDATE peer SET url = 'http://altdorf.invalid:8000'")


@pytest_asyncio.fixture(loop_scope="session")
async def pair(cluster: Cluster) -> AsyncIterator[tuple[Town, Town]]:
    async with towns(cluster, "altdorf", "bergheim") as (altdorf, bergheim):
        yield altdorf, bergheim


@pytest.mark.parametrize(("size", "look"), [(LARGE, LOOKS[0]), (PHONE, LOOKS[1])])
async def test_a_book_is_looked_at_and_taken_in(
    pair: tuple[Town, Town], blind_visit: Visit, size: dict[str, int], look: tuple[str, str], tmp_path: Path
) -> None:
    altdorf, bergheim = pair
    theme, language = look
    async with bergheim.database.transaction("test") as tx:
        await tx.connection.execute(_DEAD)
    author = await altdorf.node.sign_in()
    book = (await author.get("/api/partners/addresses")).json()
    await author.aclose()
    stranger = {**book["entries"][0], "origin": "fremdstadt", "name": "Stadt Fremdstadt"}
    other = {**book["entries"][0], "addresses": [altdorf.url, "http://10.20.0.5:8000"]}
    said = {name: value for name, value in book.items() if name != "signature"}
    book = signed(altdorf.keys.current, {**said, "entries": [other, book["entries"][1], stranger]}, TYPE)
    whole, forged = tmp_path / "book.json", tmp_path / "forged.json"
    whole.write_bytes(msgspec.json.encode(book))
    forged.write_bytes(whole.read_bytes().replace(b"10.20.0.5", b"10.20.0.6"))

    screen = await blind_visit(bergheim.node, viewport=size, bypass_csp=True)
    await screen.signed_in(bergheim.database, "Leitung")
    await screen.open(tab="partners", page="list", theme=theme, lang=language)
    await screen.part("address-book").locator("summary").click()
    await screen.part("book-in").set_input_files(forged)
    await expect(screen.part("book-failed")).to_contain_text("changed after it was signed")
    await screen.part("book-in").set_input_files(whole)
    preview = screen.part("book-preview")
    await expect(preview.locator("li")).to_have_count(3)
    outcomes = [await preview.locator(f"[data-origin={origin}]").get_attribute("data-outcome")
                for origin in ("altdorf", "bergheim", "fremdstadt")]  # fmt: skip
    assert outcomes == ["ADDS", "OURS", "NO_PARTNER"]
    await expect(preview).to_contain_text("federation.networks")
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    await preview.scroll_into_view_if_needed()
    await screen.page.screenshot(path=SCREENSHOTS / f"address_book_{theme}_{'phone' if size is PHONE else 'wide'}.png")
    assert await findings(screen) == []
    wide = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert await screen.page.evaluate(wide) <= 0
    await screen.part("book-take").click()
    await expect(preview).to_have_count(0)
    await screen.part("partner-row").click()
    await expect(screen.part("partner-detail")).to_contain_text("http://10.20.0.5:8000")
    await expect(screen.part("partner-reached-at")).to_have_text(altdorf.url, timeout=60_000)
