"""A backup back into an empty database, and the node's own keys with it."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from service.cli.backup import keys_beside, node_keys, run
from service.cli.console import Refused, explained, say, settings_or_exit


def restore(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="File that `lagebild backup` wrote.")],
    database_url: Annotated[
        str | None, typer.Option("--database-url", help="An empty database; without it a new private cluster is made.")
    ] = None,
) -> None:
    """Read a backup into an empty database, all or nothing, and FILE.node-keys if it lies beside it; with a private
    cluster, before its first `lagebild up`."""
    from service.cli.parts import stopped_database

    settings = settings_or_exit(database_url=database_url)
    with explained(), stopped_database(settings) as url:
        from geodata.store.cluster import binary
        from geodata.store.migrate import revision, upgrade

        if revision(url) is not None:
            raise Refused("this database is in use already: restore into an empty one, or give another --data-dir")
        keys, own = keys_beside(file), node_keys(settings.data_dir)
        if keys.exists() and own.exists() and own.read_bytes() != keys.read_bytes():
            raise Refused(f"{own} holds the keys of another node: move it away, or give another --data-dir")
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
        if keys.exists():
            own.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            descriptor = os.open(own, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "wb") as out:
                out.write(keys.read_bytes())
            say("restored the node's own keys: to its partners it is the same node; let only one of the two run")
        elif not own.exists():
            say(f"there is no {keys}: without it this is a new node, and its partners have to be invited again")
        say(f"people and alarms need the old {settings.data_dir / 'keys'}: copy it here before the next start")


def _there_already(entry: str) -> bool:
    return " spatial_ref_sys " in entry or (" EXTENSION " in entry and "btree_gist" not in entry)
