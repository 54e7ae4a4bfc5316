"""Pages as they are made: in an operator's own language, at local time, and unreadable forms refused."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from starlette.requests import Request

import service.phone
from geodata.model.clock import WallClock
from service.errors import Invalid
from service.pages.forms import Form, sent
from service.pages.look import Look, local

ARABIC = '[language]\ntag = "ar"\nname = "العربية"\ndir = "rtl"\n[me]\nerase_title = "حذف بياناتي"\n'
NOW = datetime(2026, 7, 1, 18, 0, tzinfo=UTC)


def test_a_language_that_an_operator_adds_is_there_from_right_to_left(tmp_path: Path) -> None:
    (tmp_path / "ar.toml").write_text(ARABIC, encoding="utf-8")
    part = Look(WallClock(), title="Lagebild", mode="ACTUAL", more=tmp_path).part(Path(service.phone.__file__).parent)
    given = {"back": "/me/x", "done": False, "wrong": False}
    html = part.html("erase.html", part.languages["ar"], here="/me/x/erase", **given)
    assert '<html lang="ar" dir="rtl">' in html
    assert "<h1>حذف بياناتي</h1>" in html
    assert "Erase now" in html, "what it lacks is said in English"
    assert 'href="/me/x/erase?lang=ar"' in part.html("erase.html", part.languages["de"], here="/me/x/erase", **given)


@pytest.mark.parametrize(
    ("moment", "said"),
    [
        (datetime(2026, 7, 1, 17, 47, tzinfo=UTC), "19:47"),
        (datetime(2026, 7, 1, 21, 59, tzinfo=UTC), "23:59"),
        (datetime(2026, 7, 1, 22, 0, tzinfo=UTC), "02.07. 00:00"),
        (datetime(2026, 1, 5, 7, 0, tzinfo=UTC), "05.01. 08:00"),
        (datetime(2030, 1, 5, 7, 0, tzinfo=UTC), "05.01.2030 08:00"),
    ],
)
def test_times_are_those_of_the_clock_on_the_wall(moment: datetime, said: str) -> None:
    assert local(moment, NOW) == said


def posted(body: bytes, type: str = "application/x-www-form-urlencoded") -> Request:
    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": body, "more_body": False}

    scope = {"type": "http", "method": "POST", "headers": [(b"content-type", type.encode())]}
    return Request(scope, receive)


@pytest.mark.parametrize(
    ("body", "type"),
    [
        (b"do=COMING", "text/plain"),
        (b"do=COMING", "multipart/form-data; boundary=x"),
        (b"do=" + b"x" * 30_000, "application/x-www-form-urlencoded"),
        (b"&".join(b"a=1" for _ in range(500)), "application/x-www-form-urlencoded"),
        (b"do=%ff%fe", "application/x-www-form-urlencoded"),
        (b"do=\xff", "application/x-www-form-urlencoded"),
    ],
)
async def test_what_is_no_form_is_refused(body: bytes, type: str) -> None:
    with pytest.raises(Invalid):
        await sent(posted(body, type))


async def test_a_form_gives_each_field_once_and_trimmed() -> None:
    type = "Application/X-WWW-Form-urlencoded; charset=utf-8"
    form = await sent(posted("do=+komme+&tag=1&tag=2&leer=&zahl=30&straße=Ö".encode(), type))
    assert (form.one("do"), form.one("leer"), form.one("nichts"), form.one("straße")) == ("komme", "", "", "Ö")
    assert form.all("tag") == ["1", "2"]
    assert form.number("zahl", least=0, most=60) == 30
    assert form.number("leer", least=0, most=60) is None
    for name, most in (("zahl", 29), ("do", 60)):
        with pytest.raises(Invalid):
            form.number(name, least=0, most=most)
    with pytest.raises(Invalid):
        form.one("tag")
    with pytest.raises(Invalid):
        Form({"do": ["a\x07b"]}).one("do")
    with pytest.raises(Invalid):
        Form({"do": ["x" * 201]}).one("do")
    with pytest.raises(Invalid):
        Form({"n": ["²"]}).number("n", least=0, most=9)
