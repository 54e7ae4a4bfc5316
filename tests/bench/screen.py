"""A headless Chromium that stays open on map and board, and says when each position and status was drawn.

Nothing in the product tells that, so the page's own workers are listened to: a position counts as drawn two frames
after the map's worker has made the tiles anew into which it went, as a sign or as the circle whose count or place it
changed (`by` names who did). What changes nothing that can be seen is not drawn and not counted. On the board a status
counts as drawn two frames after the line of its organisation has changed. Clocks are those of this machine.
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
  const drawn = [], gaps = [], lines = [], asked = new Map(), known = new WeakSet();
  let loaded = [], tiles = 0, last = 0, drawing = false;
  const collect = (given) => {
    const found = given instanceof Map ? [...given.values()] : given ?? [];
    const now = Date.now();
    return found.filter((f) => f.geometry).map((f) =>
      f.properties.by ? [f.properties.by, null, now] : [f.properties.key, f.geometry.coordinates[0], now]);
  };
  const answered = ({ data }) => {
    const what = asked.get(data?.id);
    if (data?.type !== '<response>' || what === undefined) return;
    asked.delete(data.id);
    if (what !== 'tile') {
      loaded.push(...what);
      setTimeout(() => { if (tiles === 0) loaded = []; });  // nothing of it lies in a tile that is shown
      return;
    }
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
  const at = (node) => (node instanceof Element ? node : node.parentElement)?.closest('tr[data-testid^="board-"]');
  new MutationObserver((records) => {
    const changed = new Set(records.map(({ target }) => at(target)?.dataset.testid.slice(6)));
    changed.delete(undefined);
    if (changed.size) requestAnimationFrame(() => requestAnimationFrame(() => {
      const now = Date.now();
      for (const line of changed) lines.push([line, now]);
    }));
  }).observe(document, { subtree: true, childList: true, characterData: true });
  const busy = () => !drawing || asked.size > 0;
  window.bench = { busy, take: () => ({ drawn: drawn.splice(0), gaps: gaps.splice(0), lines: lines.splice(0) }) };
})();
"""


@dataclass(frozen=True, slots=True)
class Seen:
    """`drawn`: resource, longitude (None where it was counted in a circle), the seconds in which it was handed to the
    map's worker and drawn. `lines`: organisation and second in which its line of the board was drawn anew. The others
    are milliseconds between two frames of the map and of the board."""

    drawn: list[tuple[str, float | None, float, float]]
    lines: list[tuple[str, float]]
    map_frames: list[float]
    board_frames: list[float]


@dataclass(frozen=True, slots=True)
class Watching:
    map: Page
    board: Page

    async def taken(self) -> Seen:
        """Since this was last asked."""
        at_map: dict[str, Any] = await self.map.evaluate("() => window.bench.take()")
        at_board: dict[str, Any] = await self.board.evaluate("() => window.bench.take()")
        return Seen(
            [(key, x, handed / 1e3, at / 1e3) for key, x, handed, at in at_map["drawn"]],
            [(line, at / 1e3) for line, at in at_board["lines"]],
            at_map["gaps"],
            at_board["gaps"],
        )

    async def organisations(self) -> list[str]:
        """Those with a line on the board."""
        lines = self.board.locator('tr[data-testid^="board-"]')
        return [str(each)[6:] for each in await lines.evaluate_all("all => all.map((each) => each.dataset.testid)")]


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
