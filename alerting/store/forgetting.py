"""How long what is known of volunteers stays here. Who was never needed goes after `unused_days` of his roster; of who
has worked only name and evidence stay after `after_days`, until claims run out; then only numbers without a name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import text

from geodata.store.database import Transaction

EVIDENCE_YEARS = 3
"""Claims end with the third year after the one in which they began (BGB §§ 195, 199)."""
PAGE = 500

# Whoever is expected or here is never forgotten.
_LAST = """
    SELECT h.id, h.key IS NOT NULL AND h.sealed IS NOT NULL AS whole,
           max(coalesce(b.checked_out_at, b.state_at)) AS last, bool_or(b.commission IS NOT NULL) AS worked
    FROM helper h LEFT JOIN job_booking b ON b.helper = h.id
    WHERE h.room = :room AND h.kind = 'SPONTANEOUS' AND h.state <> 'ERASED'
    GROUP BY h.id
    HAVING count(*) FILTER (WHERE b.state IN ('CONFIRMED', 'CHECKED_IN', 'BRIEFED', 'ASSIGNED', 'WORKING', 'BREAK')
                            AND b.state_at > :open_since) = 0
"""
_UNUSED = text(f"""
    SELECT id FROM ({_LAST}) AS one JOIN helper USING (id)
    WHERE NOT coalesce(worked, false) AND greatest(helper.made_at, last) < :before LIMIT :page
""")
_USED = text(f"""
    SELECT id, last FROM ({_LAST}) AS one
    WHERE worked AND whole AND last < :before LIMIT :page
""")
_OVER = text("""
    SELECT id FROM helper WHERE room = :room AND kind = 'SPONTANEOUS' AND state <> 'ERASED' AND keep_until < :now
    LIMIT :page
""")
_WORKED = text("""
    SELECT bool_or(commission IS NOT NULL) AS worked, max(coalesce(checked_out_at, state_at)) AS last
    FROM job_booking WHERE helper = :helper
""")
_GONE = (
    text("DELETE FROM job_booking WHERE helper = ANY(:helpers) AND commission IS NULL"),
    text("DELETE FROM helper WHERE id = ANY(:helpers)"),
)
_LEAN = (
    text("DELETE FROM helper_skill WHERE helper = ANY(:helpers)"),
    text("DELETE FROM helper_channel WHERE helper = ANY(:helpers)"),
    text("DELETE FROM helper_link WHERE helper = ANY(:helpers)"),
    text("DELETE FROM volunteer_contact WHERE helper = ANY(:helpers)"),
    text("DELETE FROM job_booking WHERE helper = ANY(:helpers) AND commission IS NULL"),
    text("""
        UPDATE helper SET sealed = NULL, languages = '{}', equipment = '{}', units = '{}', functions = '{}',
            home = NULL, home_ars = NULL, availability = '{}', available = false, available_next = NULL,
            state = CASE WHEN state = 'BLOCKED' THEN state ELSE 'PAUSED' END, changed_at = :now, version = version + 1,
            keep_until = :keep_until
        WHERE id = ANY(:helpers)
    """),
)
_ERASE = text("""
    UPDATE helper SET state = 'ERASED', name = NULL, key = NULL, sealed = NULL, external_id = NULL, adult = NULL,
        consent = '{}', available = false, erased_at = :now, changed_at = :now, version = version + 1
    WHERE id = ANY(:helpers)
""")
_UNSAID = text("""
    UPDATE job_step SET reason = NULL
    WHERE booking IN (SELECT id FROM job_booking WHERE helper = ANY(:helpers)) AND reason IS NOT NULL
""")


@dataclass(frozen=True, slots=True)
class Forgotten:
    """People: `gone` without a trace, `lean` only with name and evidence, `erased` only as numbers."""

    gone: int = 0
    lean: int = 0
    erased: int = 0


def claims_end(worked: datetime, years: int = EVIDENCE_YEARS) -> datetime:
    """The end of the year in which claims run out."""
    return datetime(worked.year + years + 1, 1, 1, tzinfo=UTC)


async def sweep(
    tx: Transaction, room: str, *, unused_days: int, after_days: int, now: datetime, years: int = EVIDENCE_YEARS
) -> Forgotten:
    """At most a page of each; ask again until nobody was left."""
    given: dict[str, Any] = {"room": room, "now": now, "page": PAGE, "open_since": now - timedelta(days=after_days)}
    unused = {**given, "before": now - timedelta(days=unused_days)}
    gone = list((await tx.connection.execute(_UNUSED, unused)).scalars())
    await _forget_whole(tx, gone)
    used = (await tx.connection.execute(_USED, {**given, "before": now - timedelta(days=after_days)})).all()
    for row in used:
        await _make_lean(tx, row.id, claims_end(row.last, years), now)
    over = list((await tx.connection.execute(_OVER, given)).scalars())
    await tx.connection.execute(_UNSAID, {"helpers": over})
    await tx.connection.execute(_ERASE, {"helpers": over, "now": now})
    return Forgotten(len(gone), len(used), len(over))


async def forget(tx: Transaction, helper: str, now: datetime, years: int = EVIDENCE_YEARS) -> bool:
    """Because he asks for it. True if nothing of him is left; False if the evidence of his work has to stay."""
    row = (await tx.connection.execute(_WORKED, {"helper": helper})).one()
    if not row.worked:
        await _forget_whole(tx, [helper])
        return True
    await _make_lean(tx, helper, claims_end(row.last, years), now)
    return False


async def _forget_whole(tx: Transaction, helpers: list[str]) -> None:
    for statement in _GONE:
        await tx.connection.execute(statement, {"helpers": helpers})


async def _make_lean(tx: Transaction, helper: str, keep_until: datetime, now: datetime) -> None:
    for statement in _LEAN:
        given = {"helpers": [helper], "now": now, "keep_until": keep_until}
        await tx.connection.execute(statement, {name: given[name] for name in given if f":{name}" in str(statement)})
