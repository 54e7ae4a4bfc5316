"""What leaves a desk: a task view for everybody, a zone for the press."""

from __future__ import annotations

from tests.journeys.exercise import situation
from tests.journeys.exercise.stage import Stage


async def share_view(stage: Stage) -> str:
    """S3 of the second shift makes a view of the gravest sites that the other staffs open too."""
    s3 = stage.desk("EINSATZLEITUNG", "S3")
    x, y = situation.PLACES["Euskirchen"]
    fields = {
        "name": "Menschenrettung", "audience": "S3", "layers": ["gauges", "sites", "sectors"],
        "area": {"zoom": 11, "latitude": y, "longitude": x}, "tabs": ["sites", "tasks"], "order": "priority",
    }  # fmt: skip
    room = (await s3.thing("incident", stage.incident)).room
    view = await s3.make("/views", {"fields": fields, "room": room})
    shared = (await stage.desk("KRISENSTAB", "KGS").ask("/views"))["views"]
    assert view in {one["id"] for one in shared}
    return view


async def release_zone(stage: Stage) -> str:
    """S5 releases the closure, so that the press view may show it."""
    s5 = stage.desk("EINSATZLEITUNG", "S5")
    zone = next(z for z in (await s5.things("zone")).values() if z.body["type"] == "CLOSURE")
    await s5.change("zones", zone.id, {"released": True}, base=zone.version)
    assert (await s5.thing("zone", zone.id)).body["released"] is True
    return zone.id
