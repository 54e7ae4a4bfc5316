"""Looking 2,000 open sessions up again costs one query, and not a long one: it runs every three seconds."""

from __future__ import annotations

import time

from sqlalchemy import text

from geodata.store.database import Database
from service.access import store
from service.access.rights import Right

STATEMENTS = (
    "INSERT INTO organisation (id, name, kind) SELECT 'o' || n, 'o' || n, 'OTHER' FROM generate_series(1, 50) n",
    "INSERT INTO person (id, name) SELECT 'p' || n, 'p' || n FROM generate_series(1, 2000) n",
    "INSERT INTO person_organisation SELECT 'p' || n, 'o' || (n % 50 + 1) FROM generate_series(1, 2000) n",
    "INSERT INTO session (digest, id, person, purpose, expires_at) "
    "SELECT sha256(('s' || n)::bytea), 's' || n, 'p' || n, 'browser', now() + interval '1 h' "
    "FROM generate_series(1, 2000) n",
    "INSERT INTO staff (id, incident, name, model, room) "
    "SELECT 'st' || n, 'i' || n, 's', 'EINSATZLEITUNG', 's-' || n FROM generate_series(1, 40) n",
    "INSERT INTO assignment (id, staff, function, person, state, starts) "
    "SELECT 'a' || n, 'st' || (n % 40 + 1), (ARRAY['LDS', 'S1', 'S2', 'S3', 'OBSERVER'])[n % 5 + 1], 'p' || n, "
    "'ON_DUTY', now() FROM generate_series(1, 600) n",
    "INSERT INTO room (id, name) SELECT 'r' || n, 'r' FROM generate_series(1, 2300) n",
    "INSERT INTO room_member (room, kind, member, can_write) "
    "SELECT 'r' || n, 'person', 'p' || n, true FROM generate_series(1, 2000) n",
    "INSERT INTO room_member (room, kind, member, can_write) "
    "SELECT 'r' || (2000 + n), 'staff', 'st' || n, true FROM generate_series(1, 40) n",
    "INSERT INTO room_member (room, kind, member) "
    "SELECT 'r' || (2100 + n), 'organisation', 'o' || n FROM generate_series(1, 50) n",
    "INSERT INTO room_member (room, kind, member) "
    "SELECT 'r' || (2200 + n), 'function', 'st' || n || '/S2' FROM generate_series(1, 40) n",
    "INSERT INTO room_member (room, kind, member) VALUES ('r2299', 'everyone', '*')",
    "ANALYZE",
)


async def test_two_thousand_sessions_are_looked_up_within_a_second(database: Database) -> None:
    async with database.reading() as connection:
        for statement in STATEMENTS:
            await connection.execute(text(statement))
    ids = [f"s{n}" for n in range(1, 2001)]
    seconds = []
    for _ in range(3):
        began = time.perf_counter()
        found = await store.visitors(database, ids)
        seconds.append(time.perf_counter() - began)
    print(f"2,000 sessions: {min(seconds) * 1000:.0f} ms")
    assert min(seconds) < 1.0
    assert len(found) == 2000
    # p2 is S2 of st3 and in o3; p4 observes st5; p2000 holds nothing.
    assert found["s2"].rooms == {"public", "r2", "r2003", "r2103", "r2203", "r2299"}
    assert found["s2"].write == {"r2", "r2003"} and found["s2"].may(Right.SITUATION, incident="i3")
    assert found["s4"].rooms == {"public", "r4", "r2005", "r2105", "r2299"} and found["s4"].write == {"r4"}
    assert found["s2000"].rooms == {"public", "r2000", "r2101", "r2299"} and found["s2000"].duties == ()
    assert (await store.visitor_of(database, "s2")) == found["s2"]
