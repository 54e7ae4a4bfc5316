"""One alarm behind one person's link."""

from __future__ import annotations

import gzip
import re
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from alerting.model.plan import Purpose
from alerting.model.said import Said
from geodata.model.incident import IncidentMode
from tests.service.conftest import Node
from tests.service.phone.called import Called, called, own_link, text_in

FIRST_VIEW = 15_000
"""Bytes of HTML and style as they are sent."""


async def press(node: Node, token: str, do: str, **more: str) -> httpx.Response:
    return await node.client.post(f"/a/{token}", data={"do": do, **more})


async def test_the_page_says_what_where_when_and_who(node: Node, alarm: Called) -> None:
    anna = alarm.helpers[0]
    answer = await node.client.get(f"/a/{alarm.tokens[anna]}")
    said = text_in(answer)
    for part in ("Sandsäcke füllen", "Gerätehaus Liblar", "Alarmiert", "Feuerwehr Musterstadt", alarm.code, "Ich komme",
                 "Ich kann nicht", "Gummistiefel", "Zugführer Meurer", "ergänzt den Funkmelder", "112"):  # fmt: skip
        assert part in said
    assert 'href="geo:50.81,6.82' in answer.text
    assert "openstreetmap.org" in answer.text
    for stranger in ("Anna", "Becker"):
        assert stranger not in said


async def test_an_answer_is_stored_and_said_at_once(node: Node, alarm: Called) -> None:
    anna, ben = alarm.helpers
    answer = await press(node, alarm.tokens[anna], "COMING")
    assert re.search(r"Gespeichert \d\d:\d\d\. Sie kommen\. 1 von 12 kommt\.", text_in(answer))
    assert (await alarm.row(anna)).answer == "COMING"
    answer = await press(node, alarm.tokens[ben], "LATER-20")
    assert "2 von 12 kommen." in text_in(answer)
    row = await alarm.row(ben)
    assert row.answer == "COMING_LATER"
    assert abs((row.eta - datetime.now(UTC)).total_seconds() - 1200) < 60
    answer = await press(node, alarm.tokens[anna], "NOT_COMING")
    assert "Sie können nicht. 1 von 12 kommt." in text_in(answer)
    assert (await alarm.row(anna)).answer == "NOT_COMING"


async def test_pressed_twice_is_once(node: Node, alarm: Called) -> None:
    anna = alarm.helpers[0]
    await press(node, alarm.tokens[anna], "COMING")
    first = (await alarm.row(anna)).answered_at
    assert "1 von 12 kommt" in text_in(await press(node, alarm.tokens[anna], "COMING"))
    assert (await alarm.row(anna)).answered_at == first


async def test_opening_marks_as_read_and_answers_nothing(node: Node, alarm: Called) -> None:
    anna, ben = alarm.helpers
    for query in ("", "?do=COMING", "?answer=COMING"):
        await node.client.get(f"/a/{alarm.tokens[anna]}{query}")
    row = await alarm.row(anna)
    assert (row.state, row.answer) == ("READ", None)
    assert (await alarm.row(ben)).state == "SENT"


@pytest.mark.parametrize(
    ("method", "headers"),
    [
        ("HEAD", {}),
        ("GET", {"Sec-Purpose": "prefetch;prerender"}),
        ("GET", {"Purpose": "prefetch"}),
        ("GET", {"User-Agent": "WhatsApp/2.24 A"}),
        ("GET", {"User-Agent": "facebookexternalhit/1.1 Facebot Twitterbot/1.0"}),
        ("GET", {"User-Agent": "TelegramBot (like TwitterBot)"}),
        ("GET", {"Sec-Fetch-Dest": "image", "User-Agent": "Mozilla/5.0"}),
    ],
)
async def test_a_preview_of_the_link_is_nobody_reading(
    node: Node, alarm: Called, method: str, headers: dict[str, str]
) -> None:
    anna = alarm.helpers[0]
    answer = await node.client.request(method, f"/a/{alarm.tokens[anna]}", headers=headers)
    assert answer.status_code == 200
    assert (await alarm.row(anna)).state == "SENT"


async def test_an_answer_kept_offline_counts_from_when_it_was_pressed(node: Node, alarm: Called) -> None:
    anna = alarm.helpers[0]
    await press(node, alarm.tokens[anna], "LATER-60", ago="1800")
    row = await alarm.row(anna)
    assert abs((row.eta - datetime.now(UTC)).total_seconds() - 1800) < 60


async def test_an_answer_kept_offline_does_not_undo_a_later_one(node: Node, alarm: Called) -> None:
    anna = alarm.helpers[0]
    await press(node, alarm.tokens[anna], "NOT_COMING")
    answer = await press(node, alarm.tokens[anna], "COMING", ago="600")
    assert "Sie können nicht" in text_in(answer)
    assert (await alarm.row(anna)).answer == "NOT_COMING"


