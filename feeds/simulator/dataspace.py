"""The Copernicus Data Space of an exercise: token, catalogue and process API as the real ones speak, with their faults.

It runs no evalscript: what it returns are the bands that the script names as its input, which ours return as they are.
"""

from __future__ import annotations

import asyncio
import re
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from aiohttp import web

from feeds.simulator import overflights, seen_from_above
from feeds.simulator.scenario import Scenario
from geodata.model.clock import Clock

TOKEN = "/auth/realms/CDSE/protocol/openid-connect/token"  # noqa: S105  (a path)
CATALOGUE = "/api/v1/catalog/1.0.0/search"
PROCESS = "/api/v1/process"
CLIENT_ID = "exercise"
CLIENT_SECRET = "exercise"  # noqa: S105  (of the simulator, on loopback)
MOST_PIXELS = 2500
TOKEN_SECONDS = 600.0


class Trouble(StrEnum):
    """TOKEN: credentials refused. EXPIRED: tokens given out so far are no longer taken. QUOTA: units used up.
    THROTTLED: 429. BROKEN: half an image. HTML: a page instead. SLOW: nothing for `hold` seconds. DRIP: one byte at a
    time. DOWN: 503."""

    TOKEN = "token"  # noqa: S105
    EXPIRED = "expired"
    QUOTA = "quota"
    THROTTLED = "throttled"
    BROKEN = "broken"
    HTML = "html"
    SLOW = "slow"
    DRIP = "drip"
    DOWN = "down"


@dataclass(slots=True)
class Failing:
    """`times` is how many requests of the catalogue or process API fail; None means until healed."""

    kind: Trouble
    times: int | None = None
    retry_after: str | None = "2"
    hold: float = 60.0


