"""Tables into a fleet: every bad row named, the good ones all there once, none half-written, formulas never taken."""

from __future__ import annotations

import asyncio
import csv
import io
import time

import httpx
import openpyxl
import pytest
from sqlalchemy import text

from geodata.store.database import APPEND_LOCK
from tests.service.conftest import Node
from tests.service.resources.fleet import Town, town
from tests.service.resources.messy import TITLES, good, workbook

ROWS = 5000
TOO_LONG = 60.0
"""Seconds for 5,000 rows on a machine that others use too; alone it takes a few."""


@pytest.fixture
async def here(node: Node) -> Town:
    return await town(node, "Feuerwehr Bergstadt")


async def sent(town: Town, content: bytes | str, path: str = "import", **headers: str) -> httpx.Response:
    content = content if isinstance(content, bytes) else content.encode()
    at = f"/api/fleets/{town.organisation}/{path}"
    return await town.client.post(at, content=content, headers=headers, timeout=120)


async def got(town: Town, path: str) -> bytes:
    answer = await town.client.get(f"/api/fleets/{town.organisation}/{path}", timeout=60)
    assert answer.status_code == 200, answer.text
    return answer.content


async def test_of_a_messy_workbook_every_bad_row_is_named_and_every_good_one_is_there_once(here: Town) -> None:
    content, bad = workbook(ROWS)
    began = time.monotonic()
    preview = await sent(here, content, "import/preview")
    looked = time.monotonic() - began
    assert preview.status_code == 200, preview.text
    seen = preview.json()
    assert seen["rows"] == {"new": ROWS - len(bad), "changed": 0, "unchanged": 0, "bad": len(bad)}
    named = {error["row"]: error for error in seen["errors"]}
    assert {row: error["field"] for row, error in named.items()} == bad
    assert all(error["reason"] and (error["column"] or error["field"] == "home") for error in seen["errors"])
    assert {each["heading"]: each["field"] for each in seen["columns"]}["Farbe"] is None
    assert await here.seen("resource") == {}

    refused = await sent(here, content)
    assert refused.status_code == 422
    assert {error["row"] for error in refused.json()["errors"]} == set(bad)
    assert await here.seen("resource") == {}

    began = time.monotonic()
    key = {"Idempotency-Key": "messy-workbook"}
    done, again = [await sent(here, content, "import?skip_bad=true", **key) for _ in range(2)]
    print(f"5,000 rows: looked at in {looked:.1f} s, written (and asked again) in {time.monotonic() - began:.1f} s")
    assert done.status_code == 200, done.text
    assert done.json() == again.json()
    told = {name: done.json()[name] for name in ("new", "changed", "unchanged", "skipped")}
    assert told == {"new": ROWS - len(bad), "changed": 0, "unchanged": 0, "skipped": len(bad)}
    assert looked < TOO_LONG
    bodies = await here.seen("resource")
    rows = [number for number in range(1, ROWS + 1) if number + TITLES + 1 not in bad]
    assert sorted(body["callsign"] for body in bodies.values()) == sorted(good(row)["FUNKRUFNAME"] for row in rows)
    for body in bodies.values():
        number = int(body["callsign"].split()[2])
        assert body["opta"] == f"{good(number)['OPTA']} "
        assert body["ars"] == "053820056056"
        assert len(body["home"]) == 2
        assert body["home_name"] == f"Wache {number % 40}"
        assert not any(str(value).startswith("=") for value in body.values())
    assert {body["type"] for body in bodies.values()} == {
        "HLF20", "LF20-KatS", "DLK23-12", "RTW", "GW-L2", "MZB", "AB-Sandsack", "SwPu15000",
    }  # fmt: skip

    repeated = await sent(here, content, "import?skip_bad=true")
    assert (repeated.json()["new"], repeated.json()["changed"]) == (0, 0)
    assert repeated.json()["unchanged"] == ROWS - len(bad)


async def test_what_breaks_in_the_middle_leaves_nothing_and_can_be_sent_again(node: Node, here: Town) -> None:
    content, bad = workbook(60, every=6)
    key = {"Idempotency-Key": "breaks-in-the-middle"}
    waiting = text("""
        SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
          AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    """)
    async with node.database.reading() as holder:
        await holder.execute(text(f"SELECT pg_advisory_lock({APPEND_LOCK})"))
        asked = asyncio.create_task(sent(here, content, "import?skip_bad=true", **key))
        async with node.database.reading() as watcher:
            while not (pids := list((await watcher.execute(waiting)).scalars())):
                assert not asked.done(), "it did not wait for the log"
                await asyncio.sleep(0.05)
            for pid in pids:
                await watcher.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
        broken = await asked
        await holder.execute(text(f"SELECT pg_advisory_unlock({APPEND_LOCK})"))
    assert broken.status_code >= 500, broken.text
    assert await here.seen("resource") == {}
    done = await sent(here, content, "import?skip_bad=true", **key)
    assert done.json()["new"] == 60 - len(bad), done.text
    assert len(await here.seen("resource")) == 60 - len(bad)


