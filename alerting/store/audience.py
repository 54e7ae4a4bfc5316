"""Whom a target means, as SQL that gives ids of people; and who would be called how, for a look before."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.model.availability import ZONE
from alerting.model.plan import ChannelKind, Place, Plan, Step, Target, TargetKind, Verification
from alerting.store.matching import at_least, including, nearest

_ACTIVE = "h.room = ANY(cast(:rooms AS text[])) AND h.state = 'ACTIVE'"
_NAMED = "(h.id = ANY(cast(:ids AS text[])) OR h.external_id = ANY(cast(:ids AS text[])))"
_WHERE: Mapping[TargetKind, str] = {
    TargetKind.PERSONS: _NAMED,
    TargetKind.STATION: _NAMED,
    TargetKind.UNIT: "h.units && cast(:ids AS text[])",
    TargetKind.ORGANISATION: "h.organisation = :organisation",
    TargetKind.FUNCTION: "h.functions @> ARRAY[cast(:function AS text)]",
}
_DUTY = """
    SELECT h.id AS helper FROM helper h JOIN (
        SELECT DISTINCT f.body ->> 'organisation' AS organisation, f.body ->> 'member' AS member,
               lower(regexp_replace(trim(f.body ->> 'person'), '\\s+', ' ', 'g')) AS person
        FROM fact f
        WHERE f.kind = 'shift' AND NOT EXISTS (SELECT FROM peer_copy p WHERE p.ref = f.ref)
          AND (f.body ->> 'state' = 'ON_DUTY' OR (f.body ->> 'state' = 'PLANNED'
            AND (f.body ->> 'starts')\\:\\:timestamptz <= :now AND (f.body ->> 'ends')\\:\\:timestamptz > :now))
    ) d ON d.organisation = h.organisation
       AND (coalesce(d.member IN (h.id, h.external_id), false)
            OR lower(regexp_replace(trim(h.name), '\\s+', ' ', 'g')) = coalesce(lower(d.member), d.person))
"""
_ALL_ABLE = text("""
    SELECT s.helper FROM helper_skill s JOIN helper h ON h.id = s.helper
    WHERE s.code = ANY(cast(:codes AS text[])) AND s.room = ANY(cast(:rooms AS text[])) AND h.state = 'ACTIVE'
      AND (s.valid_until IS NULL OR s.valid_until >= cast(:today AS date))
      AND s.verification = ANY(cast(:verifications AS text[]))
      AND (s.code <> :code OR cast(:levels AS text[]) IS NULL OR s.level = ANY(cast(:levels AS text[])))
      AND (cast(:radius_m AS float8) IS NULL OR ST_DWithin(s.home, cast(:place AS geography), :radius_m))
    GROUP BY s.helper ORDER BY min(s.home <-> cast(:place AS geography)), s.helper LIMIT :limit
""")
_PEOPLE = """
    SELECT h.id, h.name, h.state, h.available, h.bound_to, h.language, n.number
    FROM ({chosen}) AS n JOIN helper h ON h.id = n.helper ORDER BY n.number, h.name, h.id LIMIT :most
"""
_CHANNELS = text("""
    SELECT helper, kind, closed_at, failures, problem, tested_at FROM helper_channel
    WHERE helper = ANY(cast(:helpers AS text[])) ORDER BY helper, position, id
""")


@dataclass(frozen=True, slots=True)
class Selection:
    """SQL that gives `helper` (ids), and its parameters."""

    sql: str
    params: dict[str, Any]

    def named(self, prefix: str) -> Selection:
        """With parameters that meet no others."""
        sql = self.sql
        for name in sorted(self.params, key=len, reverse=True):
            sql = sql.replace(f":{name}", f":{prefix}{name}")
        return Selection(sql, {f"{prefix}{name}": value for name, value in self.params.items()})


async def resolve(
    connection: AsyncConnection, target: Target, *, rooms: Collection[str], place: Place | None, now: datetime
) -> Selection | None:
    """Whom the target means among active people of these rosters. None for a partner: whom it calls is not ours.

    `place` is the alarm's own (longitude, latitude), for a skill without a place."""
    if target.kind is TargetKind.PARTNER:
        return None
    if target.kind is TargetKind.SKILL:
        return Selection("SELECT unnest(cast(:ids AS text[])) AS helper", {"ids": await _able(connection, target, rooms,
                                                                                             place, now)})  # fmt: skip
    given: dict[str, Any] = {"rooms": list(rooms)}
    conditions = [_ACTIVE]
    if target.kind in _WHERE:
        conditions.append(_WHERE[target.kind])
    if target.kind in (TargetKind.PERSONS, TargetKind.STATION, TargetKind.UNIT):
        given["ids"] = list(target.ids)
    if target.kind is TargetKind.FUNCTION or (target.kind is TargetKind.DUTY and target.function):
        given["function"] = target.function
        if target.kind is TargetKind.DUTY:
            conditions.append(_WHERE[TargetKind.FUNCTION])
    if target.organisation is not None:
        given["organisation"] = target.organisation
        if target.kind is not TargetKind.ORGANISATION:
            conditions.append("h.organisation = :organisation")
    sql = "SELECT h.id AS helper FROM helper h"
    if target.kind is TargetKind.DUTY:
        sql, given["now"] = _DUTY, now
    sql += f" WHERE {' AND '.join(conditions)}"
    if target.limit is not None:
        sql, given["limit"] = f"{sql} ORDER BY h.id LIMIT :limit", target.limit
    return Selection(sql, given)


