"""Labels: what is drawn is what a tablet reads."""

from __future__ import annotations

import pytest
from lxml import etree

from geodata.model.ref import Ref
from service.arrivals.labels import Label, content, rendered
from tests.service.arrivals.gate import Gate, gate, own_fleet
from tests.service.conftest import Node
from tests.service.journal.printed import text_of


@pytest.fixture
async def at(node: Node) -> Gate:
    return await gate(node)


async def test_a_code_and_a_sheet_are_for_those_who_see_the_fleet(node: Node, at: Gate) -> None:
    fleet = await own_fleet(at)
    names = [f"Florian Bergstadt {n}" for n in range(2)]
    ids = [await fleet.add(name) for name in names]
    code = await fleet.client.get(f"/api/resources/{ids[0]}/qr.svg")
    assert code.headers["content-type"] == "image/svg+xml"
    assert etree.fromstring(code.content).tag == "{http://www.w3.org/2000/svg}svg"
    printed = await fleet.client.get(f"/api/fleets/{fleet.organisation}/labels.pdf")
    assert printed.content.startswith(b"%PDF-")
    stranger = await node.sign_in("Fremder", admin=False)
    for path in (f"/api/resources/{ids[0]}/qr.svg", f"/api/fleets/{fleet.organisation}/labels.pdf"):
        assert (await stranger.get(path)).status_code == 404


def test_eighteen_labels_stand_on_a_page_and_what_is_written_on_them_is_text() -> None:
    labels = [Label(Ref("here", "resource", f"r{n}"), f"Florian {n} <b>HLF</b>", "HLF20") for n in range(20)]
    document = rendered(labels)
    assert len(document.pages) == 2
    (shown,) = text_of(document.write_pdf(uncompressed_pdf=True))[1:2] or [""]
    assert "Florian18<b>HLF</b>" in shown.replace(" ", "")
    assert content(labels[0].ref, " Florian\n 0 ") == "LAGEBILD:here/resource/r0 Florian 0"
