"""Hostile texts through every text field: they come back as text, in JSON, in the socket and in exports."""

from __future__ import annotations

import csv
import io
import os
import re
from collections import Counter
from urllib.parse import quote

from tests.browser.hostile import PAYLOADS
from tests.security.live import everything
from tests.security.texts import put, put_aside
from tests.security.world import World, told

FORMULAS = ("=1+1", "+1", "-1+1", "@SUM(A1)", "\t=1+1", "=cmd|' /C calc'!A0", '=HYPERLINK("http://attacker.invalid")',
            "＝1+1", "\n=1+1", " =1+1", "=1+1;=2+2", '"=1+1', "%0A=1+1")  # fmt: skip
ASIDE = PAYLOADS if os.environ.get("LAGEBILD_PROVE") else PAYLOADS[::24]
assert len(PAYLOADS) >= 60


async def test_every_text_comes_back_as_it_was_sent_and_never_as_markup(world: World) -> None:
    a, lead = world.a, world.a.lead
    stored: Counter[str] = Counter()
    for text in PAYLOADS:
        aside = await put_aside(world, text) if text in ASIDE else []
        for where, answer in await put(world, text) + aside:
            assert answer.status_code in (200, 201, 422, 429), f"{where}: {answer.status_code} {answer.text[:300]}"
            assert "json" in answer.headers["content-type"], where
            assert answer.headers["x-content-type-options"] == "nosniff"
            if answer.is_success:
                stored[re.sub(r"[0-9a-f-]{36}|s-[0-9a-f]{12}", "…", where)] += 1
    assert len(stored) == 21, stored
    for path in ("/api/picture", "/api/changes?since=0&limit=5000", "/api/views", "/api/rooms", "/api/people/names",
                 f"/api/journals/{a.staff}/entries?limit=500", "/api/history/changes?from=2020-01-01T00:00:00Z",
                 "/api/search?q=script", "/api/session", "/api/account"):  # fmt: skip
        answer = await lead.get(path)
        assert answer.status_code == 200, f"{path}: {answer.text[:200]}"
        assert answer.headers["content-type"].startswith("application/json"), path
        assert answer.headers["x-content-type-options"] == "nosniff", path
    entries = told(await lead.get(f"/api/journals/{a.staff}/entries", params={"limit": 500, "kind": "NOTE"}))["entries"]
    kept = {entry["text"] for entry in entries}
    assert len([text for text in PAYLOADS if text.strip() in kept]) >= 60
    assert b"script" in b"".join(await everything(lead))


async def test_an_error_never_answers_with_what_was_sent_as_a_page(world: World) -> None:
    for text in PAYLOADS[:20]:
        for answer in (
            await world.a.lead.get("/api/search", params={"q": text}),
            await world.a.lead.get("/api/stations", params={"bbox": text}),
            await world.a.lead.get(f"/api/stations/{quote(text[:100], safe='')}"),
            await world.a.lead.get("/api/picture", params={"bbox": text, "kinds": text}),
            await world.a.lead.post("/api/session/sign-in", json={"login": text, "password": text, text: 1}),
            await world.a.lead.get(f"/{quote(text[:100], safe='')}"),
        ):
            assert answer.status_code < 500
            assert "html" not in answer.headers["content-type"], f"{answer.request.url}: {answer.text[:200]}"
            assert answer.headers["x-content-type-options"] == "nosniff"


async def test_no_cell_of_an_export_begins_a_formula(world: World) -> None:
    a = world.a
    for text in FORMULAS:
        given = {"kind": "NOTE", "text": text}
        told(await a.lead.post(f"/api/journals/{a.staff}/entries", json=given))
    await a.lead.patch("/api/account", json={"name": "=1+1"})
    for language in ("de", "en"):
        answer = await a.lead.get(f"/api/journals/{a.staff}/export.csv", params={"language": language})
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/csv")
        assert "attachment" in answer.headers["content-disposition"]
        text = answer.content.decode("utf-8-sig")
        rows = list(csv.reader(io.StringIO(text), delimiter=";" if language == "de" or ";" in text[:40] else ","))
        assert len(rows) > len(FORMULAS)
        bad = [cell for row in rows for cell in row if cell.lstrip("\t\r\n \ufeff")[:1] in tuple("=+-@＝")]
        assert bad == []
        assert len({len(row) for row in rows}) == 1, "no text begins a new cell or row"
