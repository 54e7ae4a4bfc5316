"""People who can be called: who they are, what they can, how they are reached. Changes run on behalf of whoever asks;
addresses are read by the node itself, for those it calls."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.model.plan import ChannelKind, Verification
from alerting.store import availability
from alerting.store.sealing import Seal
from geodata.store.things import new_id

_ADD = text("""
    INSERT INTO helper (id, room, organisation, kind, external_id, name, key, sealed, adult, units, functions,
                        languages, equipment, home, home_ars, language, legal_basis, consent, availability, available,
                        available_next, keep_until, made_at, changed_at)
    VALUES (:id, :room, :organisation, :kind, :external_id, :name, :key, :sealed, :adult, :units, :functions,
            :languages, :equipment, ST_SetSRID(ST_MakePoint(:lon, :lat), 4326)::geography, :home_ars, :language,
            :legal_basis, cast(:consent AS jsonb), cast(:availability AS jsonb), :available, :available_next,
            :keep_until, :now, :now)
""")
_ADD_SKILL = text("""
    INSERT INTO helper_skill (helper, code, room, level, verification, acquired_on, valid_until, verified_by,
                              verified_at, restrictions, available, home)
    SELECT h.id, :code, h.room, :level, :verification, :acquired_on, :valid_until, :verified_by, :verified_at,
           :restrictions, h.available AND h.state = 'ACTIVE' AND h.bound_to IS NULL, h.home
    FROM helper h WHERE h.id = :helper
    ON CONFLICT (helper, code) DO UPDATE SET level = excluded.level, verification = excluded.verification,
        acquired_on = excluded.acquired_on, valid_until = excluded.valid_until, verified_by = excluded.verified_by,
        verified_at = excluded.verified_at, restrictions = excluded.restrictions
""")
_ADD_CHANNEL = text("""
    INSERT INTO helper_channel (id, helper, kind, position, sealed, digest, made_at)
    VALUES (:id, :helper, :kind, :position, :sealed, :digest, :now)
""")


class HelperKind(StrEnum):
    """INSTITUTIONAL: of an organisation, kept by BHKG § 46. SPONTANEOUS: came by himself, kept by his consent."""

    INSTITUTIONAL = "INSTITUTIONAL"
    SPONTANEOUS = "SPONTANEOUS"


@dataclass(frozen=True, slots=True)
class Skill:
    """By its code in the catalogue, or LANG:<BCP 47> for a language."""

    code: str
    level: str | None = None
    verification: Verification = Verification.SELF_DECLARED
    acquired_on: date | None = None
    valid_until: date | None = None
    verified_by: str | None = None
    verified_at: datetime | None = None
    restrictions: str | None = None


@dataclass(frozen=True, slots=True)
class Address:
    """One channel of a person. `value` is secret: a number, an address, a push subscription (JSON)."""

    kind: ChannelKind
    value: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class NewHelper:
    """`home` is longitude, latitude; it is kept to 0.01° (about a kilometre). `private` is sealed."""

    name: str
    room: str
    kind: HelperKind = HelperKind.INSTITUTIONAL
    organisation: str | None = None
    external_id: str | None = None
    adult: bool | None = None
    units: tuple[str, ...] = ()
    functions: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    equipment: tuple[str, ...] = ()
    home: tuple[float, float] | None = None
    home_ars: str | None = None
    language: str = "de"
    consent: Mapping[str, Any] = field(default_factory=dict)
    availability: Mapping[str, Any] = field(default_factory=dict)
    keep_until: datetime | None = None
    private: Mapping[str, Any] = field(default_factory=dict, repr=False)
    skills: tuple[Skill, ...] = ()
    addresses: tuple[Address, ...] = ()


async def add(connection: AsyncConnection, seal: Seal, new: NewHelper, *, now: datetime) -> str:
    """The id of a new person, with his skills and addresses. Raises BadEdit, ValidationError for an availability that
    is none (`alerting.model.availability.Availability`)."""
    id, own = new_id(), seal.new()
    lon, lat = (round(new.home[0], 2), round(new.home[1], 2)) if new.home else (None, None)
    given = {
        "id": id, "room": new.room, "organisation": new.organisation, "kind": new.kind.value,
        "external_id": new.external_id, "name": new.name, "key": own.wrapped, "sealed": own.seal(dict(new.private)),
        "adult": new.adult, "units": list(new.units), "functions": list(new.functions),
        "languages": list(new.languages), "equipment": list(new.equipment), "lon": lon, "lat": lat,
        "home_ars": new.home_ars, "language": new.language,
        "legal_basis": "BHKG_46" if new.kind is HelperKind.INSTITUTIONAL else "CONSENT",
        "consent": orjson.dumps(dict(new.consent)).decode(),
        **availability.columns(availability.read(new.availability), now), "keep_until": new.keep_until, "now": now,
    }  # fmt: skip
    await connection.execute(_ADD, given)
    await add_skills(connection, id, new.skills)
    for position, address in enumerate(new.addresses):
        await add_address(connection, seal, id, own.wrapped, address, position=position, now=now)
    return id


async def add_skills(connection: AsyncConnection, helper: str, skills: Collection[Skill]) -> None:
    """Those of the same code are replaced."""
    for skill in skills:
        given = {
            "helper": helper, "code": skill.code, "level": skill.level, "verification": skill.verification.value,
            "acquired_on": skill.acquired_on, "valid_until": skill.valid_until, "verified_by": skill.verified_by,
            "verified_at": skill.verified_at, "restrictions": skill.restrictions,
        }  # fmt: skip
        await connection.execute(_ADD_SKILL, given)


async def add_address(
    connection: AsyncConnection, seal: Seal, helper: str, key: bytes, address: Address, *, position: int, now: datetime
) -> str:
    """The id of the new channel. `key` is the person's own, wrapped."""
    id = new_id()
    given = {
        "id": id, "helper": helper, "kind": address.kind.value, "position": position, "now": now,
        "sealed": seal.own(key).seal(address.value), "digest": seal.digest(address.value),
    }  # fmt: skip
    await connection.execute(_ADD_CHANNEL, given)
    return id
