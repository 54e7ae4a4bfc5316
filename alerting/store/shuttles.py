"""Seats in shuttles that leave a meeting point: a booking that names one takes a seat, and nobody one too many.

What a booking says beside the shuttles of its point (`by bicycle`) is a text and takes no seat.
"""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.model.job import POINT_KIND, MeetingPoint
from alerting.model.volunteer import HOLDS
from geodata.model.editing import BadEdit
from geodata.model.states import BadMove
from geodata.store import things
from geodata.store.database import Transaction

_HOLDS = ", ".join(f"'{state}'" for state in sorted(HOLDS))
_RIDERS = text(f"""
    SELECT shuttle, count(*) AS people FROM job_booking
    WHERE point = :point AND shuttle IS NOT NULL AND state IN ({_HOLDS}) GROUP BY shuttle
""")
_TAKEN = text(f"""
    SELECT count(*) FROM job_booking
    WHERE point = :point AND shuttle = :shuttle AND state IN ({_HOLDS}) AND id <> :booking
""")
_POINT = text("SELECT body FROM fact WHERE origin = :origin AND kind = :kind AND id = :point")


class ShuttleFull(BadMove):
    """All seats of this shuttle are taken."""

    field = "shuttle"


async def riders(connection: AsyncConnection, point: str) -> dict[str, int]:
    """People by shuttle, also by those that are only a text."""
    return {row.shuttle: row.people for row in await connection.execute(_RIDERS, {"point": point})}


async def take(tx: Transaction, origin: str, point: str, shuttle: str, booking: str) -> None:
    """A seat for this booking, for who holds the booking's lock. One after the other per point until the transaction
    ends. Raises ShuttleFull."""
    await _lock(tx, point)
    body = (await tx.connection.execute(_POINT, {"origin": origin, "kind": POINT_KIND, "point": point})).scalar()
    if body is None:
        return
    seats = {each.name: each.seats for each in things.checked(body, MeetingPoint).shuttles}
    if shuttle not in seats:
        return
    given = {"point": point, "shuttle": shuttle, "booking": booking}
    if (await tx.connection.execute(_TAKEN, given)).scalar_one() >= seats[shuttle]:
        raise ShuttleFull(f"{shuttle}: all {seats[shuttle]} seats are taken; choose another one.")


async def check_seats(tx: Transaction, id: str, point: MeetingPoint) -> None:
    """Raises BadEdit if a shuttle would have fewer seats than people."""
    await _lock(tx, id)
    taken = await riders(tx.connection, id)
    for each in point.shuttles:
        if taken.get(each.name, 0) > each.seats:
            raise BadEdit("shuttles", f"{each.name} has {taken[each.name]} people already; seat some of them elsewhere")


async def _lock(tx: Transaction, point: str) -> None:
    await things.lock(tx, f"shuttles/{point}")
