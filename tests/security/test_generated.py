"""Generated requests with the rights of an observer, an S2 and an administrator: never a server error."""

from __future__ import annotations

import asyncio
import os
import re
import sys

import pytest

from service.access.cookie import PLAIN
from tests.security.world import World

EXAMPLES = "200" if os.environ.get("LAGEBILD_PROVE") else "10"
ENDS = ("/api/session/sign-out", "/api/account/sessions")


@pytest.mark.proof
@pytest.mark.parametrize("role", ["OBSERVER", "S2", "admin"])
async def test_generated_requests_never_break_the_server(world: World, role: str) -> None:
    client = world.clients[role]
    excluded = [part for path in ENDS for part in ("--exclude-path", path)]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "schemathesis.cli", "run", f"{world.node.url}/api/openapi.json",
        "--max-examples", EXAMPLES, "--checks", "not_a_server_error", *excluded,
        "--exclude-path-regex", "oidc",  # nobody answers there: 502 is right
        "--header", f"Cookie: {PLAIN}={client.cookies[PLAIN]}",
        "--phases", "examples,fuzzing", "--no-color", "--seed", "7",
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    output = (await process.communicate())[0].decode()
    assert process.returncode == 0, output[-6000:]
    assert int(re.findall(r"(\d[\d,]*) generated", output)[-1].replace(",", "")) > 300, output[-2000:]
    still = (await client.get("/api/session")).json()
    assert still["signed_in"], "the session must last to the end, else strangers were tested"