async def test_arrival_leaving_and_safety_are_kept(node: Node, alarm: Called) -> None:
    anna = alarm.helpers[0]
    await press(node, alarm.tokens[anna], "COMING")
    assert "Angemeldet um" in text_in(await press(node, alarm.tokens[anna], "ARRIVED", ago="120"))
    assert "Als sicher gemeldet um" in text_in(await press(node, alarm.tokens[anna], "SAFE"))
    assert "Abgemeldet um" in text_in(await press(node, alarm.tokens[anna], "LEFT"))
    row = await alarm.row(anna)
    assert row.arrived_at < row.safe_at < row.left_at
    assert (row.safe_at - row.arrived_at) > timedelta(seconds=100)


@pytest.mark.parametrize("sent", [{"do": "DELETE"}, {"do": ""}, {"do": "LATER-0"}, {"do": "LATER-9999"}, {},
                                  {"do": "COMING", "ago": "-5"}, {"do": "COMING", "ago": "9" * 9},
                                  {"do": "COMING\x00"}, {"do": "C" * 3000}])  # fmt: skip
async def test_what_is_no_button_is_refused_in_words(node: Node, alarm: Called, sent: dict[str, str]) -> None:
    anna = alarm.helpers[0]
    answer = await node.client.post(f"/a/{alarm.tokens[anna]}", data=sent)
    assert answer.status_code == 422
    assert "Nicht gespeichert" in text_in(answer)
    assert (await alarm.row(anna)).answer is None


async def test_a_page_of_somebody_else_cannot_answer(node: Node, alarm: Called) -> None:
    anna = alarm.helpers[0]
    path, body = f"/a/{alarm.tokens[anna]}", {"do": "COMING"}
    for headers in ({"Origin": "https://attacker.invalid"}, {"Origin": "null", "Sec-Fetch-Site": "cross-site"}):
        assert (await node.client.post(path, data=body, headers=headers)).status_code == 403
    assert (await alarm.row(anna)).answer is None
    # On a page that sends no referrer browsers call our own origin null.
    ours = {"Origin": "null", "Sec-Fetch-Site": "same-origin"}
    assert (await node.client.post(path, data=body, headers=ours)).status_code == 200


async def test_a_called_off_alarm_says_so_and_asks_nothing(node: Node, alarm: Called) -> None:
    anna = alarm.helpers[0]
    await press(node, alarm.tokens[anna], "COMING")
    await alarm.put("UPDATE alarm SET state = 'CANCELLED', ended_at = now() WHERE id = :alarm")
    said = text_in(await node.client.get(f"/a/{alarm.tokens[anna]}"))
    assert "Alarm aufgehoben" in said
    assert "umkehren" in said
    assert "Ich kann nicht" not in said
    assert "Ich bin sicher" in said


async def test_a_change_is_shown_with_its_time(node: Node, alarm: Called) -> None:
    anna = alarm.helpers[0]
    assert "Geändert" not in text_in(await node.client.get(f"/a/{alarm.tokens[anna]}"))
    await alarm.put(
        """INSERT INTO alarm_call (id, alarm, helper, kind, step, round, mode, channel, state, queued_at)
           VALUES ('u1', :alarm, :helper, 'UPDATE', 0, 0, 'ACTUAL', 'SMS', 'SENT', now())""",
        helper=anna,
    )
    assert "Geändert" in text_in(await node.client.get(f"/a/{alarm.tokens[anna]}"))


async def test_another_alarm_of_the_same_person_is_one_press_away(node: Node, alarm: Called) -> None:
    anna, ben = alarm.helpers
    second = await called(alarm.crew, anna, said=Said("Verpflegung ausgeben"))
    answer = await node.client.get(f"/a/{alarm.tokens[anna]}")
    assert "Verpflegung ausgeben" in text_in(answer)
    assert f"/a/{second.tokens[anna]}" in answer.text
    assert "Verpflegung" not in (await node.client.get(f"/a/{alarm.tokens[ben]}")).text


async def test_who_has_said_yes_elsewhere_is_told(node: Node, alarm: Called) -> None:
    anna = alarm.helpers[0]
    second = await called(alarm.crew, anna, said=Said("Verpflegung ausgeben"))
    await press(node, alarm.tokens[anna], "COMING")
    answer = await press(node, second.tokens[anna], "COMING")
    assert "für einen anderen Alarm zugesagt" in text_in(answer)
    assert (await second.row(anna)).answer == "COMING"


