"""Whatever is sent to the API, the answer is one of those it describes and never a server error."""

from __future__ import annotations

import asyncio
import os
import re
import sys

import pytest

CHECKS = "not_a_server_error,content_type_conformance,response_schema_conformance"
PROVE = bool(os.environ.get("LAGEBILD_PROVE"))
EXAMPLES = "400" if PROVE else "2"
WORKERS = "4"
"""Most of the time a request waits."""
PHASES = "examples,coverage,fuzzing" if PROVE else "examples,fuzzing"


@pytest.mark.proof
async def test_generated_requests_never_break_the_server(node) -> None:
    staff = await node.sign_in()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "schemathesis.cli", "run", f"{node.url}/api/openapi.json",
        "--max-examples", EXAMPLES, "--checks", CHECKS,
        "--header", f"Cookie: lagebild_session={staff.cookies['lagebild_session']}",
        "--exclude-path", "/api/session/sign-out", "--phases", PHASES,
        "--no-color", "--seed", "7", "--request-timeout", "60",
        "--workers", WORKERS,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    output = (await process.communicate())[0].decode()
    assert process.returncode == 0, output.partition("= WARNINGS =")[0][-6000:]
    assert int(re.findall(r"(\d[\d,]*) generated", output)[-1].replace(",", "")) > 100, output[-2000:]
    await staff.aclose()
