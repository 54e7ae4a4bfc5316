"""German first, English complete: nothing missing, nothing left over from the other language."""

from __future__ import annotations

import re

from playwright.async_api import expect

from tests.browser.conftest import HERE, Visit
from tests.browser.screen import Screen
from tests.service.conftest import Node

KOELN = "pegelonline.a6ee8177-107b-47dd-bcfd-30960ccc6e9c"
WORDS = HERE.parents[1] / "frontend" / "src" / "text"
BROKEN = re.compile(r"undefined|\[object|NaN|null\b|\$\{|=>")
VIEWS = ({"sel": f"station:{KOELN}"}, {"tab": "warnings"}, {"tab": "sources"}, {"aside": "legend"}, {"aside": "help"})
OURS = """
() => {
  const found = [];
  for (const e of document.querySelectorAll('body *')) {
    for (const name of ['aria-label', 'title', 'placeholder']) found.push(e.getAttribute(name) ?? '');
    for (const node of e.childNodes) if (node.nodeType === 3 && node.data.trim()) found.push(node.data.trim());
  }
  return [...new Set(found)].filter((text) => text);
}
"""


def only_german() -> list[str]:
    """Fixed German words of ours that English does not use."""
    literals = {name: set(re.findall(r"'([^'\n]{4,})'", (WORDS / name).read_text())) for name in ("de.ts", "en.ts")}
    english = " ".join(literals["en.ts"])
    literals["de.ts"].discard("Deutscher Wetterdienst")  # a name
    return [word for word in literals["de.ts"] if (word not in english and " " in word) or re.search("[äöüß]", word)]


async def said(screen: Screen) -> list[str]:
    """Every text and name on the page, with the details of every source open."""
    texts: list[str] = await screen.page.evaluate(OURS)
    return texts


async def test_the_english_page_has_no_german_word_of_ours(flood: Node, visit: Visit) -> None:
    screen = await visit(flood)
    german = only_german()
    assert len(german) > 40
    for view in VIEWS:
        await (await screen.open(lang="en", **view)).part("list-column").wait_for()
        await expect(screen.page.locator("html")).to_have_attribute("lang", "en")
        left = [(word, text) for text in await said(screen) for word in german if word in text]
        assert left == [], view


async def test_no_text_is_missing_or_broken_in_either_language(flood: Node, visit: Visit) -> None:
    screen = await visit(flood)
    for language in ("de", "en"):
        for view in VIEWS:
            await (await screen.open(lang=language, **view)).part("list-column").wait_for()
            await expect(screen.connection).to_have_class(re.compile("live"))
            if "sel" in view:
                await screen.titled("KÖLN")
            texts = await said(screen)
            assert len(texts) > 60
            assert [text for text in texts if BROKEN.search(text)] == []


async def test_the_language_changes_without_a_reload_and_numbers_with_it(flood: Node, visit: Visit) -> None:
    screen = await (await (await visit(flood)).open(sel=f"station:{KOELN}")).loaded()
    await expect(screen.panel).to_contain_text("Kennwerte")
    await expect(screen.panel).to_contain_text("688,0")
    await screen.part("language").click()
    await expect(screen.page.locator("html")).to_have_attribute("lang", "en")
    await expect(screen.panel).to_contain_text("688.0")
    await expect(screen.panel).not_to_contain_text("Kennwerte")
    await screen.shoot("english")


async def test_a_warning_is_shown_in_the_readers_language_where_there_is_one_and_marked(
    flood: Node, visit: Visit
) -> None:
    screen = await visit(flood)
    marked = {}
    for language in ("de", "en"):
        await screen.open(lang=language, tab="warnings")
        await expect(screen.warning_rows.first).to_be_visible(timeout=15_000)
        heads = await screen.warning_rows.locator(".head").all()
        marked[language] = {(await head.get_attribute("lang") or "")[:2] for head in heads}
    assert marked["de"] == {"de"}
    assert "en" in marked["en"]
