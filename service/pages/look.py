"""How such pages are made: one layout, escaped, in the reader's language, packed, and kept private."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from fastapi import Request
from jinja2 import ChoiceLoader, Environment, FileSystemLoader, PrefixLoader, StrictUndefined
from starlette.responses import Response

from geodata.model.clock import Clock
from service.pages.files import Files, packed, takes_packed
from service.pages.languages import Language, chosen, read

HERE = Path(__file__).parent
LOCAL = ZoneInfo("Europe/Berlin")
POLICY = "; ".join(
    (
        "default-src 'none'", "style-src 'self'", "script-src 'self'", "img-src 'self' data:", "connect-src 'self'",
        "manifest-src 'self'", "worker-src 'self'", "form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'",
    )
)  # fmt: skip
PRIVATE = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
    "Content-Security-Policy": POLICY,
    "Permissions-Policy": "camera=(), microphone=(), payment=(), geolocation=(self)",
    "Vary": "Accept-Encoding, Accept-Language",
}
"""Neither kept by caches nor told to others: the address alone opens the page."""


class Look:
    """Shared by all parts. `more` is a folder in which an operator puts further languages."""

    def __init__(self, clock: Clock, *, title: str, mode: str, more: Path) -> None:
        self.clock, self.title, self.mode, self.more = clock, title, mode, more
        self.files = Files()
        self.files.add(HERE / "static")

    def part(self, folder: Path) -> Part:
        """With the templates, texts and files in this folder's `templates`, `texts` and `static`. Raises
        BadLanguage."""
        self.files.add(folder / "static")
        return Part(self, folder)


class Part:
    """Makes pages from templates. In them: `t(key, **values)` says a text, `at(moment)` a local time, `file(name)` is
    the address of a file, `shared/layout.html` the layout, `here` the page's own address without its query."""

    def __init__(self, look: Look, folder: Path) -> None:
        self.look = look
        own = [HERE / "texts", folder / "texts"]
        self.languages = read([*own, look.more])
        self._env = Environment(
            loader=ChoiceLoader(
                [
                    FileSystemLoader(folder / "templates"),
                    PrefixLoader({"shared": FileSystemLoader(HERE / "templates")}),
                ]
            ),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def language(self, request: Request, own: str | None = None) -> Language:
        """`own` is the code that this person has chosen for himself."""
        asked = request.query_params.get("lang")
        return chosen(self.languages, asked, own, request.headers.get("accept-language", ""))

    def html(self, template: str, language: Language, *, here: str = "", mode: str | None = None, **values: Any) -> str:
        """`mode` is that of the alarm, which may be another than the node's."""

        def at(moment: datetime | None) -> str:
            return "" if moment is None else local(moment, self.look.clock.now())

        given: Mapping[str, Any] = {
            "t": language.say, "at": at, "file": lambda name: self.look.files[name].path, "language": language,
            "languages": self.languages.values(), "here": here, "mode": mode or self.look.mode,
            "node": self.look.title,
        }  # fmt: skip
        return self._env.get_template(template).render({**values, **given})

    def answer(
        self,
        request: Request,
        template: str,
        *,
        status: int = 200,
        own: str | None = None,
        headers: Mapping[str, str] | None = None,
        **values: Any,
    ) -> Response:
        """The page in the reader's language."""
        html = self.html(template, self.language(request, own), here=request.url.path, **values)
        return self.sent(request, html, status=status, headers=headers)

    def sent(
        self, request: Request, html: str, *, status: int = 200, headers: Mapping[str, str] | None = None
    ) -> Response:
        return private(request, html.encode(), "text/html; charset=utf-8", status=status, headers=headers)


def private(
    request: Request, body: bytes, type: str, *, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """An answer that only this reader gets and nobody keeps."""
    sent = {**PRIVATE, **(headers or {})}
    if takes_packed(request):
        body, sent["Content-Encoding"] = packed(body), "gzip"
    return Response(body, status, sent, media_type=type)


def local(moment: datetime, now: datetime) -> str:
    """19:47, with the day before it if it is not today's, and the year if it is not this one."""
    here, today = moment.astimezone(LOCAL), now.astimezone(LOCAL).date()
    if here.date() == today:
        return here.strftime("%H:%M")
    return here.strftime("%d.%m. %H:%M" if here.year == today.year else "%d.%m.%Y %H:%M")
