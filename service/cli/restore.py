"""A backup back into an empty database."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated

import typer

from service.cli.backup import run
from service.cli.console import Refused, explained, say, settings_or_exit


def restore(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="File that `lagebild backup` wrote.")],
    database_url: Annotated[
        str | None, typer.Option("--database-url", help="An empty database; without it a new private cluster is made.")
    ] = None,
) -> None:
    """Read a backup into an empty database, all or nothing; with a private cluster, before its first `lagebild up`."""
    from service.cli.parts import stopped_database

    settings = settings_or_exit(database_url=database_url)
    with explained(), stopped_database(settings) as url:
        from geodata.store.cluster import binary
        from geodata.store.migrate import revision, upgrade

        if revision(url) is not None:
            raise Refused("this database is in use already: restore into an empty one, or give another --data-dir")
        program = str(binary("pg_restore"))
        with tempfile.NamedTemporaryFile("w", suffix=".list") as wanted:
            # PostGIS is there already, and belongs to the administrator, who alone may create or describe it.
            entries = run([program, "--list", str(file)]).splitlines(keepends=True)
            wanted.writelines(line for line in entries if not _there_already(line))
            wanted.flush()
            run([program, "--no-owner", "--exit-on-error", "--single-transaction", f"--use-list={wanted.name}",
                 f"--dbname={url}", str(file)])  # fmt: skip
        upgrade(url)
        say(f"restored {file}")
        say(f"people and alarms need the old {settings.data_dir / 'keys'}: copy it here before the next start")


def _there_already(entry: str) -> bool:
    return " spatial_ref_sys " in entry or (" EXTENSION " in entry and "btree_gist" not in entry)
