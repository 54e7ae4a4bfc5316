"""Steering the exercise: its clock and the sources' failures."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from feeds.simulator.server import Simulator
from geodata.model.clock import ExerciseClock
from service.access.rights import Right
from service.access.sessions import Sessions
from service.errors import Invalid, NotFound
from service.routes.shapes import ExerciseOut, Problem


class Steering(BaseModel):
    action: Literal["pause", "resume", "speed", "jump", "fault", "heal", "value"]
    speed: float | None = Field(None, gt=0, le=100_000, examples=[60])
    to: datetime | None = None
    feed: str | None = None
    fault: str | None = None
    gauge: str | None = Field(None, description="a gauge of the scenario, for action value")
    value: float | None = Field(None, description="its level from now on; null gives it back to its curve")


def routes(
    sessions: Sessions, simulator: Simulator | None, clock: ExerciseClock | None, moved: Callable[[], Awaitable[None]]
) -> APIRouter:
    """`moved` is called after the clock was changed: it is saved and told to every browser."""
    router = APIRouter(prefix="/api/exercise", tags=["exercise"], responses={404: {"model": Problem}})

    def shown() -> ExerciseOut | None:
        return ExerciseOut.model_validate(simulator.state()) if simulator else None

    @router.get("", summary="The running exercise, or null")
    async def get_exercise() -> ExerciseOut | None:
        return shown()

    @router.post("", summary="Pause, run, jump, let a source fail")
    async def steer(request: Request, steering: Steering) -> ExerciseOut | None:
        (await sessions.visitor(request)).needs(Right.STEER)
        if simulator is None or clock is None:
            raise NotFound("no exercise is running here; start one with --exercise")
        try:
            _steer(simulator, clock, steering)
        except (ValueError, KeyError) as error:
            raise Invalid(steering.action, str(error)) from error
        await moved()
        return shown()

    return router


def _steer(simulator: Simulator, clock: ExerciseClock, steering: Steering) -> None:
    match steering:
        case Steering(action="pause"):
            clock.pause()
        case Steering(action="resume"):
            clock.resume()
        case Steering(action="speed", speed=float(speed)):
            clock.run_at(speed)
        case Steering(action="jump", to=datetime() as moment):
            clock.jump(moment)
        case Steering(action="fault", feed=str(feed), fault=str(fault)):
            simulator.set_fault(feed, fault)
        case Steering(action="heal", feed=str(feed)):
            simulator.heal(feed)
        case Steering(action="value", gauge=str(gauge)):
            simulator.set_value(gauge, steering.value)
        case _:
            raise ValueError(f"{steering.action} needs more: speed; to; feed and fault; or gauge and value")
