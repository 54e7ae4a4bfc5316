"""The whole database in one file."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Annotated

import typer

from service.cli.console import Refused, explained, say, settings_or_exit
from service.cli.migrate import URL
from service.cli.running import reached


def backup(
    file: Annotated[Path, typer.Argument(help="File to write; an existing one is not touched.")],
    database_url: URL = None,
) -> None:
    """Write the whole database to one file, while everything runs."""
    from geodata.store.cluster import binary

    settings = reached(settings_or_exit(database_url=database_url))
    with explained():
        if file.exists():
            raise Refused(f"{file} exists: choose another name")
        part = file.with_name(f"{file.name}.part")
        run(
            [
                str(binary("pg_dump")),
                "--format=custom",
                "--no-owner",
                f"--file={part}",
                f"--dbname={settings.database_url}",
            ]
        )
        os.chmod(part, 0o600)
        part.rename(file)
        say(f"wrote {file} ({file.stat().st_size / 1e6:.1f} MB)")


def run(command: list[str]) -> str:
    """What the program printed. Raises Refused with what it complained about."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Refused(done.stderr.strip() or f"{Path(command[0]).name} failed")
    return done.stdout
