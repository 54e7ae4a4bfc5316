from __future__ import annotations

from io import BytesIO
from typing import Any

from openpyxl import Workbook

from tests.service.conftest import Node
from tests.service.roster.crew import Crew, crew, told

HEAD = "Name;Personalnummer;Qualifikationen;Mobil;E-Mail;Einheiten;Länge (°);Breite (°);Unbekannt\n"
GOOD = "Ada Muster;1;AGT@2027-05-31, LANG:uk:B2;0151 23456789;ada@example.org;LZ 1;7,12;51,03;x\nBo;2;ZF;;;;;;\n"


async def post(ours: Crew, what: str, content: str | bytes) -> Any:
    return await ours.client.post(f"/api/rosters/{ours.organisation}/{what}", content=content)


async def people(ours: Crew) -> dict[str, Any]:
    listed = told(await ours.client.get(f"/api/helpers?roster={ours.organisation}"))["people"]
    return {one["name"]: told(await ours.client.get(f"/api/helpers/{one['id']}")) for one in listed}


async def test_a_table_is_looked_at_first_then_written_and_written_again_changes_nothing(node: Node) -> None:
    ours = await crew(node)
    looked = told(await post(ours, "import/preview", HEAD + GOOD))
    assert looked["rows"] == {"new": 2, "changed": 0, "bad": 0}
    assert [c["heading"] for c in looked["columns"] if not c["field"]] == ["Unbekannt"]
    assert "23456789" not in str(looked)
    assert await people(ours) == {}
    assert told(await post(ours, "import", HEAD + GOOD))["new"] == 2
    found = await people(ours)
    ada = found["Ada Muster"]
    assert [(c["kind"], c["value"]) for c in ada["channels"]] == [
        ("SMS", "+4915123456789"), ("VOICE", "+4915123456789"), ("EMAIL", "ada@example.org"),
    ]  # fmt: skip
    assert [(s["code"], s["level"], s["valid_until"]) for s in ada["skills"]] == [
        ("AGT", None, "2027-05-31"), ("LANG:uk", "B2", None),
    ]  # fmt: skip
    assert ada["home"] == [7.12, 51.03]
    table = await ours.client.get(f"/api/rosters/{ours.organisation}/export.csv")
    again = told(await post(ours, "import", table.content))
    assert (again["new"], again["changed"], again["bad"]) == (0, 2, 0)
    after = await people(ours)
    for name, one in found.items():
        changing = {"version": one["version"], "changed_at": one["changed_at"]}
        assert after[name] | changing == one


async def test_one_bad_row_and_nothing_is_written_unless_it_is_left_out(node: Node) -> None:
    ours = await crew(node)
    bad = HEAD + GOOD + "Cid;3;NOPE;;;;;;\n;4;;;;;;;\nDora;5;;keine Nummer;;;;;\n=cmd();6;;;;;;;\nEmil;5;;;;;;;\n"
    refused = await post(ours, "import", bad)
    assert (refused.status_code, refused.json()["field"]) == (422, "rows")
    assert {error["row"] for error in refused.json()["errors"]} == {4, 5, 6, 7}
    assert "keine Nummer" not in refused.text
    assert await people(ours) == {}
    assert told(await post(ours, "import?skip_bad=true", bad))["new"] == 3
    assert sorted(await people(ours)) == ["Ada Muster", "Bo", "Emil"]


async def test_a_workbook_is_read_as_well_and_its_formulas_are_refused(node: Node) -> None:
    ours = await crew(node)
    book = Workbook()
    for row in (["Name", "Qualifikationen"], ["Ada", "AGT"], ["=1+1", ""]):
        book.active.append(row)
    out = BytesIO()
    book.save(out)
    looked = told(await post(ours, "import/preview", out.getvalue()))
    assert looked["rows"] == {"new": 1, "changed": 0, "bad": 1}
    assert "formula" in looked["errors"][0]["reason"]


async def test_what_is_no_table_is_refused_and_strangers_import_nothing(node: Node) -> None:
    ours, theirs = await crew(node, "Alpha"), await crew(node, "Bravo")
    for content in (b"", b"PK\x03\x04 broken", b"no heading;here\n1;2\n"):
        assert (await post(ours, "import/preview", content)).status_code == 422
    stranger = await theirs.client.post(f"/api/rosters/{ours.organisation}/import", content=HEAD + GOOD)
    assert stranger.status_code == 404


async def test_a_name_that_is_a_formula_leaves_the_house_as_a_text(node: Node) -> None:
    ours = await crew(node)
    given = {"roster": ours.organisation, "fields": {"name": "=HYPERLINK(1)", "units": ["@SUM(1)"]}}
    told(await ours.client.post("/api/helpers", json=given))
    table = (await ours.client.get(f"/api/rosters/{ours.organisation}/export.csv")).text
    assert '"\'=HYPERLINK(1)"' in table
    assert '"\'@SUM(1)"' in table
