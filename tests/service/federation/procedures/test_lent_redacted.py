"""What is lent leaves without what the loan does not need: shown before, and nowhere in the borrower's database."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import Any

from sqlalchemy import text

from geodata.model.fact import Fact, Provenance
from geodata.model.geometry import point
from geodata.model.ref import Ref
from geodata.store.cluster import Cluster
from tests.service.federation.procedures.carried import until
from tests.service.federation.procedures.lent import Neighbours, copies, neighbours
from tests.service.federation.towns import Town

CREW, DEFECT, NOTE, OPTA = "GEHEIM-BESATZUNG-4k1", "GEHEIM-MANGEL-8z2", "GEHEIM-NOTIZ-3q7", "GEHEIM-OPTA-XYZ-0123456789"
REASON, ARS = "GEHEIM-GRUND-5m2", "053820056056"
PLACE = (7.123456, 51.234567)
_TABLES = text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")


async def holding(town: Town, *words: str) -> set[str]:
    """The tables of a node in whose rows one of these words stands, however deep."""
    found = set()
    async with town.database.reading() as connection:
        for table in (await connection.execute(_TABLES)).scalars().all():
            like = " OR ".join(f"cast(t AS text) LIKE :w{n}" for n in range(len(words)))
            given = {f"w{n}": f"%{word}%" for n, word in enumerate(words)}
            if (await connection.execute(text(f'SELECT 1 FROM "{table}" t WHERE {like} LIMIT 1'), given)).first():
                found.add(table)
    return found


async def _there(near: Neighbours, ref: str) -> bool:
    return ref in {one["ref"] for one in await copies(near.asking, ref.split("/")[1])}


async def lend(near: Neighbours, callsign: str, shows: list[str], **more: Any) -> tuple[str, dict[str, Any]]:
    """The boat is lent over the stream; its id, and what was shown of it before."""
    lender = near.lender
    boat = await lender.fleet.add(
        callsign, type="MZB", strength="0/1/3//4", fuel=37, defects=[DEFECT], note=NOTE, home=list(PLACE),
        home_name=f"{CREW}-Hafen", crew_since="2026-07-14T08:00:00Z", capabilities=["MZB"], ars=ARS,
    )  # fmt: skip
    free = await lender.fleet.client.post(f"/api/resources/{boat}/status", json={"code": "2"})
    assert free.status_code == 200, free.text
    now = datetime.now(UTC)
    where = {"longitude": PLACE[0], "latitude": PLACE[1], "at": now.isoformat(), "source": "test"}
    async with lender.node.database.transaction("test") as tx:
        place = Provenance("test", now, now)
        tx.put(Fact(Ref("bergheim", "position", boat), lender.fleet.room, place, where, point(*PLACE)))
    _, (id,) = await near.ask(quantity=1)
    answer = near.answer(id)
    await near.agree(id)
    before = await lender.fleet.client.get(
        f"/api/inquiries/{answer}/shown", params={"chosen": boat, "shows": ",".join(shows)}
    )
    assert before.status_code == 200, before.text
    await lender.does(answer, "offer", resources=[boat], shows=shows)
    await near.agree(id)
    offered = (await lender.fleet.client.get(f"/api/inquiries/{answer}/shown")).json()
    assert offered["things"][0]["stays"] == before.json()["things"][0]["stays"], (
        "what was ticked is kept with the offer"
    )
    await near.does(id, "requisition")
    await near.agree(id)
    await lender.does(answer, "commit", **more)
    for kind in ("resource", "position"):
        await until(partial(_there, near, f"bergheim/{kind}/{boat}"))
    return boat, before.json()["things"][0]


async def test_what_the_loan_does_not_need_is_nowhere_in_the_borrowers_database_unless_it_was_ticked(
    cluster: Cluster,
) -> None:
    async with neighbours(cluster, streamed=True, boats=0) as near:
        boat, shown = await lend(near, "Boot Uferwacht", [])
        (seen,) = await copies(near.asking, "resource")
        (where,) = await copies(near.asking, "position")
        assert {"fuel", "defects", "note", "home_name", "crew_since"} <= set(shown["stays"])
        assert (seen["callsign"], seen["type"], seen["strength"]) == ("Boot Uferwacht", "MZB", "0/1/3//4")
        assert not {"fuel", "defects", "note", "home_name", "crew_since", "external_id", "hold"} & set(seen)
        for name in set(shown["resource"]) - {"loan", "deployment", "availability"}:
            assert seen[name] == shown["resource"][name], f"{name} was shown otherwise before"
        assert (where["longitude"], where["latitude"]) == (7.12, 51.23), "to about a kilometre"
        assert shown["position"]["longitude"] == 7.12
        assert await holding(near.asking, CREW, DEFECT, NOTE, str(PLACE[0]), str(PLACE[1])) == set()
        assert "fact" in await holding(near.lender.node, DEFECT), "the search finds what is there"

        fleet = f"/api/fleets/{near.lender.fleet.organisation}"
        rules = {"cover": [{"ars": ARS, "capability": "MZB", "minimum": 1}]}
        kept = await near.lender.fleet.client.patch(fleet, json={"base": 1, "fields": rules})
        assert kept.status_code == 200, kept.text
        ticked, shown = await lend(near, "Boot Fährmann", ["fuel", "defects", "place"], override={"reason": REASON})
        seen = {one["ref"]: one for one in await copies(near.asking, "resource")}[f"bergheim/resource/{ticked}"]
        where = {one["ref"]: one for one in await copies(near.asking, "position")}[f"bergheim/position/{ticked}"]
        assert (seen["fuel"], seen["defects"], boat != ticked) == (37, [DEFECT], True)
        assert "note" in shown["stays"] and "fuel" not in shown["stays"]
        assert (where["longitude"], where["latitude"]) == PLACE
        assert await holding(near.asking, CREW, NOTE, REASON, "Basic cover") == set()
        assert "fact" in await holding(near.lender.node, REASON), "why its cover breaks is kept by who decided"
        unknown = await near.lender.fleet.client.get("/api/inquiries/x/shown", params={"shows": "names"})
        assert (unknown.status_code, unknown.json()["field"]) == (422, "shows")
