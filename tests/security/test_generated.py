"""Generated requests with the rights of an observer, an S2 and an administrator: never a server error."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from pathlib import Path

import pytest

from service.access.cookie import PLAIN
from tests.security.world import build
from tests.service.conftest import running

PROVE = bool(os.environ.get("LAGEBILD_PROVE"))
EXAMPLES = "200" if PROVE else "2"
WORKERS = "4"
"""Most of the time a request waits."""
ROLES = ["OBSERVER", "S2", "admin"] if PROVE else ["S2"]
ENDS = ("/api/session/sign-out", "/api/account/sessions")


@pytest.mark.proof
# CPython's parser sometimes loses count deep inside the generator, before any request is made.
@pytest.mark.flaky(reruns=2, only_rerun=["AST constructor recursion depth mismatch"])
@pytest.mark.parametrize("role", ROLES)
async def test_generated_requests_never_break_the_server(database_url: str, tmp_path: Path, role: str) -> None:
    """On a node of its own: an administrator may change everything that other tests stand on."""
    excluded = [part for path in ENDS for part in ("--exclude-path", path)]
    async with running(database_url, data_dir=tmp_path) as node:
        world = await build(node)
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "schemathesis.cli", "run", f"{node.url}/api/openapi.json",
            "--max-examples", EXAMPLES, "--checks", "not_a_server_error", *excluded,
            "--header", f"Cookie: {PLAIN}={world.clients[role].cookies[PLAIN]}",
            "--phases", "examples,fuzzing", "--no-color", "--seed", "7", "--request-timeout", "60",
            "--workers", WORKERS,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        output = (await process.communicate())[0].decode()
        await world.close()
    assert process.returncode == 0, output.partition("= WARNINGS =")[0][-6000:]
    assert int(re.findall(r"(\d[\d,]*) generated", output)[-1].replace(",", "")) > 200, output[-2000:]
