"""New keys reach a partner to whom no line leads, and what was sealed for the old one is read all the same."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import text

from geodata.store.cluster import Cluster
from service.federation.identity.keys import SEALED_BEFORE, NodeKeys
from service.federation.islands.parcel import BadParcel, open_parcel, seal, seal_rotation, unseal
from service.federation.peers import store as peers
from service.federation.peers.rotation import announcement
from service.federation.wire.envelope import Envelope
from tests.service.federation.islands.huts import Hut, huts

NOW = datetime.now(UTC)
_AWAY = text("UPDATE peer SET relay = NULL")


async def carry(here: Hut, there: Hut) -> tuple[int, int, int]:
    """By file: how many parcels were applied, known and refused."""
    async with here.database.reading() as connection:
        peer = await peers.one(connection, here.peers[there.origin].id)
    read = await there.bundles.read(await here.bundles.write(peer))
    return read.applied, read.known, len(read.refused)


async def kid_of(here: Hut, there: Hut) -> tuple[str, str]:
    """The keys that `here` has of `there`."""
    async with here.database.reading() as connection:
        peer = await peers.one(connection, here.peers[there.origin].id)
        return peer.keys[0].kid, peer.seal_key


async def test_by_file_the_new_keys_come_first_and_once(cluster: Cluster) -> None:
    async with huts(cluster) as (altdorf, kreis, _):
        await altdorf.write(("a", 1))
        await carry(altdorf, kreis)
        await carry(kreis, altdorf)
        await carry(altdorf, kreis)
        await kreis.write(("k", 1))
        late = await kreis.bundles.write(kreis.peers["altdorf"])
        for _ in range(3):
            altdorf.keys.rotate()
        await altdorf.write(("b", 1))
        applied, _, refused = await carry(altdorf, kreis)
        assert applied >= 2 and not refused
        assert await kreis.held("altdorf") == {"a": "1", "b": "1"}
        assert await kid_of(kreis, altdorf) == (altdorf.keys.current.kid, altdorf.keys.seal_x)
        with_news = len(await altdorf.bundles.write(altdorf.peers["kreis"]))
        assert (await carry(altdorf, kreis))[0] == 0, "told twice, taken once"

        read = await altdorf.bundles.read(late)
        assert read.applied and not read.refused, "sealed for a key that was replaced since"
        assert not altdorf.announcer.knows(altdorf.peers["kreis"].id)
        assert (await carry(kreis, altdorf))[2] == 0
        assert altdorf.announcer.knows(altdorf.peers["kreis"].id), "what it sealed for the new key says so"
        assert len(await altdorf.bundles.write(altdorf.peers["kreis"])) == with_news - 1
        async with kreis.database.reading() as connection:
            noted = await connection.execute(text("SELECT count(*) FROM audit WHERE action = 'partner.rotated'"))
            assert noted.scalar() == 1


async def test_through_a_relay_they_come_too(cluster: Cluster) -> None:
    async with huts(cluster) as (altdorf, kreis, _):
        await altdorf.write(("a", 1))
        for _ in range(3):
            await altdorf.look()
            await kreis.look()
        altdorf.keys.rotate()
        await altdorf.write(("b", 1))
        for _ in range(4):
            await altdorf.look()
            await kreis.look()
        assert await kreis.held("altdorf") == {"a": "1", "b": "1"}
        assert await kid_of(kreis, altdorf) == (altdorf.keys.current.kid, altdorf.keys.seal_x)
        await kreis.write(("k", 1))
        for _ in range(2):
            await kreis.look()
            await altdorf.look()
        assert await altdorf.held("kreis") == {"k": "1"}
        assert altdorf.announcer.knows(altdorf.peers["kreis"].id)


async def test_what_is_no_announcement_of_a_partner_changes_no_key(cluster: Cluster, tmp_path: Path) -> None:
    async with huts(cluster) as (altdorf, kreis, relay):
        before = await kid_of(kreis, altdorf)
        former = announcement_of(altdorf)
        stranger = NodeKeys(tmp_path)
        stranger.rotate()
        forged = msgspec.json.decode(announcement_of(relay))
        forged["origin"] = "altdorf"
        for said in (
            msgspec.json.encode(forged), msgspec.json.encode({**msgspec.json.decode(former), "origin": "nobody"}),
            b"{}", former[:-9] + b'"]}',
        ):  # fmt: skip
            read = await kreis.bundles.read([seal_rotation(kreis.keys.seal_x, said)])
            assert read.applied == 0 and len(read.refused) == 1
            assert await kid_of(kreis, altdorf) == before
        assert (await kreis.bundles.read([seal_rotation(kreis.keys.seal_x, former)])).applied == 1
        assert (await kreis.bundles.read([seal_rotation(kreis.keys.seal_x, former)])).known == 1
        assert await kid_of(kreis, altdorf) == (altdorf.keys.current.kid, altdorf.keys.seal_x) != before


def announcement_of(hut: Hut) -> bytes:
    hut.keys.rotate()
    return announcement(hut.myself)


def test_an_old_key_opens_for_thirty_days_and_is_then_deleted(tmp_path: Path) -> None:
    keys, sender = NodeKeys(tmp_path / "here"), NodeKeys(tmp_path / "there")
    envelope = Envelope(1, "altdorf", "kreis", "ACTUAL", 7, 1, "", "t1", NOW)
    before = seal(sender, keys.seal_x, envelope)
    old = keys.seal_x
    keys.rotate(NOW - SEALED_BEFORE + timedelta(hours=1))
    assert keys.seal_x != old and not unseal(keys, before).current
    assert open_parcel(keys, before, {sender.current.kid: sender.current.x}.get)[1].number == 1
    assert unseal(keys, seal(sender, keys.seal_x, envelope)).current
    assert [key.x for key in NodeKeys(tmp_path / "here").opening()] == [keys.seal_x, old], "also after a restart"
    assert keys.forget() == 0
    assert keys.forget(NOW + timedelta(hours=2)) == 1
    with pytest.raises(BadParcel, match="not sealed for this node"):
        unseal(keys, before)
    kept = msgspec.json.decode((tmp_path / "here/keys/node.keys").read_bytes())
    assert not kept["sealed_before"] and len(kept["signing"]) == 2