class Dataspace:
    """Answers from the scenario as it is at the clock's time."""

    def __init__(self, scenario: Scenario, clock: Clock) -> None:
        self._scenario, self._clock = scenario, clock
        self._tokens: dict[str, float] = {}
        self.failing: Failing | None = None
        self.token_seconds = TOKEN_SECONDS
        self.asked: list[str] = []
        """Paths asked for, in their order."""

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post(TOKEN, self._token),
            web.post(CATALOGUE, self._catalogue),
            web.post(PROCESS, self._process),
        ]

    async def _token(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(request.path)
        form = await request.post()
        right = (form.get("client_id"), form.get("client_secret")) == (CLIENT_ID, CLIENT_SECRET)
        if not right or (self.failing and self.failing.kind is Trouble.TOKEN):
            said = {"error": "invalid_client", "error_description": "Invalid client or Invalid client credentials"}
            return web.json_response(said, status=401)
        token = secrets.token_urlsafe(40)
        self._tokens[token] = asyncio.get_running_loop().time() + self.token_seconds
        return web.json_response(
            {"access_token": token, "expires_in": self.token_seconds, "token_type": "Bearer", "scope": "profile"}
        )

    async def _catalogue(self, request: web.Request) -> web.StreamResponse:
        if (failed := await self._trouble(request)) is not None:
            return failed
        asked = await request.json()
        now = self._clock.now()
        collection = asked["collections"][0]
        if ids := asked.get("ids"):
            found = [p for p in overflights.passes(collection, now - timedelta(days=400), now, now) if p.id in ids]
        else:
            start, end = (datetime.fromisoformat(part) for part in asked["datetime"].split("/"))
            found = overflights.passes(collection, _aware(start), _aware(end), now)
        if cloud := re.search(r"eo:cloud_cover <= ([\d.]+)", asked.get("filter") or ""):
            found = [p for p in found if p.cloud is not None and p.cloud <= float(cloud[1])]
        begin, limit = int(asked.get("next", 0)), int(asked.get("limit", 10))
        page = found[begin : begin + limit]
        context: dict[str, Any] = {"limit": limit, "returned": len(page)}
        if begin + limit < len(found):
            context["next"] = begin + limit
        features = [p.feature() for p in page]
        return web.json_response({"type": "FeatureCollection", "features": features, "links": [], "context": context})

    async def _process(self, request: web.Request) -> web.StreamResponse:
        if (failed := await self._trouble(request)) is not None:
            return failed
        try:
            window, names, wanted = _wanted(await request.json())
        except (KeyError, ValueError, TypeError, IndexError) as error:
            return _error(400, "Bad Request", f"Invalid request: {error}", "COMMON_BAD_PAYLOAD")
        start, end, collection = wanted
        scene = next(iter(overflights.passes(collection, start, end, self._clock.now())), None)
        image = await asyncio.to_thread(self._image, window, names, scene)
        cost = window.width * window.height / (512 * 512) * (len(names) - 1) / 3 * 2
        cost *= 2 if collection == "sentinel-1-grd" else 1
        headers = {"x-processingunits-spent": f"{max(cost, 0.01):.4f}", "Content-Type": "image/tiff"}
        if self.failing and self.failing.kind is Trouble.BROKEN and self._counted():
            image = image[: len(image) // 2]
        if self.failing and self.failing.kind is Trouble.DRIP and self._counted():
            return await _drip(request, image, headers)
        return web.Response(body=image, headers=headers)

    def _image(self, window: seen_from_above.Window, names: list[str], scene: overflights.Pass | None) -> bytes:
        if scene is None:  # the real one answers with an empty image, too
            return seen_from_above.empty(window, len(names))
        wet, _ = seen_from_above.water(window, seen_from_above.height_of_flood(self._scenario, scene.at))
        return seen_from_above.render(window, names, wet, seed=scene.id, cloud=scene.cloud)

    async def _trouble(self, request: web.Request) -> web.StreamResponse | None:
        """What is answered instead, if anything is."""
        self.asked.append(request.path)
        failing = self.failing
        if failing and failing.kind is Trouble.EXPIRED and self._counted():
            self._tokens.clear()
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if self._tokens.get(token, 0.0) < asyncio.get_running_loop().time():
            return _error(401, "Unauthorized", "You are not authorized! Please provide a valid token.", "UNAUTHORIZED")
        if failing is None or failing.kind in (Trouble.TOKEN, Trouble.EXPIRED, Trouble.BROKEN, Trouble.DRIP):
            return None
        if not self._counted():
            return None
        if failing.kind is Trouble.SLOW:
            await asyncio.sleep(failing.hold)
        if failing.kind is Trouble.HTML:
            return web.Response(text="<!DOCTYPE html><html><body>Maintenance</body></html>", content_type="text/html")
        return _ANSWERS[failing.kind](failing)

    def _counted(self) -> bool:
        """Whether this request still fails; one less does afterwards."""
        if self.failing is None or self.failing.times is None:
            return self.failing is not None
        self.failing.times -= 1
        if self.failing.times < 0:
            self.failing = None
            return False
        return True


def _quota(failing: Failing) -> web.Response:
    text = "You have exceeded your processing units quota for this month."
    return _error(403, "Forbidden", text, "ACCESS_INSUFFICIENT_PROCESSING_UNITS")


def _throttled(failing: Failing) -> web.Response:
    answer = _error(429, "Too Many Requests", "You have exceeded your rate limit", "RATE_LIMIT_EXCEEDED")
    if failing.retry_after is not None:
        answer.headers["Retry-After"] = failing.retry_after
    return answer


def _down(failing: Failing) -> web.Response:
    return _error(503, "Service Unavailable", "Service temporarily unavailable", "COMMON_EXCEPTION")


_ANSWERS = {Trouble.QUOTA: _quota, Trouble.THROTTLED: _throttled, Trouble.DOWN: _down, Trouble.SLOW: _down}


def _error(status: int, reason: str, message: str, code: str) -> web.Response:
    return web.json_response(
        {"error": {"status": status, "reason": reason, "message": message, "code": code}}, status=status
    )


def _wanted(asked: dict[str, Any]) -> tuple[seen_from_above.Window, list[str], tuple[datetime, datetime, str]]:
    bounds = asked["input"]["bounds"]
    crs = re.fullmatch(r"http://www.opengis.net/def/crs/EPSG/0/(\d+)", bounds["properties"]["crs"])
    output = asked["output"]
    if crs is None or not (0 < output["width"] <= MOST_PIXELS and 0 < output["height"] <= MOST_PIXELS):
        raise ValueError("crs must be an EPSG code, width and height 1 to 2500")
    west, south, east, north = map(float, bounds["bbox"])
    listed = re.search(r"bands:\s*\[([^\]]+)\]", asked["evalscript"])
    if listed is None:
        raise ValueError("evalscript without input bands")
    names = re.findall(r'"(\w+)"', listed[1])
    source = asked["input"]["data"][0]
    span = source["dataFilter"]["timeRange"]
    window = seen_from_above.Window(int(crs[1]), (west, south, east, north), output["width"], output["height"])
    start, end = (_aware(datetime.fromisoformat(span[name])) for name in ("from", "to"))
    return window, names, (start, end, source["type"])


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


async def _drip(request: web.Request, image: bytes, headers: dict[str, str]) -> web.StreamResponse:
    response = web.StreamResponse(headers={**headers, "Content-Length": str(len(image))})
    await response.prepare(request)
    for byte in image:
        await response.write(bytes([byte]))
        await asyncio.sleep(0.1)
    return response