async def _able(
    connection: AsyncConnection, target: Target, rooms: Collection[str], place: Place | None, now: datetime
) -> list[str]:
    """Nearest first. Those who are not free are called too if the target says so."""
    assert target.skill is not None
    at = target.place or place
    if not target.free:
        given = {
            "codes": including(target.skill), "code": target.skill, "levels": at_least(target.skill, target.level),
            "verifications": [each.value for each in Verification if each.rank >= target.verification.rank],
            "rooms": list(rooms), "today": now.astimezone(ZONE).date(), "limit": target.limit,
            "place": f"SRID=4326;POINT({float(at[0])!r} {float(at[1])!r})" if at else None,
            "radius_m": target.radius_km * 1000 if target.radius_km and at else None,
        }  # fmt: skip
        return [row.helper for row in await connection.execute(_ALL_ABLE, given)]
    rows = await nearest(
        connection, target.skill, at, radius_km=target.radius_km if at else None, limit=target.limit, rooms=rooms,
        now=now, verification=target.verification, level=target.level,
    )  # fmt: skip
    return [row.helper for row in rows]


async def of_targets(
    connection: AsyncConnection,
    targets: Sequence[Target],
    *,
    rooms: Collection[str],
    place: Place | None,
    now: datetime,
) -> Selection | None:
    """All of them, each person once. None if no target can name anybody here."""
    found = [await resolve(connection, target, rooms=rooms, place=place, now=now) for target in targets]
    parts = [one.named(f"t{number}_") for number, one in enumerate(found) if one is not None]
    if not parts:
        return None
    params: dict[str, Any] = {}
    for part in parts:
        params |= part.params
    return Selection(" UNION ".join(f"({part.sql})" for part in parts), params)


@dataclass(frozen=True, slots=True)
class Shown:
    """One person as a step would call him. `channels` in the order in which they would be tried. `reason` says why he
    cannot be reached: NO_CHANNEL (none on record), CLOSED (all gone), OTHER_CHANNELS (none that the step uses),
    NO_GATEWAY (none that this node can send through). `hints`: BOUND (comes to another alarm), NOT_AVAILABLE,
    FAILING (his first channel failed last time)."""

    helper: str
    name: str | None
    channels: tuple[ChannelKind, ...]
    reason: str | None = None
    hints: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StepAudience:
    """`total` counts all, `people` holds the first of them. `partners` are organisations that a human has to ask."""

    step: int
    total: int
    reachable: int
    people: tuple[Shown, ...] = ()
    partners: tuple[str, ...] = ()
    by_channel: dict[str, int] = field(default_factory=dict)
    """How many would be called first through which channel."""


async def preview(
    connection: AsyncConnection,
    plan: Plan,
    rooms: Collection[str],
    now: datetime,
    *,
    place: Place | None = None,
    gateways: Collection[ChannelKind] | None = None,
    most: int = 20_000,
) -> list[StepAudience]:
    """Per step who would be called now, how, and who cannot be reached and why. `gateways` are the kinds that can be
    sent through in the mode asked for; None: all."""
    found = []
    for number, step in enumerate(plan.steps):
        chosen = await of_targets(connection, step.targets, rooms=rooms, place=place, now=now)
        people = await _people(connection, chosen, step, gateways, most) if chosen else ()
        reachable = [one for one in people if one.reason is None]
        first: dict[str, int] = {}
        for one in reachable:
            first[one.channels[0].value] = first.get(one.channels[0].value, 0) + 1
        partners = tuple(one.organisation or "" for one in step.targets if one.kind is TargetKind.PARTNER)
        found.append(StepAudience(number, len(people), len(reachable), tuple(people), partners, first))
    return found


async def _people(
    connection: AsyncConnection, chosen: Selection, step: Step, gateways: Collection[ChannelKind] | None, most: int
) -> list[Shown]:
    numbered = f"SELECT helper, 0 AS number FROM ({chosen.sql}) AS c"
    rows = (
        await connection.execute(text(_PEOPLE.format(chosen=numbered)), {**chosen.params, "most": most})
    ).all()  # fmt: skip
    channels: dict[str, list[Any]] = {row.id: [] for row in rows}
    for channel in await connection.execute(_CHANNELS, {"helpers": list(channels)}):
        channels[channel.helper].append(channel)
    return [_shown(row, channels[row.id], step, gateways) for row in rows]


def _shown(row: Any, channels: list[Any], step: Step, gateways: Collection[ChannelKind] | None) -> Shown:
    live = [one for one in channels if one.closed_at is None and one.kind != ChannelKind.MANUAL]
    wanted = [one for one in live if not step.channels or one.kind in step.channels]
    if step.channels:
        wanted.sort(key=lambda one: step.channels.index(ChannelKind(one.kind)))
    sent = [one for one in wanted if gateways is None or ChannelKind(one.kind) in gateways]
    reason = None
    if not sent:
        reason = (
            "NO_CHANNEL" if not channels else "CLOSED" if not live else "OTHER_CHANNELS" if not wanted else "NO_GATEWAY"
        )
    hints = [
        hint
        for hint, holds in (
            ("BOUND", row.bound_to is not None),
            ("NOT_AVAILABLE", not row.available),
            ("FAILING", bool(sent) and sent[0].failures > 0),
        )
        if holds
    ]
    return Shown(row.id, row.name, tuple(ChannelKind(one.kind) for one in sent), reason, tuple(hints))
