"""The server or its database goes away under an open page: the page says so, keeps its values, and comes back alone."""

from __future__ import annotations

import re
from collections.abc import Iterator

import httpx
import pytest
from playwright.async_api import expect

from tests.browser.conftest import Visit
from tests.browser.screen import Screen
from tests.node import Node

BACK = 30_000


@pytest.fixture(scope="module")
def node() -> Iterator[Node]:
    """All processes of `lagebild up`, so that each can be killed by itself."""
    node = Node("--exercise", "calm", environment={"LAGEBILD_FEEDS__PEGELONLINE__EVERY": "1"})
    node.start(within=120)
    yield node
    node.close()


def sign_in(node: Node) -> httpx.Client:
    """With a link of its own: each works once."""
    link = node.run("link", "Leitung").stdout.strip()
    client = httpx.Client(base_url=node.address, timeout=20)
    assert client.get(link).status_code == 303
    return client


async def opened(visit: Visit, node: Node) -> Screen:
    screen = await (await (await visit(node.address)).open()).loaded()
    await expect(screen.connection).to_have_class(re.compile("live"))
    await screen.page.evaluate("() => { window.__same = true; }")
    return screen


async def caught_up(screen: Screen, node: Node, value: int) -> None:
    """Live again, without a reload, and what is reported now stands in the list."""
    await expect(screen.connection).to_have_class(re.compile("live"), timeout=BACK)
    await expect(screen.notice).to_have_count(0, timeout=BACK)
    staff = sign_in(node)
    answer = staff.post("/api/exercise", json={"action": "value", "gauge": "koeln", "value": value})
    assert answer.status_code == 200, answer.text
    staff.close()
    await expect(screen.row_value("KÖLN")).to_have_text(str(value), timeout=BACK)
    assert await screen.page.evaluate("() => window.__same === true")


async def test_a_killed_server_is_told_in_amber_with_the_time_and_the_page_catches_up(node: Node, visit: Visit) -> None:
    screen = await opened(visit, node)
    values = await screen.rows.get_by_test_id("row-value").all_inner_texts()
    node.kill_9("server")
    await expect(screen.connection).to_have_class(re.compile("lost|connecting"))
    assert await screen.rows.get_by_test_id("row-value").all_inner_texts() == values
    await caught_up(screen, node, 611)


async def test_a_stopped_node_leaves_the_last_picture_ageing_and_says_since_when(node: Node, visit: Visit) -> None:
    screen = await opened(visit, node)
    await expect(screen.row("KÖLN")).to_be_visible()
    node.stop()
    await expect(screen.connection).to_have_class(re.compile("lost"))
    await expect(screen.notice).to_contain_text(re.compile(r"Keine Verbindung seit .*\d\d:\d\d"))
    colour = await screen.notice.evaluate("e => getComputedStyle(e).backgroundColor")
    red, green, blue = (int(part) for part in re.findall(r"\d+", colour)[:3])
    assert red > 150 and green > 100 and blue < green, f"amber, not {colour}"
    await expect(screen.rows).to_have_count(4)
    age = await screen.row("KÖLN").locator(".age").inner_text()
    await screen.shoot("error-connection-lost")
    await expect(screen.row("KÖLN").locator(".age")).not_to_have_text(age, timeout=65_000)
    node.start(within=120)
    await caught_up(screen, node, 622)


async def test_a_restarted_database_does_not_need_a_reload_either(node: Node, visit: Visit) -> None:
    screen = await opened(visit, node)
    node.kill_9("postgresql")
    await expect(screen.row("KÖLN")).to_be_visible()
    await caught_up(screen, node, 633)
