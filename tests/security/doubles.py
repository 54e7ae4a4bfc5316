"""Servers in the place of gateways that fail the test on any call of the wrong world."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson
from aiohttp import web

from tests.alerting.providers import FakeMail, FakePush

SECRET = "secret-of-the-doubles"


class Double(FakePush):
    """Speaks for SMS, voice, webhook and push at once. `heard` counts calls by kind of gateway and mode; what is said
    to it in the wrong mode is kept in `wrong`, and so is every call whose mode it cannot tell."""

    def __init__(self, *, exercise: bool) -> None:
        super().__init__()
        self.exercise = exercise
        self.heard: Counter[tuple[str, str]] = Counter()
        self.kinds: Counter[str] = Counter()
        self.codes: set[str] = set()
        self.wrong: list[str] = []

    async def took(self, request: web.Request, raw: bytes) -> web.StreamResponse:
        way = request.path.split("/")[1]
        if way == "push":
            answer = await super().took(request, raw)
            self.note(way, self.taken[-1].body if answer.status == 201 else {"mode": f"unreadable {answer.status}"})
            return answer
        self.note(way, orjson.loads(raw))
        return web.json_response({"id": "taken"})

    def note(self, way: str, said: dict[str, Any]) -> None:
        mode = str(said.get("mode"))
        self.heard[way, mode] += 1
        self.kinds[str(said.get("kind"))] += 1
        self.codes.add(str(said.get("code")))
        text = str(said.get("text") or said.get("say"))
        marked = text.upper().startswith("ÜBUNG")
        if (
            mode not in ("ACTUAL", "TEST", "EXERCISE")
            or (mode == "EXERCISE") is not self.exercise
            or (marked is not self.exercise)
        ):
            self.wrong.append(f"{way}: {mode}: {text[:60]}")

    def settings(self) -> dict[str, dict[str, Any]]:
        body = {"to": "{to}", "mode": "{mode}", "id": "{id}", "code": "{code}"}
        return {
            "sms": {"kind": "sms_http", "url": f"{self.url}/sms", "body": {**body, "text": "{text}"}},
            "voice": {"kind": "voice_http", "url": f"{self.url}/voice", "body": {**body, "say": "{speak}"}},
            "hook": {"kind": "webhook", "url": f"{self.url}/hook", "secret": SECRET},
            "push": {"kind": "webpush", "contact": "mailto:a@b.de", "services": [self.url]},
        }


class MailDouble(FakeMail):
    """A mail server of one world; the subject says which one a message is of."""

    def __init__(self, *, exercise: bool) -> None:
        super().__init__()
        self.exercise = exercise

    @property
    def wrong(self) -> list[str]:
        subjects = [str(message["Subject"]) for _, message in self.taken]
        return [subject for subject in subjects if subject.startswith("ÜBUNG") is not self.exercise]


@dataclass
class Doubles:
    """Both worlds. `addresses` reach each of them if they are let."""

    real: Double = field(default_factory=lambda: Double(exercise=False))
    rehearsal: Double = field(default_factory=lambda: Double(exercise=True))
    real_mail: MailDouble = field(default_factory=lambda: MailDouble(exercise=False))
    rehearsal_mail: MailDouble = field(default_factory=lambda: MailDouble(exercise=True))

    def settings(self) -> dict[str, dict[str, Any]]:
        """Real ones come first: nothing but the switchboard keeps an exercise from them."""
        made: dict[str, dict[str, Any]] = {}
        for double, mail, name in (
            (self.real, self.real_mail, "real"),
            (self.rehearsal, self.rehearsal_mail, "rehearsal"),
        ):
            smtp = {"kind": "smtp", "host": "127.0.0.1", "port": mail.port, "security": "none", "sender": "a@b.de"}
            found = {**double.settings(), "mail": smtp}
            made |= {f"{name}_{way}": {**one, "exercise": double.exercise} for way, one in found.items()}
        return made

    def addresses(self) -> list[tuple[str, str]]:
        pushes = [("PUSH", double.subscribe()[0]) for double in (self.real, self.rehearsal)]
        others = [("SMS", "+491701234567"), ("VOICE", "+491701234567"), ("EMAIL", "a@b.de"), ("WEBHOOK", "wache")]
        return [*others, *pushes]

    @property
    def wrong(self) -> list[str]:
        parts = (self.real, self.rehearsal, self.real_mail, self.rehearsal_mail)
        return [f"{type(part).__name__}: {said}" for part in parts for said in part.wrong]


@asynccontextmanager
async def both_worlds() -> AsyncIterator[Doubles]:
    doubles = Doubles()
    async with AsyncExitStack() as stack:
        for part in (doubles.real, doubles.rehearsal, doubles.real_mail, doubles.rehearsal_mail):
            await stack.enter_async_context(part.serving())
        yield doubles
