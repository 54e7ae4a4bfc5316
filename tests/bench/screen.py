"""A headless Chromium that stays open on map and board, and says when each position was drawn.

Nothing in the product tells that, so the page's own workers are listened to: a position counts as drawn two frames
after the map's worker has made the tiles anew into which it went. Clocks are those of this machine.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

from playwright.async_api import Page, async_playwright

from tests.browser.conftest import CHROMIUM, QUIET, SOFTWARE_GL

SOURCE = "resource-points"
PATIENCE = 120_000
LISTENING = """
(() => {
  const drawn = [], gaps = [], asked = new Map(), known = new WeakSet();
  let loaded = [], tiles = 0, last = 0, drawing = false;
  const collect = (given) => {
    const found = given instanceof Map ? [...given.values()] : given ?? [];
    const now = Date.now();
    return found.filter((f) => f.geometry).map((f) => [f.properties.key, ...f.geometry.coordinates, now]);
  };
  const answered = ({ data }) => {
    const what = asked.get(data?.id);
    if (data?.type !== '<response>' || what === undefined) return;
    asked.delete(data.id);
    if (what !== 'tile') return loaded.push(...what);
    if (--tiles > 0 || loaded.length === 0) return;
    const ready = loaded;
    loaded = [];
    requestAnimationFrame(() => requestAnimationFrame(() => {
      const now = Date.now();
      for (const each of ready) drawn.push([...each, now]);
    }));
  };
  const post = Worker.prototype.postMessage;
  Worker.prototype.postMessage = function (message, ...rest) {
    const given = message?.data;
    if (!known.has(this)) {
      known.add(this);
      this.addEventListener('message', answered);
    }
    if (message?.type === '<cancel>' && asked.get(message.id) === 'tile') {
      asked.delete(message.id);
      tiles -= 1;
    }
    if (given?.source === 'resource-points' && message.type !== '<response>') {
      drawing = true;
      if (message.type === 'LD') asked.set(message.id, collect(given.dataDiff?.add));
      else if (message.type === 'RT' || message.type === 'LT') {
        asked.set(message.id, 'tile');
        tiles += 1;
      }
    }
    return post.call(this, message, ...rest);
  };
  const beat = (now) => {
    if (last) gaps.push(now - last);
    last = now;
    requestAnimationFrame(beat);
  };
  requestAnimationFrame(beat);
  const busy = () => !drawing || asked.size > 0;
  window.bench = { busy, take: () => ({ drawn: drawn.splice(0), gaps: gaps.splice(0) }) };
})();
"""


@dataclass(frozen=True, slots=True)
class Watching:
    map: Page
    board: Page

    async def taken(self) -> tuple[list[tuple[str, float, float, float]], list[float], list[float]]:
        """Id, longitude, the seconds in which it was handed to the map's worker and drawn, since this was last asked;
        milliseconds between two frames of the map and of the board."""
        at_map: dict[str, Any] = await self.map.evaluate("() => window.bench.take()")
        at_board: dict[str, Any] = await self.board.evaluate("() => window.bench.take()")
        drawn = [(key, x, handed / 1e3, at / 1e3) for key, x, _, handed, at in at_map["drawn"]]
        return drawn, at_map["gaps"], at_board["gaps"]

    async def board_text(self) -> str:
        return await self.board.locator("main").first.inner_text()


@asynccontextmanager
async def watching(address: str, cookie: str, view: str) -> AsyncIterator[Watching]:
    """Both pages loaded with all resources. `cookie` as a request sends it."""
    name, _, value = cookie.partition("=")
    async with async_playwright() as playwright, AsyncExitStack() as closing:
        pages = []
        for hash in (view, "page=board"):  # a browser each: a page behind another gets no frames
            browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET + SOFTWARE_GL)
            closing.push_async_callback(browser.close)
            context = await browser.new_context(viewport={"width": 1280, "height": 720}, reduced_motion="reduce")
            await context.add_cookies([{"name": name, "value": value, "url": address}])
            context.set_default_timeout(PATIENCE)
            page = await context.new_page()
            await page.add_init_script(LISTENING)
            await page.goto(f"{address}/#{hash}", wait_until="commit")
            pages.append(page)
        for page in pages:
            while not await page.evaluate("() => Boolean(window.lagebild) && window.lagebild.held().cursor > 0"):
                await page.wait_for_timeout(500)
        await pages[0].locator("canvas").first.wait_for()
        still = 0
        while still < 6:  # three seconds in a row without anything to draw: all are on the map
            await pages[0].wait_for_timeout(500)
            still = 0 if await pages[0].evaluate("() => window.bench.busy()") else still + 1
        yield Watching(*pages)
