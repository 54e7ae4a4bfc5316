"""Blocking work beside the event loop, in a thread that nobody has to wait for.

asyncio's own threads are joined when the process ends: one that hangs in a slow answer would hold up the whole node.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


async def apart(work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """What the work returns. If the caller is cancelled, the thread is left to itself."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[R] = loop.create_future()

    def settle(result: R | None, error: BaseException | None) -> None:
        if done.cancelled():
            return
        if error is not None:
            done.set_exception(error)
        else:
            done.set_result(result)  # type: ignore[arg-type]  # mypy: R may be None itself

    def run() -> None:
        try:
            outcome: tuple[R | None, BaseException | None] = (work(*args, **kwargs), None)
        except BaseException as error:
            outcome = (None, error)
        if not loop.is_closed():
            loop.call_soon_threadsafe(settle, *outcome)

    threading.Thread(target=run, name="imagery", daemon=True).start()
    return await done
