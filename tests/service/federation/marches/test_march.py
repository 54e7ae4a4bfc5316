"""A convoy announced by file to a Meldekopf without a line, its receipt carried back, and the line that returns."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import random
import re
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import text

from geodata.store.cluster import Cluster
from service.federation.identity.keys import NodeKeys
from service.federation.islands.carrying import Carried, sealed
from service.federation.islands.parcel import seal_words
from service.federation.islands.pieces import cut
from service.federation.peers import store as peers
from service.federation.peers.peer import Peer
from tests.service.federation.marches.convoy import Convoy, convoy, read, soon
from tests.service.federation.procedures.carried import until
from tests.service.federation.procedures.lent import own
from tests.service.federation.towns import Town

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def apart(cluster: Cluster) -> AsyncIterator[Convoy]:
    async with convoy(cluster, streamed=True) as made:
        yield made


async def _lent(convoy: Convoy) -> list[str]:
    inquiries = await convoy.near.lender.inquiries()
    return [line["state"] for line in inquiries[convoy.near.answer(convoy.inquiry)]["offered"]]


async def test_the_whole_way_there_and_back_without_any_line(apart: Convoy) -> None:
    first, second = apart.boats
    resource = f"/api/resources/{first.split('/')[2]}"
    edit = {"fields": {"strength": "0/1/3//4", "fuel": 80, "eta": soon(hours=1), "endurance_until": soon(hours=9)}}
    version = (await own(apart.near.lender.node, apart.there, "resource"))[first.split("/")[2]]["version"]
    changed = await apart.there.patch(resource, json={**edit, "base": version})
    assert changed.status_code == 200, changed.text

    made = await apart.announce(eta=soon(minutes=-20), facility=apart.meldekopf)
    assert [one["ref"] for one in made["body"]["vehicles"]] == apart.boats
    pieces = await apart.file(made["id"], most_signs=500)
    assert len(pieces) > 2 and all(len(one) <= 500 for one in pieces)
    assert "Bergheim" not in "".join(pieces)
    assert all(len(one) <= 1_000 for one in await apart.file(made["id"], most_signs=1_000))
    assert await apart.under_way() == {}

    random.Random(7).shuffle(pieces)
    missing = await read(apart.here, *pieces[1:], expect=422)
    assert missing["field"] == "pieces" and re.search(r"these are missing: \d+$", missing["detail"])
    taken = await read(apart.here, *pieces, *pieces[:2])
    assert (taken["outcome"], taken["partner"], taken["kind"]) == ("NEW", "bergheim", "march")
    rows = await apart.under_way()
    assert list(rows) == [second, first], "whoever is overdue stands first"
    assert rows[second]["overdue"] == 20 and rows[second]["announced"]["file"] is True
    assert (rows[first]["strength"], rows[first]["callsign"]) == ("0/1/3//4", "Boot Bergheim 1")
    assert rows[first]["contact"] == "Florian Bergheim 1-ELW1-1 0170 1"

    assert (await read(apart.here, *pieces))["outcome"] == "KNOWN", "read twice"
    (line,) = [body["text"] for _, body in (await apart.held("entry")).values() if "Marschverbund" in body["text"]]
    assert line.startswith("Bergheim hat per Datei einen Marschverbund angekündigt: 2 Einheiten (Boot Bergheim 1, ")
    assert await apart.under_way() == rows
    nobody = await apart.answered(made["id"], arrived=0)
    assert [line["state"] for line in nobody["lines"]] == ["MISSING", "MISSING"]

    await apart.arrives(first, strength="0/1/2//3", endurance_until=soon(hours=8))
    assert list(await apart.under_way()) == [second]
    said = await apart.answered(made["id"], arrived=1)
    assert [(line["state"], line.get("strength"), line.get("place")) for line in said["lines"]] == [
        ("ARRIVED", "0/1/2//3", "Autohof"), ("MISSING", None, None),
    ]  # fmt: skip

    assert await _lent(apart) == ["COMMITTED", "COMMITTED"]
    before = (await own(apart.near.lender.node, apart.there, "resource"))[second.split("/")[2]]
    back = await apart.receipt(made["id"])
    assert len(back) == 1
    assert (await read(apart.there, *back))["kind"] == "march_receipt"
    (heard,) = (await apart.held("march_receipt", lender=True)).values()
    assert (heard[0], heard[1]["lines"]) == ("file", said["lines"])

    async def arrived() -> bool:
        return await _lent(apart) == ["ARRIVED", "COMMITTED"]

    await until(arrived)
    after = await own(apart.near.lender.node, apart.there, "resource")
    assert after[first.split("/")[2]]["deployment"] == "AT_MELDEKOPF"
    assert after[first.split("/")[2]]["strength"] == "0/1/3//4", "what the partner counted stays the partner's"
    assert after[second.split("/")[2]] == before, "who is missing there is left alone here"
    assert (await read(apart.there, *back))["outcome"] == "KNOWN"
    assert await _lent(apart) == ["ARRIVED", "COMMITTED"]


async def test_a_newer_edition_replaces_an_older_one_whatever_comes_last(apart: Convoy) -> None:
    boat = apart.boats[1]
    one = await apart.announce(resources=[boat.split("/")[2]], eta=soon(hours=2))
    older = await apart.file(one["id"])
    two = await apart.announce(resources=[boat.split("/")[2]], march=one["id"], eta=soon(hours=3), place_name="Nordtor")
    newer = await apart.file(one["id"])
    assert (two["id"], two["body"]["edition"]) == (one["id"], 2)
    assert (await read(apart.here, *newer))["outcome"] == "NEW"
    assert (await read(apart.here, *older))["outcome"] == "OLDER"
    marches = await apart.held("march")
    assert marches[one["ref"]][1]["place_name"] == "Nordtor"
    assert list(await apart.under_way()).count(boat) == 1, "in two marches, and one vehicle"


async def test_who_may_announce_what(apart: Convoy) -> None:
    spare = apart.near.lender.fleet.resources["Boot Bergheim 3"]
    refused = await apart.announce(422, inquiry=None, resources=[spare])
    assert refused["field"] == "resources" and "no agreement shows it" in refused["detail"]
    for given, field in (
        ({"inquiry": "nicht-da"}, "inquiry"), ({"inquiry": None}, "resources"), ({"march": "nicht-da"}, "march"),
        ({"resources": ["fremd"]}, "resources"), ({"leader": " "}, "leader"), ({"valid_hours": 0}, "valid_hours"),
    ):  # fmt: skip
        assert (await apart.announce(422, **given))["field"] == field, given
    # An agreement that shows its type, and neither call sign nor OPTA.
    lender = apart.near.lender.node
    async with lender.database.transaction("test") as tx:
        await tx.connection.execute(
            text("""INSERT INTO share (id, peer, room, name, state, policy, created_by)
                    SELECT 'flotte', p.id, f.room, 'Flotte', 'ACTIVE', '{"kinds": ["resource"]}', 'test'
                    FROM peer p, fact f WHERE f.ref = :ref"""),
            {"ref": f"bergheim/resource/{spare}"},
        )
    (vehicle,) = (await apart.announce(inquiry=None, resources=[spare]))["body"]["vehicles"]
    assert (vehicle["callsign"], vehicle["type"]) == ("MZB", "MZB") and "opta" not in vehicle
    (whole,) = (await apart.announce(resources=[apart.boats[1].split("/")[2]]))["body"]["vehicles"]
    assert whole["callsign"] == "Boot Bergheim 2", "what is lent is told whole"


async def shell(town: Town, *words: str, given: str = "", expect: int = 0) -> str:
    settings = {
        "LAGEBILD_DATABASE_URL": town.database.url, "LAGEBILD_DATA_DIR": str(town.keys.file.parent.parent),
        "LAGEBILD_ORIGIN": town.origin, "LAGEBILD_TITLE": town.origin.title(),
    }  # fmt: skip
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "service", "federation", "march", *words, env={**os.environ, **settings},
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, error = await process.communicate(given.encode())
    assert process.returncode == expect, error.decode()
    return out.decode() if expect == 0 else error.decode()


async def _peer(convoy: Convoy) -> Peer:
    """Altdorf, as Bergheim knows it."""
    lender = convoy.near.lender.node
    async with lender.database.reading() as connection:
        return await peers.one(connection, lender.peers["altdorf"].id)


def _march(convoy: Convoy, **changed: Any) -> dict[str, Any]:
    now = datetime.now(UTC)
    body = {
        "edition": 1, "sender": "Bergheim", "to": "altdorf", "at": soon(), "valid_until": soon(hours=5),
        "mode": "ACTUAL", "leader": "Florian 1",
        "vehicles": [{"ref": convoy.boats[0], "callsign": "Boot 1", "type": "MZB"}],
    }  # fmt: skip
    said = {
        "version": 1, "sender": "bergheim", "recipient": "altdorf", "mode": "ACTUAL", "ref": "bergheim/march/m1",
        "created": now, "valid_until": now + timedelta(hours=5), "body": body,
    }  # fmt: skip
    inside = {name.removeprefix("body_"): changed.pop(name) for name in list(changed) if name.startswith("body_")}
    return {**said, **changed, "body": {**body, **inside}}


async def test_what_is_forged_strange_or_over_is_refused_by_its_field_and_nothing_stays(apart: Convoy) -> None:
    peer, keys = await _peer(apart), apart.near.lender.node.keys
    mine = apart.near.asking.keys
    now = datetime.now(UTC)
    vehicle = {"ref": apart.boats[0], "callsign": "Boot 1", "type": "MZB"}
    own_boat = {**vehicle, "ref": "altdorf/resource/x"}
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"valid_until": now - timedelta(seconds=1), "created": now - timedelta(hours=1)}, "valid_until"),
        ({"valid_until": now + timedelta(days=60)}, "valid_until"),
        ({"sender": "kreis"}, "sender"),
        ({"recipient": "kreis"}, "recipient"),
        ({"mode": "EXERCISE"}, "mode"),
        ({"ref": "altdorf/march/m1"}, "ref"),
        ({"ref": "kreis/march/m1"}, "ref"),
        ({"body_to": "kreis"}, "body.to"),
        ({"body_vehicles": [own_boat]}, "body.vehicles"),
        ({"body_vehicles": [vehicle, own_boat]}, "body.vehicles"),
        ({"body_vehicles": [vehicle, vehicle]}, "body.vehicles"),
        ({"body_vehicles": [{**vehicle, "strength": "1/1/1//9"}]}, "body.strength"),
        ({"body_vehicles": [{**vehicle, "fuel": 200}]}, "body.vehicles[0].fuel"),
        ({"body_vehicles": []}, "body.vehicles"),
        ({"body_leader": "\x00"}, "body"),
        ({"body_edition": 0}, "body.edition"),
        ({"body_at": "gestern"}, "body.at"),
    ]  # fmt: skip
    marches = await apart.held("march")
    for changed, field in wrong:
        line = sealed(keys, peer, Carried(**_march(apart, **changed)))
        refused = await read(apart.here, *cut(line), expect=422)
        assert refused["field"] == field, (changed, refused)
    good = json.dumps(_march(apart), default=str).encode()
    strange = NodeKeys(apart.near.asking.node.data_dir / "fremd")
    for line, said in (
        (seal_words(strange, mine.seal_x, good, "lagebild-march"), "no partner of ours"),
        (seal_words(keys, mine.seal_x, good, "lagebild-envelope"), "neither a march"),
        (seal_words(keys, strange.seal_x, good, "lagebild-march"), "not sealed for this node"),
        (seal_words(keys, mine.seal_x, b"[]", "lagebild-march"), ""),
        (seal_words(keys, mine.seal_x, b'{"version": 2}', "lagebild-march"), ""),
        ("a.b.c.d.e", "damaged"),
    ):  # fmt: skip
        refused = await read(apart.here, *cut(line), expect=422)
        assert said in refused["detail"], refused
    whole = sealed(keys, peer, Carried(**_march(apart)))
    head, *rest = whole.split(".")
    for number in range(40):
        part = number % 4
        raw = bytearray(base64.urlsafe_b64decode(rest[part] + "==="))
        raw[random.Random(number).randrange(len(raw))] ^= 1 << number % 8
        broken = [*rest]
        broken[part] = base64.urlsafe_b64encode(bytes(raw)).rstrip(b"=").decode()
        await read(apart.here, *cut(".".join([head, *broken])), expect=422)
    assert (await apart.here.post("/api/marches/read", content="Gruß".encode())).status_code == 422
    assert await apart.held("march") == marches
    assert (await read(apart.here, *cut(whole)))["outcome"] == "NEW", "the same, unharmed"


async def test_a_file_for_somebody_else_is_none_for_us_and_a_suspended_partner_brings_none(apart: Convoy) -> None:
    made = await apart.announce()
    pieces = await apart.file(made["id"])
    refused = await read(apart.there, *pieces, expect=422)
    assert "not sealed for this node" in refused["detail"]
    async with apart.near.asking.database.transaction("test") as tx:
        await tx.connection.execute(text("UPDATE peer SET state = 'SUSPENDED'"))
    refused = await read(apart.here, *pieces, expect=422)
    assert "no partner of ours" in refused["detail"]
    async with apart.near.asking.database.transaction("test") as tx:
        await tx.connection.execute(text("UPDATE peer SET state = 'ACTIVE'"))
    assert (await read(apart.here, *pieces))["outcome"] == "NEW"
    async with apart.near.asking.database.reading() as connection:
        told = text("SELECT detail ->> 'outcome' FROM audit WHERE action = 'march.read' AND subject = :march")
        found = (await connection.execute(told, {"march": f"march:{made['id']}"})).scalars().all()
    assert found == ["NEW"]


async def test_from_one_shell_to_the_other(apart: Convoy) -> None:
    lender, borrower = apart.near.lender.node, apart.near.asking
    asked = ("--inquiry", apart.near.answer(apart.inquiry), "--leader", "Florian 1", "--most-signs", "700")
    pieces = (await shell(lender, "write", "altdorf", *asked)).split()
    assert len(pieces) > 1
    told = (await shell(borrower, "read", "-", given="\n".join(reversed(pieces)))).split("\t")
    assert (told[:2], told[4].strip()) == (["NEW", "march"], "2")
    march = told[2].split("/")[2]
    await apart.answered(march, arrived=1)
    back = await shell(borrower, "file", "bergheim", march)
    assert (await shell(lender, "read", "-", given=back)).startswith("NEW\tmarch_receipt")


async def test_once_the_line_is_back_what_came_by_file_and_by_stream_is_one_and_the_same(apart: Convoy) -> None:
    first, second = apart.boats
    march = await apart.announce(eta=soon(minutes=30))
    await read(apart.here, *await apart.file(march["id"]))
    assert (await apart.held("march"))[march["ref"]][0] == "file"
    await apart.answered(march["id"], arrived=1)
    assert [one for one in await apart.held("resource") if one in apart.boats] == [], "nothing came by the stream"
    await apart.near.agree(apart.inquiry)
    assert await until(lambda: _stands(apart, ["ARRIVED", "COMMITTED"]), 30)

    async def joined() -> bool:
        marches = await apart.held("march")
        lent = [ref for ref in await apart.held("resource") if ref in apart.boats]
        heard = (await apart.held("march_receipt", lender=True)).get(f"altdorf/march_receipt/bergheim.{march['id']}")
        return bool(marches[march["ref"]][0] == "people" and len(lent) == 2 and heard)

    await until(joined, 30)
    rows = await apart.under_way()
    assert [row["callsign"] for row in rows.values()].count("Boot Bergheim 2") == 1 and first not in rows
    assert rows[second]["announced"]["file"] is False
    await apart.arrives(second)
    assert await until(lambda: _stands(apart, ["ARRIVED", "ARRIVED"]), 30)
    held = await own(apart.near.lender.node, apart.there, "resource")
    assert {held[boat.split("/")[2]]["deployment"] for boat in apart.boats} == {"AT_MELDEKOPF"}
    async with apart.near.lender.node.database.reading() as connection:
        times = text("SELECT count(*) FROM change WHERE ref = :ref AND body ->> 'deployment' = 'AT_MELDEKOPF'")
        assert (await connection.execute(times, {"ref": first})).scalar_one() == 1


async def _stands(made: Convoy, wanted: list[str]) -> bool:
    """On both sides."""
    ours = await made.near.inquiry(made.inquiry)
    return [line["state"] for line in ours["offered"]] == wanted == await _lent(made)
