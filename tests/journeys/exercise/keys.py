"""Hands on the keyboard and nowhere else; counts what they press, because every press is somebody's time."""

from __future__ import annotations

from dataclasses import dataclass

from playwright.async_api import Page, expect

FOCUSED = """() => { const e = document.activeElement;
  const named = e.getAttribute('aria-label') ?? e.textContent ?? e.tagName;
  return e.dataset.testid || e.dataset.key || e.id || named.trim().slice(0, 30); }"""


@dataclass(slots=True)
class Keys:
    """`pressed` counts keys, a typed text as one."""

    page: Page
    pressed: int = 0

    async def press(self, *keys: str) -> Keys:
        for key in keys:
            await self.page.keyboard.press(key)
            self.pressed += 1
        return self

    async def type(self, text: str) -> Keys:
        await self.page.keyboard.type(text)
        self.pressed += 1
        return self

    async def reach(self, testid: str, *, most: int = 60, back: bool = False) -> Keys:
        """Tab until the part with this test id, or the row of this thing, has the focus."""
        trail = []
        for _ in range(most):
            focused = await self.page.evaluate(FOCUSED)
            if focused == testid:
                return self
            trail.append(focused)
            await self.press("Shift+Tab" if back else "Tab")
        raise AssertionError(f"{testid} is not reached with {most} tabs: {' > '.join(trail)}")

    async def stands_at(self, testid: str) -> Keys:
        """The focus was put there for us."""
        await expect(self.page.locator(f'[data-testid="{testid}"]:focus')).to_have_count(1)
        return self

    async def fill(self, testid: str, text: str) -> Keys:
        await self.reach(testid)
        return await self.type(text)

    async def choose(self, testid: str, value: str) -> Keys:
        """A value of a closed list, by arrows as on any machine."""
        await self.reach(testid)
        field = self.page.get_by_test_id(testid)
        await self.press("Home")
        for _ in range(60):
            if await field.input_value() == value:
                return self
            before = await field.input_value()
            await self.press("ArrowDown")
            if await field.input_value() == before:
                break
        raise AssertionError(f"{testid} offers no {value}")
