"""One person's own rows, read and written for himself by his link. Addresses are opened for him alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.model.availability import Availability
from alerting.model.plan import ChannelKind, Verification
from alerting.store import availability, people
from alerting.store.people import Address, Skill
from alerting.store.sealing import Seal
from geodata.store.database import Transaction

_PERSON = text("""
    SELECT h.id, h.name, h.kind, h.state, h.key, h.sealed, h.adult, h.units, h.functions, h.languages, h.equipment,
           h.home_ars, a.name AS home, h.language, h.legal_basis, h.consent, h.availability, h.available, h.keep_until,
           h.made_at, h.external_id, o.name AS organisation, f.body ->> 'contact' AS contact
    FROM helper h
    LEFT JOIN organisation o ON o.id = h.organisation
    LEFT JOIN area a ON a.ars = h.home_ars
    LEFT JOIN fact f ON f.ref = cast(:origin AS text) || '/roster/' || h.organisation
    WHERE h.id = :helper AND h.state <> 'ERASED'
""")
_CHANNELS = text("""
    SELECT id, kind, position, sealed, made_at, tested_at, failures, problem, closed_at
    FROM helper_channel WHERE helper = :helper ORDER BY position, id
""")
_SKILLS = text("""
    SELECT code, level, verification, acquired_on, valid_until, restrictions FROM helper_skill
    WHERE helper = :helper ORDER BY code
""")
_LOCK = text("SELECT key FROM helper WHERE id = :helper AND state <> 'ERASED' FOR UPDATE")
_CHANGED = "changed_at = :now, version = version + 1 WHERE id = :helper"
_AVAILABLE = text(f"""
    UPDATE helper SET availability = cast(:availability AS jsonb), available = :available,
        available_next = :available_next, {_CHANGED}
""")
_ABOUT = text(f"""
    UPDATE helper SET language = :language, languages = :languages, equipment = :equipment, {_CHANGED}
""")
_HOME = text("""
    UPDATE helper h SET home_ars = a.ars, home = cast(ST_SetSRID(ST_MakePoint(
        round(cast(ST_X(a.label) AS numeric), 2), round(cast(ST_Y(a.label) AS numeric), 2)), 4326) AS geography),
        changed_at = :now, version = version + 1
    FROM area a WHERE h.id = :helper AND a.ars = :ars
""")
_SKILL_HOMES = text("UPDATE helper_skill s SET home = h.home FROM helper h WHERE h.id = :helper AND s.helper = h.id")
_AREAS = text("""
    SELECT ars, name, designation FROM area WHERE level = 'municipality' AND lower(name) = lower(:name)
    UNION
    SELECT a.ars, a.name, a.designation FROM place p JOIN area a ON a.ars = p.ars AND a.level = 'municipality'
    WHERE lower(p.name) = lower(:name)
    LIMIT 5
""")
_CONSENT = text(f"UPDATE helper SET consent = consent || cast(:consent AS jsonb), {_CHANGED}")
_DROP_SKILL = text("DELETE FROM helper_skill WHERE helper = :helper AND code = :code AND verification = :verification")
_DROP_CHANNEL = text("DELETE FROM helper_channel WHERE id = :id AND helper = :helper")
_HEARD = text("""
    UPDATE helper_channel SET tested_at = :now, failures = 0, problem = NULL, closed_at = NULL
    WHERE id = :id AND helper = :helper
""")
_DEAF = text(
    "UPDATE helper_channel SET failures = failures + 1, problem = :problem WHERE id = :id AND helper = :helper"
)
_PLACE = text("UPDATE helper_channel SET position = :position WHERE id = :id AND helper = :helper")
_SAME = text("""
    UPDATE helper_channel SET closed_at = NULL WHERE helper = :helper AND kind = :kind AND digest = :digest RETURNING id
""")
_FIRST = text("UPDATE helper_channel SET position = position + 1 WHERE helper = :helper")
_OLDEST_DEVICES = text("""
    DELETE FROM helper_channel WHERE id IN (
        SELECT id FROM helper_channel WHERE helper = :helper AND kind = :kind ORDER BY made_at DESC OFFSET :most)
""")
_OUT = text("DELETE FROM helper_channel WHERE helper = :helper AND kind = :kind AND digest = :digest")


@dataclass(frozen=True, slots=True)
class Channel:
    id: str
    kind: ChannelKind
    address: str = field(repr=False)
    made_at: datetime
    tested_at: datetime | None
    failures: int
    problem: str | None
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Own:
    """A skill's other ways of knowing than SELF_DECLARED are not his to change. `held` is the row itself."""

    id: str
    name: str
    held: Mapping[str, Any] = field(repr=False)
    private: dict[str, Any] = field(repr=False)
    availability: Availability
    channels: tuple[Channel, ...]
    skills: tuple[Skill, ...]


