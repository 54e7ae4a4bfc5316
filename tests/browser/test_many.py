"""Three thousand gauges, two hundred of them changing each second: the page stays in hand."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta

import pytest_asyncio
from playwright.async_api import expect

from feeds.contract import Batch
from feeds.pegelonline import Pegelonline
from geodata.model.clock import WallClock
from geodata.model.level import Level
from geodata.model.observation import Observation
from geodata.model.station import Series, Station, Threshold
from service.intake import Intake
from tests.browser.conftest import Visit
from tests.service.conftest import Node, running

GAUGES, CHANGING, SECONDS = 3_000, 200, 6
LONGEST_TASK = 3.0
"""Seconds that the page may be deaf at once, on two shared cores that also draw the map in software."""

SHARE_OF_A_CORE = 0.6
"""What the page's main thread may use; its own processor time, whatever else the machine does."""

MARKS = tuple(Threshold(f"M{n}", 100.0 * n, "cm", "", Level(n)) for n in (1, 2, 3, 4))
MEASURE = """
(seconds) => new Promise((done) => {
  const tasks = [], frames = [];
  const observer = new PerformanceObserver((list) => tasks.push(...list.getEntries().map((e) => e.duration)));
  observer.observe({type: 'longtask'});
  let last = performance.now();
  const until = last + seconds * 1000;
  const frame = (now) => {
    frames.push(now - last);
    last = now;
    if (now < until) return requestAnimationFrame(frame);
    observer.disconnect();
    frames.sort((a, b) => a - b);
    done({frames: frames.length, p95: frames[Math.floor(frames.length * 0.95)], tasks: tasks.length,
          longest: Math.max(0, ...tasks)});
  };
  requestAnimationFrame(frame);
})
"""


@pytest_asyncio.fixture(loop_scope="session")
async def many(nrw_copy: Callable[[], str]) -> AsyncIterator[Node]:
    async with running(nrw_copy()) as node:
        side = math.ceil(math.sqrt(GAUGES))
        stations = [
            Station(
                f"many.{n}", f"Pegel {n:04}", water=f"Bach {n % 40}", series=(Series("W", "cm", 15, MARKS),),
                longitude=6.0 + n % side * 3.2 / side, latitude=50.4 + n // side * 2.0 / side,
            )
            for n in range(GAUGES)
        ]  # fmt: skip
        await intake(node).deliver(Pegelonline(), Batch(stations=stations, observations=observed(range(GAUGES), 0)))
        yield node


def intake(node: Node) -> Intake:
    return Intake(node.database, "local", WallClock())


def observed(numbers: range, second: int) -> list[Observation]:
    at = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=2) + timedelta(seconds=second)
    return [Observation(f"many.{n}", "W", at, float((n * 7 + second * 31) % 500), "cm") for n in numbers]


async def test_three_thousand_gauges_leave_the_page_responsive(many: Node, visit: Visit) -> None:
    screen = await (await (await visit(many)).open(map="8/51.4/7.5")).loaded()
    await expect(screen.part("gauge-count")).to_have_text("3000")
    assert await screen.rows.count() < 80, "the list draws what is near the view, not everything"

    async def change() -> None:
        for second in range(1, SECONDS + 1):
            await intake(many).deliver(Pegelonline(), Batch(observations=observed(range(CHANGING), second)))
            await asyncio.sleep(1)

    profiler = await screen.page.context.new_cdp_session(screen.page)
    await profiler.send("Performance.enable", {"timeDomain": "threadTicks"})

    async def used() -> float:
        metrics = (await profiler.send("Performance.getMetrics"))["metrics"]
        return float(next(m["value"] for m in metrics if m["name"] == "TaskDuration"))

    changing = asyncio.create_task(change())
    before = await used()
    figures = await screen.page.evaluate(MEASURE, SECONDS)
    await changing
    share = (await used() - before) / SECONDS
    print(
        f"{GAUGES} gauges, {CHANGING} changes/s for {SECONDS} s: {figures['frames'] / SECONDS:.0f} frames/s, "
        f"95 % under {figures['p95']:.0f} ms, {figures['tasks']} long tasks, longest {figures['longest']:.0f} ms, "
        f"main thread {share * 100:.0f} % of a core"
    )
    assert share < SHARE_OF_A_CORE
    assert figures["longest"] < LONGEST_TASK * 1000
    last = observed(range(CHANGING), SECONDS)[17].value
    await screen.search.fill("Pegel 0017")
    await screen.results.first.click()
    await screen.titled("Pegel 0017")
    await expect(screen.panel_value).to_have_text(f"{last:.0f}")
    await screen.shoot("many-gauges")
