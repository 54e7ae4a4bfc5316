"""`lagebild feed try` on a source of kind sensorthings, in a process of its own, against a real node."""

from __future__ import annotations

import asyncio
import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.service.conftest import running
from tests.service.sensorthings.measured import COUNT, flow

BLOCK = """
[sources.nachbar]
kind = "sensorthings"
url = "{url}"
title = "Nachbarstadt"
licence = "CC0-1.0"
attribution = "Nachbarstadt"
"""


async def tried(config: Path) -> tuple[int | None, str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "service", "feed", "try", "nachbar",
        env={**os.environ, "LAGEBILD_CONFIG": str(config), "LAGEBILD_DATA_DIR": str(config.parent)},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    said, _ = await process.communicate()
    return process.returncode, said.decode()


async def test_try_shows_what_a_server_has_and_says_what_is_wrong(database_url: str, tmp_path: Path) -> None:
    config = tmp_path / "lagebild.toml"
    async with running(database_url) as node:
        newest = datetime.now(UTC).replace(microsecond=0)
        await flow(node.database, newest - timedelta(minutes=5 * (COUNT - 1)))
        config.write_text(BLOCK.format(url=f"{node.url}/api/sta/v1.1"))
        code, said = await tried(config)
        assert code == 0 and "dropped: 0" in said, said
        assert "KÖLN W" in said and "599.75 cm" in said and "3 stations" in said, said

        config.write_text(BLOCK.format(url=f"{node.url}/api/sta/v1.1") + "filter = \"colour eq 'red'\"\n")
        code, said = await tried(config)
        assert code == 1 and "HTTP 400" in said, said

        config.write_text(BLOCK.format(url=f"{node.url}/api/sta/v1.1") + 'observed = { Pegel = "7" }\n')
        code, said = await tried(config)
        assert code == 2 and "sources.nachbar.observed" in said, said
