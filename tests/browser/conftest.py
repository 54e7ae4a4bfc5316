"""One headless Chromium, the nodes that its pages look at, and pages that are watched while they are open."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Awaitable, Callable
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright, expect

from geodata.store.cluster import Cluster
from tests.browser.screen import WIDE, Screen
from tests.browser.watch import Watch
from tests.service.conftest import Node, running

HERE = Path(__file__).parent
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
QUIET = [
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SOFTWARE_GL = ["--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
NO_GL = ["--disable-gpu", "--disable-webgl", "--disable-webgl2", "--disable-3d-apis"]
EVERY_SECOND = {name: {"every": 1} for name in ("pegelonline", "nina", "dwd_cap")} | {
    name: {"every": 10} for name in ("lanuk", "lhp")
}
"""Those whose readings tests wait for; the others are there too."""
NOW_AND_THEN = {name: {"every": 5} for name in EVERY_SECOND}
WORST_NIGHT = "2021-07-14T22:30:00+02:00"

PATIENCE = 40_000
"""Milliseconds: browsers that draw in software on two cores keep each other waiting."""


def promised(seconds: float) -> float:
    """What a proof holds us to; a test that shares its machine with others only asks that it happens."""
    return seconds if os.environ.get("LAGEBILD_PROVE") else PATIENCE / 1000


expect.set_options(timeout=PATIENCE)

Visit = Callable[..., Awaitable[Screen]]
_numbers = count(1)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser, nodes and tests share one event loop."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest.fixture(scope="session", autouse=True)
def _built() -> None:
    if not (HERE.parents[1] / "service" / "static" / "index.html").is_file():
        pytest.fail("no frontend in service/static; build it: npm --prefix frontend run build")


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET + SOFTWARE_GL)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def blind_chromium() -> AsyncIterator[Browser]:
    """Without WebGL, as on a locked-down office machine."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET + NO_GL)
        yield browser
        await browser.close()


async def pages(browser: Browser) -> AsyncIterator[Visit]:
    """Opens pages in contexts of their own; at the end none of them may have done anything unwelcome."""
    opened: list[Screen] = []

    async def visit(node: Node | str, **options: Any) -> Screen:
        url = node if isinstance(node, str) else node.url
        usual = {"viewport": WIDE, "locale": "de-DE", "timezone_id": "Europe/Berlin", "reduced_motion": "reduce"}
        context = await browser.new_context(**{**usual, **options})
        context.set_default_timeout(PATIENCE)
        watch = Watch(context, urlsplit(url).netloc)
        await watch.listen(context)
        opened.append(Screen(await context.new_page(), url, watch))
        return opened[-1]

    yield visit
    for screen in opened:
        await screen.page.context.close()
    assert [line for screen in opened for line in screen.watch.unwelcome()] == []


@pytest_asyncio.fixture(loop_scope="session")
async def visit(chromium: Browser) -> AsyncIterator[Visit]:
    async for opener in pages(chromium):
        yield opener


@pytest_asyncio.fixture(loop_scope="session")
async def blind_visit(blind_chromium: Browser) -> AsyncIterator[Visit]:
    async for opener in pages(blind_chromium):
        yield opener


@pytest.fixture(scope="session")
def nrw_copy(cluster: Cluster, template_with_land: str) -> Callable[[], str]:
    """Addresses of fresh databases with the land; they go with the cluster."""

    def copy() -> str:
        name = f"browser_{os.getpid()}_{next(_numbers)}"
        cluster.create_database(name, template=template_with_land)
        return cluster.url(name)

    return copy


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def flood(nrw_copy: Callable[[], str]) -> AsyncIterator[Node]:
    """The worst night of July 2021. Tests only look at it."""
    exercise = {"scenario": "flood_2021", "start": WORST_NIGHT, "forces": False}
    async with running(nrw_copy(), mode="EXERCISE", exercise=exercise, feeds=NOW_AND_THEN) as node:
        yield node


@pytest_asyncio.fixture(loop_scope="session")
async def calm(nrw_copy: Callable[[], str]) -> AsyncIterator[Node]:
    """Four gauges and no warning, for the test alone: it may steer."""
    async with running(nrw_copy(), mode="EXERCISE", exercise={"scenario": "calm"}, feeds=EVERY_SECOND) as node:
        yield node


@pytest_asyncio.fixture(loop_scope="session")
async def empty(nrw_copy: Callable[[], str]) -> AsyncIterator[Node]:
    """The land and nothing else: no source has ever spoken."""
    async with running(nrw_copy()) as node:
        yield node
