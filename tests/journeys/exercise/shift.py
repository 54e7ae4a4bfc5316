"""Half-time: every seat of the Einsatzleitung changes hands with a note, and its journal is closed and signed."""

from __future__ import annotations

from playwright.async_api import expect

from tests.browser.screen import Screen
from tests.journeys.exercise import hands
from tests.journeys.exercise.cast import EINSATZLEITUNG, EMPTY_SEAT
from tests.journeys.exercise.desk import Desk
from tests.journeys.exercise.opening import assign, vacant
from tests.journeys.exercise.stage import Stage

NOTE = "Offene Aufträge besprochen, Karte und Einsatztagebuch übergeben, Schwerpunkt Erft-Süd."


async def close_journal(stage: Stage) -> None:
    desk = stage.desk(EINSATZLEITUNG.model, EINSATZLEITUNG.recorder)
    await desk.send("POST", f"/journals/{desk.staff}/close", {"note": NOTE})


async def change_hands(stage: Stage) -> None:
    """Old and new sit beside each other until the note is written; then the old one has no rights any more."""
    model = EINSATZLEITUNG.model
    lead = stage.desk(model, "LDS")
    for seat in sorted(EINSATZLEITUNG.relief, key=lambda seat: seat == "LDS"):
        old = stage.desk(model, seat)
        post = await old.thing("post", f"{old.staff}.{seat}")
        holder = next(h for h in post.body["holders"] if h["person"] == old.person)
        path = f"/assignments/{holder['assignment']}/state"
        await lead.send("POST", path, {"state": "HANDOVER", "note": NOTE})
        await assign(stage, lead, EINSATZLEITUNG, seat, EINSATZLEITUNG.relief[seat])
        await stage.desk(model, "LDS").send("POST", path, {"state": "OFF", "note": NOTE})
        stage.relieved.append(old)
        if screen := stage.screens.pop(old.name, None):
            await take_the_chair(stage, screen, stage.desk(model, seat))


async def take_the_chair(stage: Stage, screen: Screen, new: Desk) -> None:
    """The page stays where it is; one signs out, the other signs in."""
    await expect(screen.part("own-function")).to_have_count(0)
    stage.took("sign out", await hands.sign_out(screen))
    login = await hands.give_password(stage, new)
    stage.took("sign in", await hands.sign_in(screen, login))
    stage.screens[new.name] = screen


async def play(stage: Stage) -> None:
    await close_journal(stage)
    await change_hands(stage)
    assert await vacant(stage.desk(EINSATZLEITUNG.model, "LDS")) == {EMPTY_SEAT}
    gone = stage.relieved[0]
    await gone.send("POST", f"/journals/{gone.staff}/entries", {"kind": "NOTE", "text": "Noch da?"}, status=404)
