"""The order of the acts: one hour, minute by minute. The clock jumps, the people do not."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from tests.journeys.exercise import sharing, shift, work
from tests.journeys.exercise.stage import Stage

Pause = Callable[[str], Awaitable[None]]


async def _nothing(moment: str) -> None:
    return None


async def play(stage: Stage, *, pause: Pause = _nothing) -> None:
    """From minute 15 to 60; `opening` was played before. `pause` is called at the main moments, by their names."""
    half = stage.scale.sites // 2
    spoken = stage.scale.entries // 2
    tasks = stage.scale.tasks // 2

    await stage.go_to(15)
    await work.report_sites(stage, half)
    await work.speak(stage, spoken)
    await stage.keep()
    await pause("reported")

    await stage.go_to(22)
    await work.move_sites(stage)
    await work.merge_duplicate(stage)
    await work.disagree(stage)
    first = await work.order(stage, tasks)
    await stage.keep()

    await stage.go_to(30)
    await work.answer(stage, first)
    await work.correct(stage)
    await pause("half-time")
    await shift.play(stage)
    await stage.keep()

    await stage.go_to(38)
    await work.report_sites(stage, stage.scale.sites - half)
    await work.move_sites(stage)
    await stage.keep()

    await stage.go_to(47)
    second = await work.order(stage, stage.scale.tasks - tasks)
    await work.answer(stage, second, refuse=-1, leave=())
    await work.speak(stage, stage.scale.entries - spoken, after=spoken)
    await stage.keep()

    await stage.go_to(58)
    await sharing.share_view(stage)
    await sharing.release_zone(stage)
    await stage.keep()
    await pause("end")
    await stage.go_to(60)
