"""The whole database in one file, and beside it the keys by which partners know this node."""

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
    """Write the whole database to one file, while everything runs; the node's own keys to FILE.node-keys beside it."""
    from geodata.store.cluster import binary

    settings = reached(settings_or_exit(database_url=database_url))
    with explained():
        beside = keys_beside(file)
        for there in (file, beside):
            if there.exists():
                raise Refused(f"{there} exists: choose another name")
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
        own = node_keys(settings.data_dir)
        if own.exists():
            descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as out:
                out.write(own.read_bytes())
            say(f"wrote {beside}: whoever has it can speak in this node's name to its partners")


def node_keys(data_dir: Path) -> Path:
    return data_dir / "keys" / "node.keys"


def keys_beside(file: Path) -> Path:
    """Where the node's own keys lie that belong to this backup."""
    return file.with_name(f"{file.name}.node-keys")


def run(command: list[str]) -> str:
    """What the program printed. Raises Refused with what it complained about."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Refused(done.stderr.strip() or f"{Path(command[0]).name} failed")
    return done.stdout
