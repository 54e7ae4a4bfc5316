"""The page behind a link to one alarm: what it says, the answer, arrival and safety. Reading it answers nothing."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from fastapi import Request
from shapely.geometry import shape
from starlette.responses import Response

from alerting.model.recipient import Answer
from alerting.store import alarms
from alerting.store.links import Link, Purpose, token_of
from geodata.model.clock import Clock
from geodata.model.geometry import Geometry
from geodata.store.database import Transaction
from service.errors import Invalid
from service.pages.door import Door, NoSuchPage
from service.pages.forms import Form, sent
from service.pages.look import Part
from service.phone import store

OLDEST = timedelta(days=2)
"""An answer that waited longer on a phone without network is no answer to this any more."""
LATEST = 24 * 60
_LATER = re.compile(r"LATER-(\d{1,4})")
_ROBOTS = re.compile(
    r"bot\b|bot/|crawl|spider|preview|facebookexternalhit|whatsapp|telegram|slurp|embedly", re.IGNORECASE
)
"""Messengers open every link in a message to draw a picture of it; that is no person reading."""


@dataclass(frozen=True, slots=True)
class Place:
    lat: float
    lon: float


class AlarmPage:
    def __init__(self, door: Door, part: Part, clock: Clock, *, origin: str) -> None:
        self.door, self.part, self.clock, self.origin = door, part, clock, origin
        self.database = door.database

    async def show(self, request: Request, token: str) -> Response:
        """Marks it as read if a person opens it. Raises NoSuchPage, TooOften, StoreUnavailable."""
        link, alarm = await self._link(request, token)
        shown = await self._shown(link, alarm)
        if shown.unread and opened_by_somebody(request):
            async with self.database.transaction("phone") as tx:
                await store.opened(tx, link.id, self.clock.now())
                await alarms.opened(tx, alarm, link.helper, self.clock.now())
        return await self._page(request, link, shown)

    async def act(self, request: Request, token: str) -> Response:
        """One press of a button; pressed twice, or sent twice, it is the same. Raises NoSuchPage, TooOften, Invalid,
        StoreUnavailable."""
        link, alarm = await self._link(request, token)
        form, now = await sent(request), self.clock.now()
        ago = timedelta(seconds=form.number("ago", least=0, most=10**8) or 0)
        if ago > OLDEST:
            raise Invalid("ago", f"pressed {ago.days} days ago")
        await self._shown(link, alarm)
        async with self.database.transaction("phone") as tx:
            await store.opened(tx, link.id, now)
            bound = await _done(tx, alarm, link.helper, form, now, ago)
        return await self._page(request, link, await self._shown(link, alarm), bound=bound)

    async def _link(self, request: Request, token: str) -> tuple[Link, str]:
        link = await self.door.link(request, token, Purpose.ALARM)
        if link.alarm is None:
            raise NoSuchPage(NoSuchPage.__doc__)
        return link, link.alarm

    async def _shown(self, link: Link, alarm: str) -> store.Shown:
        async with self.database.reading() as connection:
            shown = await store.shown(connection, self.origin, alarm, link.helper)
        if shown is None:
            raise NoSuchPage(NoSuchPage.__doc__)
        return shown

    async def _page(self, request: Request, link: Link, shown: store.Shown, *, bound: bool = False) -> Response:
        async with self.database.reading() as connection:
            others = await store.others(connection, shown.id, link.helper, self.clock.now())
        more = [
            {"title": o.title, "mode": o.mode, "started_at": o.started_at, "token": token_of(self.door.seal, o.link)}
            for o in others
        ]
        return self.part.answer(
            request, "alarm.html", own=shown.language, mode=shown.mode.value, a=shown, others=more, bound=bound,
            done=shown.answer, place=_place(shown.said.geometry),
        )  # fmt: skip


def opened_by_somebody(request: Request) -> bool:
    """Not a preview, a prefetch or a robot."""
    headers = request.headers
    if request.method != "GET":
        return False
    if "prefetch" in f"{headers.get('sec-purpose', '')} {headers.get('purpose', '')} {headers.get('x-moz', '')}":
        return False
    aim = headers.get("sec-fetch-dest")
    return aim == "document" if aim else not _ROBOTS.search(headers.get("user-agent", ""))


async def _done(tx: Transaction, alarm: str, helper: str, form: Form, now: datetime, ago: timedelta) -> bool:
    """Whether this person had said yes to another alarm before. Raises Invalid."""
    pressed = form.one("do", longest=20)
    later = _LATER.fullmatch(pressed)
    if later or pressed in (Answer.COMING, Answer.NOT_COMING):
        if await store.answered_since(tx, alarm, helper, now - ago):
            return False
        minutes = _left(int(later[1]), ago) if later else None
        answer = Answer.COMING_LATER if later else Answer(pressed)
        return (await alarms.answer(tx, alarm, helper, answer, minutes=minutes, by="WEB", now=now)).conflict is not None
    acts: dict[str, Any] = {"ARRIVED": alarms.arrived, "LEFT": alarms.left, "SAFE": alarms.safe}
    if pressed not in acts:
        raise Invalid("do", "there is no such button")
    await acts[pressed](tx, alarm, helper, now - ago)
    return False


def _left(minutes: int, ago: timedelta) -> int:
    if not 1 <= minutes <= LATEST:
        raise Invalid("do", f"minutes: 1 to {LATEST}")
    return max(1, minutes - round(ago.total_seconds() / 60))


def _place(geometry: Geometry | None) -> Place | None:
    if geometry is None:
        return None
    point = shape({"type": geometry.type, "coordinates": geometry.coordinates}).representative_point()
    return Place(round(point.y, 5), round(point.x, 5))
