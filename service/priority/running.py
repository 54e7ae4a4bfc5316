"""Starts the worker, hands on its progress, stops it."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import orjson
import structlog

from service.priority.worker import Question

log = structlog.get_logger()
LIMIT = 120.0
"""Seconds after which a worker that says nothing more is ended."""
LONGEST_LINE = 64 * 1024 * 1024

Progress = Callable[[int, int], Awaitable[None]]


class WorkerFailed(Exception):
    """The computation failed; ask again, and tell whoever runs this node if it happens twice."""


async def compute(question: Question, progress: Progress) -> dict[str, Any]:
    """What the worker answers. Whoever cancels this ends it. Raises WorkerFailed."""
    given = await asyncio.to_thread(msgspec.json.encode, question)
    worker = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "service.priority.worker",
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        limit=LONGEST_LINE,
    )  # fmt: skip
    assert worker.stdin is not None
    assert worker.stdout is not None
    assert worker.stderr is not None
    errors = asyncio.create_task(worker.stderr.read())
    try:
        async with asyncio.timeout(LIMIT):
            worker.stdin.write(given)
            worker.stdin.close()
            while line := await worker.stdout.readline():
                said = orjson.loads(line)
                if "done" in said:
                    return dict(said["done"])
                await progress(said["stage"], said["stages"])
        log.error("the worker of a proposal failed", error=(await errors)[-4000:].decode(errors="replace"))
        raise WorkerFailed(WorkerFailed.__doc__)
    except (TimeoutError, ConnectionError, ValueError) as error:
        raise WorkerFailed(f"{WorkerFailed.__doc__} ({error!r})") from error
    finally:
        if worker.returncode is None:
            worker.kill()
        await worker.wait()
        errors.cancel()