async def test_a_row_changes_what_it_names_and_leaves_the_rest(here: Town) -> None:
    opta = "NWFW AC 00001HLF20   01 "
    id = await here.add("Florian Bergstadt 1 HLF20 1", opta=opta, fuel=50, note="bleibt")
    other = await here.add("Florian Bergstadt 2 HLF20 1", external_id="ILS-7")
    table = (
        "Typ;Rufname;OPTA;Externe Kennung;Tank;Bemerkung\n"
        f"HLF20;Florian Bergstadt 1 HLF20 9;{opta};;60;\n"
        "RW;florian bergstadt 2  HLF20 1;;ILS-7;;neu\n"
    )
    preview = (await sent(here, table, "import/preview")).json()
    assert preview["rows"] == {"new": 0, "changed": 2, "unchanged": 0, "bad": 0}
    assert (await sent(here, table)).json()["changed"] == 2
    bodies = await here.seen("resource")
    assert (bodies[id]["callsign"], bodies[id]["fuel"], bodies[id]["note"]) == (
        "Florian Bergstadt 1 HLF20 9", 60, "bleibt",
    )  # fmt: skip
    assert (bodies[other]["type"], bodies[other]["note"]) == ("RW", "neu")
    crossed = f"Typ;Rufname;OPTA\nHLF20;Florian Bergstadt 2 HLF20 1;{opta}\n"
    [error] = (await sent(here, crossed, "import/preview")).json()["errors"]
    assert (error["row"], error["field"]) == (2, "callsign")
    assert (await sent(here, table)).json()["unchanged"] == 2


@pytest.mark.parametrize("path", ["export.csv", "export.xlsx"])
async def test_an_export_holds_no_formula_and_imports_again_without_a_change(here: Town, path: str) -> None:
    dangerous = ["=1+1", "+SUM(A1)", "-2+3", "@SUM(A1)", "\t=1", "＝1+1", 'harmlos; "x"', "'s-Heerenberg"]
    for number, note in enumerate(dangerous):
        await here.add(
            f"{note} {number}", note=f"{note}y", home=[7.123456789012, 50.1], strength="0/1/8//9",
            capabilities=["BOOT", "DROHNE"], defects=["Licht", "Bremse"], opta=f"NWFW AC {number:05}HLF20   01 ",
        )  # fmt: skip
    content = await got(here, path)
    if path.endswith("csv"):
        cells = [cell for row in csv.reader(io.StringIO(content.decode("utf-8-sig")), delimiter=";") for cell in row]
    else:
        sheet = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
        assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)
        cells = [str(cell.value or "") for row in sheet.iter_rows() for cell in row]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r", "＝"))]
    before = await here.seen("resource")
    again = await sent(here, content)
    assert again.status_code == 200, again.text
    assert {name: again.json()[name] for name in ("new", "changed", "unchanged")} == {
        "new": 0, "changed": 0, "unchanged": len(dangerous),
    }  # fmt: skip
    assert await here.seen("resource") == before


async def test_stock_is_imported_and_exported_likewise_and_a_template_is_at_hand(here: Town) -> None:
    table = 'Artikel,Einheit,Menge,Mindestbestand,Lagerort\nSandsack,Stück,4000,"1000,5",Bauhof\nDiesel,l,-5,,Bauhof\n'
    preview = (await sent(here, table, "import/preview?what=stock")).json()
    assert [(error["row"], error["field"], error["value"]) for error in preview["errors"]] == [(3, "quantity", "-5")]
    assert (await sent(here, table, "import?what=stock&skip_bad=true")).json()["new"] == 1
    [body] = (await here.seen("stock")).values()
    assert (body["quantity"], body["minimum"], body["place_name"]) == (4000, 1000.5, "Bauhof")
    content = await got(here, "export.xlsx?what=stock&language=en")
    assert (await sent(here, content, "import?what=stock")).json()["unchanged"] == 1
    template = await got(here, "import/template.xlsx")
    assert (await sent(here, template, "import/preview")).json()["rows"]["new"] == 1


async def test_a_file_that_is_none_is_refused_and_nobody_elses_fleet_takes_one(node: Node, here: Town) -> None:
    refused = await sent(here, b"Farbe;Groesse\nrot;1\n", "import/preview")
    assert (refused.status_code, refused.json()["field"]) == (422, "file"), refused.text
    assert "'Funkrufname' and 'Typ'" in refused.json()["detail"]
    assert (await sent(here, b"x" * 10_500_000, "import/preview")).status_code == 413
    there = await town(node, "Feuerwehr Talstadt")
    for path in ("import", "import/preview"):
        refused = await there.client.post(f"/api/fleets/{here.organisation}/{path}", content=b"Rufname;Typ\nx;RW\n")
        assert refused.status_code == 404
    assert (await there.client.get(f"/api/fleets/{here.organisation}/export.csv")).status_code == 404
