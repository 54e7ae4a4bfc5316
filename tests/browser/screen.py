"""The page as tests use it: every locator, gesture and reading of the operations screen stands here."""

from __future__ import annotations

import asyncio
import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import httpx
from PIL import Image
from playwright.async_api import Locator, Page, expect

from geodata.store.database import Database
from service.access.store import make_link
from service.accounts.store import ensure
from tests.browser.pixels import Colour, Projection, parse
from tests.browser.watch import Watch

SCREENSHOTS = Path(__file__).parents[2] / "artifacts" / "screenshots"
PHONE = {"width": 390, "height": 844}
SMALL_PHONE = {"width": 320, "height": 640}
TWO_FRAMES = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
Near = tuple[float, float] | None
WIDE = {"width": 1280, "height": 720}
"""The wide layout at its smallest usual size: drawing in software costs by the pixel."""
LARGE = {"width": 1440, "height": 900}


class Screen:
    """One open page of one node, and what it did behind our back."""

    def __init__(self, page: Page, url: str, watch: Watch) -> None:
        self.page, self.url, self.watch = page, url, watch

    # --- coming and going ---------------------------------------------------------------------------------------------
    async def open(self, **view: str | float) -> Screen:
        """With the view's parts as the address bar writes them: map="11/50.9/6.9", theme="dark", …"""
        parts = "&".join(f"{name}={quote(str(value), safe='/:,-.')}" for name, value in view.items())
        await self.page.goto(f"{self.url}/{'#' + parts if parts else ''}", wait_until="commit")
        return self

    async def sign_in(self, database: Database, person: str = "Leitung") -> Screen:
        """By the link that an operator opens."""
        await self.page.goto(await self._link(database, person))
        return self

    async def signed_in(self, database: Database, person: str) -> Screen:
        """The same before any page is open."""
        answer = await self.page.context.request.get(await self._link(database, person), max_redirects=0)
        assert answer.status == 303, answer.status
        return self

    async def _link(self, database: Database, person: str) -> str:
        return f"{self.url}/sign-in/{await make_link(database, await ensure(database, person, admin=True))}"

    async def loaded(self) -> Screen:
        """Until the first gauges stand in the list."""
        await expect(self.rows.first).to_be_visible(timeout=15_000)
        return self

    def part(self, name: str) -> Locator:
        return self.page.get_by_test_id(name)

    # --- strip --------------------------------------------------------------------------------------------------------
    @property
    def connection(self) -> Locator:
        return self.part("connection")

    @property
    def notice(self) -> Locator:
        return self.part("notice").locator(".notice")

    @property
    def mode(self) -> Locator:
        return self.part("mode")

    @property
    def search(self) -> Locator:
        return self.page.locator("#search")

    @property
    def results(self) -> Locator:
        return self.page.locator("#search-results").get_by_role("option")

    async def standing(self) -> dict[str, int]:
        """How many sources the strip counts as good, wanting attention, bad."""
        counts = {}
        for kind in ("good", "attention", "bad"):
            found = self.part("sources").locator(f".{kind}")
            text = await found.inner_text() if await found.count() else "0"
            counts[kind] = int(re.search(r"\d+", text)[0])  # type: ignore[index]
        return counts

    # --- list ---------------------------------------------------------------------------------------------------------
    @property
    def rows(self) -> Locator:
        return self.part("gauge-row")

    @property
    def warning_rows(self) -> Locator:
        return self.part("warning-row")

    def row(self, name: str) -> Locator:
        return self.rows.filter(has=self.page.locator(".name .main", has_text=re.compile(rf"^{re.escape(name)}$")))

    async def reach(self, name: str) -> Locator:
        """The gauge's row, scrolled to: the list draws only what is near the view."""
        body = self.part("gauge-list").locator(".grid-body")
        await self.loaded()
        await body.evaluate("e => { e.scrollTop = 0; }")
        while not await self.row(name).count():
            moved = await body.evaluate(
                "e => { const at = e.scrollTop; e.scrollTop += e.clientHeight / 2; return e.scrollTop > at; }"
            )
            assert moved, f"no row {name} in the list"
            await self.page.evaluate(TWO_FRAMES)
        await self.row(name).scroll_into_view_if_needed()
        return self.row(name)

    async def all_names(self) -> set[str]:
        """Of every gauge in the list, scrolling through it."""
        body = self.part("gauge-list").locator(".grid-body")
        await body.evaluate("e => { e.scrollTop = 0; }")
        names: set[str] = set()
        moved = True
        while moved:
            await self.page.evaluate(TWO_FRAMES)
            names |= set(await self.rows.locator(".name .main").all_text_contents())
            moved = await body.evaluate(
                "e => { const at = e.scrollTop; e.scrollTop += e.clientHeight / 2; return e.scrollTop > at; }"
            )
        return {" ".join(name.split()) for name in names}

    def row_value(self, name: str) -> Locator:
        return self.row(name).get_by_test_id("row-value")

    async def show_sources(self) -> None:
        await self.part("sources").click()
        await expect(self.part("source-list")).to_be_visible()

    def source(self, name: str) -> Locator:
        return self.part(f"feed-{name}")

    def condition(self, name: str) -> Locator:
        return self.source(name).get_by_test_id("condition")

    # --- tabs -----------------------------------------------------------------------------------------------------
    def offer(self, tab: str) -> Locator:
        """The tab, or the group in which it stands while that is closed."""
        return self.page.locator(f'[data-testid="tab-{tab}"], [data-tabs~="{tab}"]:not([aria-pressed=true])')

    async def turn_to(self, tab: str) -> Locator:
        """The tab, chosen by the mouse: its group first, where tabs stand in groups."""
        await expect(self.offer(tab)).to_be_visible(timeout=30_000)
        if not await self.part(f"tab-{tab}").count():
            await self.page.locator(f'[data-tabs~="{tab}"]').click()
        await self.part(f"tab-{tab}").click()
        await expect(self.part(f"tab-{tab}")).to_have_attribute("aria-selected", "true")
        return self.part(f"tab-{tab}")

    async def tabs(self) -> list[str]:
        """All that there are beside the list, in order, whatever group is open."""
        shown: list[str] = await self.part("list-column").evaluate(
            """(column) => {
              const groups = [...column.querySelectorAll('[data-tabs]')].flatMap((e) => e.dataset.tabs.split(' '));
              return groups.length ? groups : [...column.querySelectorAll('[role=tab]')].map((e) => e.id.slice(4));
            }"""
        )
        return shown

    # --- panel --------------------------------------------------------------------------------------------------------
    @property
    def panel(self) -> Locator:
        return self.part("panel")

    @property
    def panel_title(self) -> Locator:
        return self.panel.get_by_test_id("panel-title")

    async def titled(self, title: str) -> None:
        """Until the panel tells of this thing."""
        await expect(self.panel_title).to_have_text(title)

    @property
    def panel_value(self) -> Locator:
        return self.panel.get_by_test_id("panel-value")

    # --- map ----------------------------------------------------------------------------------------------------------
    @property
    def map(self) -> Locator:
        return self.part("map")

    async def map_image(self) -> Image.Image:
        """What stands on the screen where the map is, one pixel per CSS pixel."""
        return Image.open(io.BytesIO(await self.map.screenshot(scale="css"))).convert("RGB")

    async def see(self, shown: Callable[[Image.Image], bool], *, within: float = 40) -> Image.Image:
        """The map's image, as soon as it shows what is looked for."""
        async with asyncio.timeout(within):
            while not shown(image := await self.map_image()):
                await self.page.wait_for_timeout(200)
        return image

    async def projection(self) -> Projection:
        """Where places lie on the map's image."""
        box = await self.map.bounding_box()
        assert box is not None
        return Projection(*await self.place(), round(box["width"]), round(box["height"]))

    async def mark_colour(self, name: str) -> Colour:
        """The fill of the level mark in the gauge's row."""
        shape = (await self.reach(name)).locator("svg.mark .shape")
        return parse(await shape.evaluate("e => getComputedStyle(e).fill"))

    async def place(self) -> tuple[float, float, float]:
        """Zoom, latitude, longitude as the address bar says."""
        zoom, latitude, longitude = self.view()["map"].split("/")
        return float(zoom), float(latitude), float(longitude)

    async def arrives(self, *, zoom: Near = None, latitude: Near = None, longitude: Near = None) -> None:
        """Until the address bar names a place within these bounds."""
        wanted = (zoom, latitude, longitude)
        async with asyncio.timeout(40):
            while True:
                place = await self.place() if "map" in self.view() else None
                if place and all(w is None or w[0] <= at <= w[1] for w, at in zip(wanted, place, strict=True)):
                    return
                await self.page.wait_for_timeout(100)

    async def settled(self) -> tuple[float, float, float]:
        """The place, once the map has stopped moving and the address bar has been written."""
        async with asyncio.timeout(40):
            before = None
            while before != self.page.url or "map" not in self.view():
                before = self.page.url
                await self.page.wait_for_timeout(600)  # longer than the address bar lags behind
        return await self.place()

    def view(self) -> dict[str, str]:
        """The parts of the address bar."""
        parts = self.page.url.partition("#")[2]
        return {n: unquote(v) for n, _, v in (p.partition("=") for p in parts.split("&")) if n}

    # --- the page as a whole ------------------------------------------------------------------------------------------
    async def shoot(self, name: str) -> None:
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        await self.page.screenshot(path=SCREENSHOTS / f"{name}.png")

    async def focused(self) -> dict[str, Any]:
        """What has the focus: tag, role, test id, text, box and whether a ring is drawn around it."""
        await self.page.evaluate(TWO_FRAMES)  # rings may be drawn by a transition, however short
        found: dict[str, Any] = await self.page.evaluate(
            """() => {
              const e = document.activeElement;
              const style = getComputedStyle(e), box = e.getBoundingClientRect();
              const label = e.closest('label, search');
              const outlined = (s) => s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) > 0;
              const marked = (s) => outlined(s) || s.boxShadow !== 'none';
              return {
                tag: e.tagName.toLowerCase(), role: e.getAttribute('role'), id: e.id, testid: e.dataset.testid ?? '',
                within: e.closest('[data-testid=panel]') ? 'panel' : e.closest('header.strip') ? 'strip'
                  : e.closest('.rail') ? 'rail' : e.closest('#list-column') ? 'list' : e.closest('main') ? 'map' : '',
                name: e.getAttribute('aria-label') ?? e.innerText?.slice(0, 60) ?? '',
                ring: marked(style) || (label !== null && marked(getComputedStyle(label))),
                box: [box.left, box.top, box.right, box.bottom],
              };
            }"""
        )
        return found


async def steer(staff: httpx.AsyncClient, **order: Any) -> None:
    """An order to the exercise, as the person signed in with `staff` gives it."""
    answer = await staff.post("/api/exercise", json=order)
    assert answer.status_code == 200, answer.text


async def heal(staff: httpx.AsyncClient, feed: str) -> None:
    """The source works again, and has been asked since: a door that was shut takes a moment to open."""
    await steer(staff, action="heal", feed=feed)
    async with asyncio.timeout(40):
        while True:
            assert (await staff.post(f"/api/feeds/{feed}/poll")).status_code == 200
            listed = (await staff.get("/api/feeds")).json()["feeds"]
            if next(f for f in listed if f["name"] == feed)["condition"] == "FRESH":
                return
