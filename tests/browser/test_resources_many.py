"""Thousands of resources, hundreds of positions a second: list and board stay in hand."""

from __future__ import annotations

import asyncio
import os
from datetime import UTC, datetime
from typing import Any

from playwright.async_api import expect

from geodata.model.ref import Ref
from geodata.model.resource import Availability, Position, Resource, ResourceKind
from geodata.store.resources import add, put_position
from tests.browser.conftest import PATIENCE, Visit
from tests.browser.depot import Depot
from tests.browser.scene import Scene
from tests.browser.screen import Screen
from tests.browser.test_many import MEASURE
from tests.service.conftest import Node

PROVE = bool(os.environ.get("LAGEBILD_PROVE"))
RESOURCES, CHANGES, SECONDS = (20_000, 300, 6) if PROVE else (2_000, 100, 2)
SHARE_OF_A_CORE = 0.6
"""What the page's main thread may use; its own processor time, whatever else the machine does."""

STATES = list(Availability)[:10]


def position(n: int, step: int) -> Position:
    x, y = 6.0 + n % 150 * 0.02 + step * 0.0004, 50.6 + n // 150 * 0.012
    return Position(x, y, datetime.now(UTC), "tetra", speed=11.0)


async def fill(depot: Depot) -> None:
    now = datetime.now(UTC)
    for start in range(0, RESOURCES, 2_000):
        async with depot.scene.node.database.transaction("feed:test") as tx:
            for n in range(start, min(RESOURCES, start + 2_000)):
                made = Resource(
                    depot.organisation, ResourceKind.VEHICLE, "HLF20", f"Florian {n}",
                    availability=STATES[n % 10], strength="0/1/8//9",
                )  # fmt: skip
                add(tx, Ref("local", "resource", f"r{n}"), made, room=depot.room, at=now, source="test")
                put_position(tx, Ref("local", "position", f"r{n}"), depot.room, position(n, 0), received_at=now)


async def drive(depot: Depot) -> None:
    for step in range(1, SECONDS + 1):
        for part in range(4):
            async with depot.scene.node.database.transaction("feed:test") as tx:
                for n in range(part * CHANGES // 4, (part + 1) * CHANGES // 4):
                    ref = Ref("local", "position", f"r{n * 61 % RESOURCES}")
                    where = position(n * 61 % RESOURCES, step)
                    put_position(tx, ref, depot.room, where, received_at=datetime.now(UTC))
            await asyncio.sleep(0.2)


async def watched(screen: Screen, depot: Depot) -> tuple[dict[str, Any], float]:
    """Frames while vehicles drive, and the share of a core that the page's main thread used."""
    profiler = await screen.page.context.new_cdp_session(screen.page)
    await profiler.send("Performance.enable", {"timeDomain": "threadTicks"})

    async def used() -> float:
        metrics = (await profiler.send("Performance.getMetrics"))["metrics"]
        return float(next(metric["value"] for metric in metrics if metric["name"] == "TaskDuration"))

    driving, before = asyncio.create_task(drive(depot)), await used()
    figures = await screen.page.evaluate(MEASURE, SECONDS)
    await driving
    return figures, (await used() - before) / SECONDS


async def test_thousands_of_moving_resources_leave_list_and_board_responsive(empty: Node, blind_visit: Visit) -> None:
    scene = await Scene.open(empty)
    depot = await Depot.begin(scene)
    await fill(depot)
    screen = await scene.sit(blind_visit, "Anna Leitner")
    for page, shown in (("list", "resource-list"), ("board", "board-matrix")):
        await screen.open(tab="resources", page=page)
        await expect(screen.part("tab-resources")).to_contain_text(str(RESOURCES), timeout=3 * PATIENCE)
        await expect(screen.part(shown)).to_be_visible()
        assert await screen.part("resource-row").count() < 60, "the list draws what is near the view, not everything"
        figures, share = await watched(screen, depot)
        print(
            f"{page}: {RESOURCES} resources, {CHANGES} positions/s for {SECONDS} s: 95 % of frames under "
            f"{figures['p95']:.0f} ms, longest task "
            f"{figures['longest']:.0f} ms, main thread {share * 100:.0f} % of a core"
        )
        assert share < SHARE_OF_A_CORE