async def test_a_drill_asks_only_whether_it_arrived(node: Node, alarm: Called) -> None:
    anna = alarm.helpers[0]
    drill = await called(alarm.crew, anna, mode=IncidentMode.TEST, purpose=Purpose.DRILL)
    answer = await node.client.get(f"/a/{drill.tokens[anna]}")
    said = text_in(answer)
    assert said.startswith(">") is False
    assert "PROBE" in said
    assert "<title>PROBE: " in answer.text
    assert "Nachricht angekommen" in said
    assert "Ich kann nicht" not in said


async def test_an_exercise_says_so_first(node: Node, alarm: Called) -> None:
    anna = alarm.helpers[0]
    drill = await called(alarm.crew, anna, mode=IncidentMode.EXERCISE)
    body = (await node.client.get(f"/a/{drill.tokens[anna]}")).text.partition("<body")[2]
    assert body.index("ÜBUNG") < body.index("<h1>")


@pytest.mark.parametrize(("query", "accept", "lang", "said"), [
    ("?lang=en", "de", 'lang="en"', "I cannot come"),
    ("?lang=leicht", "de", 'lang="de-simple"', "Ich kann nicht kommen"),
    ("?lang=xx", "", 'lang="de"', "Ich kann nicht"),
])  # fmt: skip
async def test_the_language_is_switched_by_a_link(
    node: Node, alarm: Called, query: str, accept: str, lang: str, said: str
) -> None:
    token = alarm.tokens[alarm.helpers[0]]
    answer = await node.client.get(f"/a/{token}{query}", headers={"Accept-Language": accept})
    assert f"<html {lang}" in answer.text
    assert said in text_in(answer)
    assert f'href="/a/{token}?lang=en"' in answer.text


async def test_texts_of_others_are_no_markup(node: Node, alarm: Called) -> None:
    anna = alarm.helpers[0]
    evil = '"><script>alert(1)</script>{{ 7*7 }}<img src=x onerror=alert(1)>'
    made = await called(alarm.crew, anna, said=Said(evil, evil, evil, None, evil, evil))
    html = (await node.client.get(f"/a/{made.tokens[anna]}")).text
    assert "<script>alert" not in html
    assert "<img" not in html
    assert "{{ 7*7 }}" in html


async def test_the_page_is_kept_by_nobody_and_told_to_nobody(node: Node, alarm: Called) -> None:
    answer = await node.client.get(f"/a/{alarm.tokens[alarm.helpers[0]]}")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert "noindex" in answer.headers["x-robots-tag"]
    assert "set-cookie" not in answer.headers
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert not re.search(r"<style|style=|<script>|\son\w+=", answer.text)
    loaded = re.findall(r'(?:src|href)="(?!#)([^"]+)"[^>]*', re.sub(r"<a [^>]+>", "", answer.text))
    assert loaded
    assert all(address.startswith("/") for address in loaded), loaded


async def test_the_first_view_is_small(node: Node, alarm: Called) -> None:
    anna = alarm.helpers[0]
    for path in (f"/a/{alarm.tokens[anna]}", f"/me/{await own_link(alarm.crew, anna)}"):
        raw = await as_sent(node, path)
        files = re.findall(r'(?:src|href)="(/pages/[^"]+)"', gzip.decompress(raw).decode())
        assert len(files) == 2
        total = len(raw) + sum([len(await as_sent(node, file)) for file in files])
        print(f"first view of {path[:3]}: {total} bytes, {len(raw)} of them HTML")
        assert total <= FIRST_VIEW, f"{path[:3]} {total} bytes"


async def as_sent(node: Node, path: str) -> bytes:
    """Packed, as it goes over the line; files are kept for good, pages never."""
    async with node.client.stream("GET", path, headers={"Accept-Encoding": "gzip"}) as answer:
        assert answer.headers["content-encoding"] == "gzip"
        assert ("immutable" in answer.headers["cache-control"]) is path.startswith("/pages/")
        return b"".join([part async for part in answer.aiter_raw()])


async def test_the_sign_at_a_meeting_point_tells_nothing(node: Node, alarm: Called) -> None:
    there, nowhere = await node.client.get(f"/da/{alarm.code}"), await node.client.get("/da/ZZZZ")
    assert there.status_code == nowhere.status_code == 200
    assert there.text.replace(alarm.code, "ZZZZ") == nowhere.text
    assert "Sandsäcke" not in there.text
    drawn = await node.client.get(f"/da/{alarm.code}/qr.svg")
    assert drawn.headers["content-type"].startswith("image/svg+xml")
    assert (await node.client.get("/da/%3Cscript%3E")).status_code == 404
    assert f"/da/{alarm.code}/qr.svg" in (await node.client.get(f"/da/{alarm.code}/sign")).text
