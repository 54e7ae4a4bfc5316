"""How often one address may try. Counted in Redis if there is one, else in this process: nothing of value is lost."""

from __future__ import annotations

import structlog
from limits import RateLimitItem, RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage, RedisStorage
from limits.aio.strategies import MovingWindowRateLimiter
from limits.errors import StorageError
from redis.exceptions import RedisError

log = structlog.get_logger()

SIGN_IN = RateLimitItemPerMinute(60, namespace="sign-in")
"""Links cannot be guessed; a whole staff opens its own in one minute, from one address."""


class TooOften(Exception):
    """Too many attempts from this address. Wait a minute."""


class Limits:
    def __init__(self, redis_url: str | None) -> None:
        self._here = MovingWindowRateLimiter(MemoryStorage())
        self._shared: MovingWindowRateLimiter | None = None
        self._lost = False
        if redis_url:
            address = redis_url.replace("unix://", "redis+unix://", 1)
            storage = RedisStorage(f"async+{address}", implementation="redispy", wrap_exceptions=True)
            self._shared = MovingWindowRateLimiter(storage)

    async def check(self, limit: RateLimitItem, address: str) -> None:
        """Count one attempt. Raises TooOften."""
        if not await self._hit(limit, address):
            raise TooOften(TooOften.__doc__)

    async def _hit(self, limit: RateLimitItem, address: str) -> bool:
        if self._shared is not None:
            try:
                allowed = await self._shared.hit(limit, address)
            except (StorageError, RedisError, OSError) as error:
                if not self._lost:
                    log.warning("redis does not answer, counting in this process", error=str(error))
                self._lost = True
            else:
                self._lost = False
                return allowed
        return await self._here.hit(limit, address)