async def own(connection: AsyncConnection, seal: Seal, origin: str, helper: str) -> Own | None:
    """None if he is erased. Raises Unreadable."""
    row = (await connection.execute(_PERSON, {"helper": helper, "origin": origin})).mappings().one_or_none()
    if row is None:
        return None
    key = seal.own(bytes(row["key"]))
    private = key.open(bytes(row["sealed"])) if row["sealed"] else {}
    channels = tuple(
        Channel(
            c.id, ChannelKind(c.kind), str(key.open(bytes(c.sealed))), c.made_at, c.tested_at, c.failures, c.problem,
            c.closed_at,
        )
        for c in await connection.execute(_CHANNELS, {"helper": helper})
    )  # fmt: skip
    skills = tuple(
        Skill(
            s.code, s.level, Verification(s.verification), s.acquired_on, s.valid_until, restrictions=s.restrictions
        )
        for s in await connection.execute(_SKILLS, {"helper": helper})
    )  # fmt: skip
    said = availability.read(row["availability"])
    return Own(row["id"], row["name"] or "", dict(row), private, said, channels, skills)


async def lock(tx: Transaction, helper: str) -> bytes | None:
    """His own key, wrapped; None if he is erased. Others who change him wait."""
    key = (await tx.connection.execute(_LOCK, {"helper": helper})).scalar()
    return bytes(key) if key is not None else None


async def say_available(tx: Transaction, helper: str, said: Availability, now: datetime) -> None:
    await tx.connection.execute(_AVAILABLE, {**availability.columns(said, now), "helper": helper, "now": now})


async def write_about(
    tx: Transaction, helper: str, *, language: str, languages: list[str], equipment: list[str], now: datetime
) -> None:
    given = {"helper": helper, "language": language, "languages": languages, "equipment": equipment, "now": now}
    await tx.connection.execute(_ABOUT, given)


async def move_home(tx: Transaction, helper: str, name: str, now: datetime) -> bool:
    """To the middle of the municipality of this name, kept to about a kilometre. False if no, or not one only, is
    called so."""
    found = (await tx.connection.execute(_AREAS, {"name": name})).all()
    if len(found) != 1:
        return False
    await tx.connection.execute(_HOME, {"helper": helper, "ars": found[0].ars, "now": now})
    await tx.connection.execute(_SKILL_HOMES, {"helper": helper})
    return True


async def consent(tx: Transaction, helper: str, given: Mapping[str, Any], now: datetime) -> None:
    """Added to what was said before."""
    fields = {"helper": helper, "consent": orjson.dumps(dict(given)).decode(), "now": now}
    await tx.connection.execute(_CONSENT, fields)


async def declare(tx: Transaction, helper: str, code: str, level: str | None, valid_until: date | None) -> None:
    """By himself; the row of this code must not be known better (the caller has looked)."""
    await people.add_skills(tx.connection, helper, [Skill(code, level, valid_until=valid_until)])


async def withdraw_skill(tx: Transaction, helper: str, code: str) -> None:
    """Only what he declared himself."""
    given = {"helper": helper, "code": code, "verification": Verification.SELF_DECLARED.value}
    await tx.connection.execute(_DROP_SKILL, given)


async def add_channel(
    tx: Transaction, seal: Seal, helper: str, key: bytes, address: Address, *, position: int, now: datetime
) -> str:
    """The id of the channel; that of the one with this address if he has it already, which is opened again."""
    known = {"helper": helper, "kind": address.kind.value, "digest": seal.digest(address.value)}
    same = (await tx.connection.execute(_SAME, known)).scalar()
    if same is not None:
        return str(same)
    return await people.add_address(tx.connection, seal, helper, key, address, position=position, now=now)


async def add_device(
    tx: Transaction, seal: Seal, helper: str, key: bytes, address: Address, *, most: int, now: datetime
) -> None:
    """A device is called first; of more than `most` the oldest goes. One that is known stays where it is."""
    known = {"helper": helper, "kind": address.kind.value, "digest": seal.digest(address.value)}
    if (await tx.connection.execute(_SAME, known)).scalar() is not None:
        return
    await tx.connection.execute(_FIRST, {"helper": helper})
    await people.add_address(tx.connection, seal, helper, key, address, position=0, now=now)
    await tx.connection.execute(_OLDEST_DEVICES, {"helper": helper, "kind": address.kind.value, "most": most})


async def drop_address(tx: Transaction, seal: Seal, helper: str, address: Address) -> None:
    given = {"helper": helper, "kind": address.kind.value, "digest": seal.digest(address.value)}
    await tx.connection.execute(_OUT, given)


async def drop_channel(tx: Transaction, helper: str, id: str) -> None:
    await tx.connection.execute(_DROP_CHANNEL, {"helper": helper, "id": id})


async def order_channels(tx: Transaction, helper: str, ids: list[str]) -> None:
    for position, id in enumerate(ids):
        await tx.connection.execute(_PLACE, {"helper": helper, "id": id, "position": position})


async def heard(tx: Transaction, helper: str, id: str, now: datetime) -> None:
    """He says that a test has reached him here."""
    await tx.connection.execute(_HEARD, {"helper": helper, "id": id, "now": now})


async def not_heard(tx: Transaction, helper: str, id: str, problem: str) -> None:
    await tx.connection.execute(_DEAF, {"helper": helper, "id": id, "problem": problem})
