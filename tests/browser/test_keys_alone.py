"""What staffs of two nodes do together, done without a mouse: every stop shows a ring, nothing is a trap, whoever
opened something stands there again when it closes, what happened is said, and the red night is readable."""

from __future__ import annotations

from playwright.async_api import expect

from tests.browser.conftest import PATIENCE, Visit
from tests.browser.screen import Screen
from tests.browser.test_accessibility import findings
from tests.browser.test_exchange import Pair as Sides
from tests.browser.test_exchange import pair as sides  # noqa: F401
from tests.browser.test_partners import Pair, pair, sit, words  # noqa: F401
from tests.service.federation.procedures.test_alarms import ask
from tests.service.roster.crew import told

NIGHT = {"theme": "night"}


async def press(screen: Screen, *keys: str) -> None:
    for key in keys:
        await screen.page.keyboard.press(key)


async def go(screen: Screen, part: str, key: str = "Tab", most: int = 120) -> None:
    """From stop to stop until it has the focus; none is without a ring."""
    await expect(screen.part(part).first).to_be_visible()
    for _ in range(most):
        await press(screen, key)
        stop = await screen.focused()
        assert stop["ring"] or stop["tag"] == "body", f"no visible focus on {stop}"
        if stop["testid"] == part:
            return
    raise AssertionError(f"{part} is not reached by {key}")


async def stands(screen: Screen, part: str) -> None:
    await expect(screen.part(part).first).to_be_focused(timeout=PATIENCE)


async def somewhere(screen: Screen) -> None:
    """The focus is not lost."""
    await screen.page.wait_for_function("() => document.activeElement !== document.body")
    assert (await screen.focused())["within"] == "list"


async def to_face(screen: Screen, face: str) -> None:
    """From anywhere to a face of the partners' tab."""
    await expect(screen.part("tab-partners").first).to_be_visible(timeout=PATIENCE)
    await press(screen, "Escape", "g", "n")
    await stands(screen, "tab-partners")
    for _ in range(4):
        await press(screen, "Tab")
        if (await screen.focused())["testid"].startswith("face-"):
            break
    for _ in range(4):
        if (await screen.focused())["testid"] == f"face-{face}":
            return
        await press(screen, "ArrowRight")
    raise AssertionError(f"no face {face}")


async def test_partners_are_invited_accepted_compared_and_suspended_by_keys(
    pair: Pair,  # noqa: F811
    blind_visit: Visit,
) -> None:
    here, there = [await sit(blind_visit, town, NIGHT, bypass_csp=True) for town in pair]
    await to_face(here, "partners")
    await go(here, "partner-invite")
    await press(here, "Enter")
    await go(here, "invite-whom", most=4)
    await here.page.keyboard.type("Bergheim")
    await press(here, "Enter")
    await stands(here, "invitation-text")
    invitation = await here.part("invitation-text").input_value()
    await here.shoot("keys-invitation-night")
    assert await findings(here) == []
    await to_face(there, "partners")
    await go(there, "partner-accept")
    await press(there, "Enter")
    await go(there, "accept-text", most=4)
    await there.page.keyboard.insert_text(invitation)
    await go(there, "accept-go", most=2)
    await press(there, "Enter")
    await expect(there.part("partner-state")).to_have_text("wartet auf Vergleich")
    await somewhere(there)
    assert await words(there)
    await to_face(here, "partners")
    await go(here, "partner-row")
    await press(here, "Enter")
    assert await words(here) == await words(there)
    for screen in (there, here):
        await go(screen, "words-same")
        if screen is here:
            await here.shoot("keys-compare-night")
            assert await findings(here) == []
        await press(screen, "Enter")
        await expect(screen.part("partner-state")).to_have_text("aktiv")
        await expect(screen.part("offers")).to_have_attribute("role", "status")
        await expect(screen.part("offers")).not_to_be_empty()
        await somewhere(screen)
    await go(here, "partner-suspend")
    await press(here, "Enter")
    await stands(here, "partner-reason")
    await here.page.keyboard.type("Probe")
    await press(here, "Enter")
    await stands(here, "partner-resume")
    await press(here, "Enter")
    await expect(here.part("partner-state")).to_have_text("aktiv")
    await somewhere(here)
    await go(here, "partner-back", "Shift+Tab")
    await press(here, "Enter")
    await stands(here, "partner-row")


async def test_shares_messages_requests_and_reports_are_made_by_keys(
    sides: Sides,  # noqa: F811
    blind_visit: Visit,
) -> None:
    altdorf, bergheim = sides
    here, there = [
        await side.look(blind_visit, {"bypass_csp": True}, tab="partners", page="list", **NIGHT) for side in sides
    ]
    await to_face(here, "shares")
    await go(here, "new-share")
    await press(here, "Enter")
    await stands(here, "share-partner")
    await go(here, "template-everything")
    await press(here, "Enter")
    await go(here, "share-see")
    await press(here, "Enter")
    await go(here, "share-activate")
    await here.shoot("keys-share-night")
    assert await findings(here) == []
    await press(here, "Enter")
    await stands(here, "new-share")
    await expect(here.part("offers")).not_to_be_empty()
    await go(here, "share-end")
    await press(here, "Enter")
    await go(here, "share-end-reason", most=2)
    await here.page.keyboard.type("Lage beendet")
    await press(here, "Enter")
    await expect(here.part("share")).to_have_attribute("data-state", "ENDED")
    await somewhere(here)

    await to_face(here, "exchange")
    await go(here, "message-new")
    await press(here, "Enter")
    await stands(here, "message-text")
    await here.page.keyboard.type("Deich hält")
    await go(here, "message-send", most=5)
    await press(here, "Enter")
    await stands(here, "message-new")
    await expect(there.part("exchange-bell")).to_be_visible()
    await press(there, "g", "x")
    await stands(there, "tab-partners")
    await go(there, "message-open")
    await press(there, "Enter")
    await expect(here.part("message-state").first).to_contain_text("gelesen von Leitung")
    await go(there, "message-reply", most=2)
    await press(there, "Enter")
    await stands(there, "message-text")
    await there.page.keyboard.type("Verstanden")
    await press(there, "Control+Enter")
    await expect(there.part("message")).to_have_count(2)
    await somewhere(there)

    await ask(altdorf.crew, "bergheim", total=2)
    await expect(there.part("alarm-ask")).to_be_visible()
    await to_face(there, "exchange")
    await go(there, "ask-decline")
    await there.shoot("keys-exchange-night")
    assert await findings(there) == []
    await press(there, "Enter")
    await stands(there, "ask-reason")
    await there.page.keyboard.type("Alle im Einsatz")
    await press(there, "Enter")
    await expect(there.part("ask-decline")).to_have_count(0)
    await somewhere(there)

    told(await bergheim.crew.client.put("/api/situation-reports/rhythm", json={"hours": 6}))
    await to_face(here, "reports")
    await go(here, "report-text")
    await here.page.keyboard.type("Pegel steigt")
    await go(here, "report-preview", most=3)
    await press(here, "Enter")
    await expect(here.part("report-send")).to_be_visible()
    await stands(here, "report-preview")
    await here.shoot("keys-report-night")
    assert await findings(here) == []
    await go(here, "report-send", "Shift+Tab", most=2)
    await press(here, "Enter")
    await expect(here.part("sent-state")).to_be_visible()
    await stands(here, "report-preview")
    outside = set()
    for _ in range(60):
        await press(here, "Tab")
        outside.add((await here.focused())["within"])
    assert outside - {"list"}, "the panel is no trap"
