"""`/me/…`: one's own page. Every form is one change; the page that answers says that it was saved."""

from __future__ import annotations

from collections.abc import Callable

import orjson
from fastapi import Request
from starlette.responses import Response

from alerting.channels.switchboard import Switchboard
from alerting.model.availability import ZONE, State, state_at
from alerting.model.plan import ChannelKind, Verification
from alerting.store import erasing, forgetting
from alerting.store.links import Link, Purpose
from alerting.store.people import HelperKind
from geodata.model.catalogue import QUALIFICATION_GROUPS, QUALIFICATIONS
from geodata.model.clock import Clock
from geodata.store.database import Transaction
from service.access.limits import TooOften
from service.errors import Invalid
from service.pages.door import Door, NoSuchPage
from service.pages.forms import Form, sent
from service.pages.look import Part, private
from service.phone.own import changes, readiness, store
from service.phone.own.store import Own
from service.phone.own.trial import Trial, mode_of

_SAID = frozenset({"minutes", "not_before", "day", "kind", "address", "languages", "home", "valid_until"})
_PLACES = {"quiet_from": "quiet_until", "quiet_until": "quiet_until", "begins": "day", "ends": "day"}
"""Which text says what to do about a wrong field."""


class OwnPage:
    """`vapid`: the key by which a browser subscribes to our pushes."""

    def __init__(
        self,
        door: Door,
        part: Part,
        clock: Clock,
        switchboard: Switchboard,
        *,
        origin: str,
        public_url: str,
        vapid: str,
    ) -> None:
        self.door, self.part, self.clock, self.origin, self.vapid = door, part, clock, origin, vapid
        self.database, self.switchboard = door.database, switchboard
        self.mode = mode_of(part.look.mode)
        self.trial = Trial(door, switchboard, part.languages, self.mode, public_url)

    async def show(self, request: Request, token: str) -> Response:
        """`?heard=` of a test's link names the way by which it came: the page asks whether it did. Raises NoSuchPage,
        TooOften, StoreUnavailable."""
        link = await self.door.link(request, token, Purpose.SELF)
        return await self._page(request, link, tried={request.query_params.get("heard", ""): "sent"})

    async def change(self, request: Request, token: str) -> Response:
        """Raises NoSuchPage, TooOften, StoreUnavailable; what is wrong with a form stands on the page."""
        link = await self.door.link(request, token, Purpose.SELF)
        form = await sent(request)
        what = form.one("do", longest=30)
        try:
            if what == "test":
                await self.door.limits.check(self.trial.often, link.helper)
                tried = await self.trial.run(await self.own(link.helper), token, self.clock.now())
                return await self._page(request, link, tried=tried)
            await self._apply(link.helper, what, form)
        except Invalid as error:
            wrong = _PLACES.get(error.field, error.field if error.field in _SAID else "form")
            return await self._page(request, link, wrong=wrong, status=422)
        except TooOften:
            return await self._page(request, link, wrong="test", status=429)
        return await self._page(request, link, saved=True)

    async def export(self, request: Request, token: str) -> Response:
        """All that is held of this person (Art. 15 GDPR), as a file. Raises NoSuchPage, TooOften, StoreUnavailable."""
        link = await self.door.link(request, token, Purpose.SELF)
        await self.own(link.helper)
        async with self.database.reading() as connection:
            held = await erasing.everything(connection, self.door.seal, link.helper)
        name = {"Content-Disposition": 'attachment; filename="lagebild-meine-daten.json"'}
        body = orjson.dumps(held, option=orjson.OPT_INDENT_2, default=str)
        return private(request, body, "application/json", headers=name)

    async def leave(self, request: Request, token: str) -> Response:
        """Asks first; erases (Art. 17 GDPR) what a form with the tick asks. Raises NoSuchPage, TooOften, Invalid,
        StoreUnavailable."""
        link = await self.door.link(request, token, Purpose.SELF)
        own = await self.own(link.helper)
        given = {"own": own.held["language"], "back": f"/me/{token}", "done": False, "wrong": False}
        if request.method != "POST":
            return self.part.answer(request, "erase.html", **given)
        if (await sent(request)).one("sure") != "yes":
            return self.part.answer(request, "erase.html", status=422, **{**given, "wrong": True})
        async with self.database.transaction("phone") as tx:
            if await store.lock(tx, own.id) is None:
                raise NoSuchPage(NoSuchPage.__doc__)
            if own.held["kind"] == HelperKind.SPONTANEOUS:
                await forgetting.forget(tx, own.id, self.clock.now())
            else:
                await erasing.erase(tx.connection, own.id, self.clock.now())
        return self.part.answer(request, "erase.html", **{**given, "done": True})

    async def _apply(self, helper: str, what: str, form: Form) -> None:
        now = self.clock.now()
        async with self.database.transaction("phone") as tx:
            key = await store.lock(tx, helper)
            if key is None:
                raise NoSuchPage(NoSuchPage.__doc__)
            own = await self._own(tx, helper)
            match what:
                case "available":
                    await changes.available(tx, own, form, now)
                case "add_window":
                    await changes.add_window(tx, own, form, now)
                case "drop_window":
                    await changes.drop_window(tx, own, form, now)
                case "add_channel":
                    await changes.add_channel(tx, own, form, now, self.door.seal, key)
                case "drop_channel":
                    await store.drop_channel(tx, helper, form.one("channel"))
                case "move_channel":
                    await changes.move_channel(tx, own, form)
                case "heard":
                    await changes.answered_test(tx, own, form, now)
                case "declare":
                    await changes.declare(tx, own, form)
                case "drop_skill":
                    await store.withdraw_skill(tx, helper, form.one("code"))
                case "about":
                    await changes.about(tx, own, form, now, self.part.languages)
                case "home":
                    await changes.home(tx, own, form, now)
                case "consent":
                    await changes.consent(tx, own, form, now)
                case _:
                    raise Invalid("do", "there is no such button")

    async def own(self, helper: str) -> Own:
        """Raises NoSuchPage if he is erased."""
        async with self.database.reading() as connection:
            found = await store.own(connection, self.door.seal, self.origin, helper)
        if found is None:
            raise NoSuchPage(NoSuchPage.__doc__)
        return found

    async def _own(self, tx: Transaction, helper: str) -> Own:
        found = await store.own(tx.connection, self.door.seal, self.origin, helper)
        if found is None:
            raise NoSuchPage(NoSuchPage.__doc__)
        return found

    async def _page(
        self,
        request: Request,
        link: Link,
        *,
        saved: bool = False,
        wrong: str = "",
        tried: dict[str, str] | None = None,
        status: int = 200,
    ) -> Response:
        own, now = await self.own(link.helper), self.clock.now()
        said = own.availability
        english = self.part.language(request, own.held["language"]).code == "en"
        codes = {skill.code for skill in own.skills}
        return self.part.answer(
            request, "own.html", status=status, own=own.held["language"], p=own, h=own.held, saved=saved, wrong=wrong,
            tried=tried or {}, light=readiness.light(own, now, self._carried), masked=readiness.masked,
            works=readiness.works, usual=said.usual, holds=state_at(said, now), State=State,
            not_before=said.not_before.astimezone(ZONE).strftime("%Y-%m-%dT%H:%M") if said.not_before else "",
            own_languages=[(each.code, each.name) for each in self.part.languages.values()],
            quiet=said.quiet, windows=list(enumerate(said.weekly)), names=_names(english),
            groups=_choices(english, codes), declared=Verification.SELF_DECLARED,
            push=self.vapid if self._carried(ChannelKind.PUSH) else "",
        )  # fmt: skip

    def _carried(self, kind: ChannelKind) -> bool:
        return bool(self.switchboard.gateway(kind, self.mode))


def _names(english: bool) -> Callable[[str], str]:
    def name(code: str) -> str:
        known = QUALIFICATIONS.get(code)
        return code if known is None else known.name_en if english else known.name

    return name


def _choices(english: bool, held: set[str]) -> list[tuple[str, list[tuple[str, str]]]]:
    """Skills by group that somebody does not have yet."""
    name = _names(english)
    found = []
    for group, (german, in_english) in QUALIFICATION_GROUPS.items():
        codes = [(q.code, name(q.code)) for q in QUALIFICATIONS.values() if q.group == group and q.code not in held]
        if codes:
            found.append((in_english if english else german, sorted(codes, key=lambda pair: pair[1])))
    return found
