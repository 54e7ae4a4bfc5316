"""The database to a revision."""

from __future__ import annotations

from typing import Annotated

import typer

from service.cli.console import explained, say, settings_or_exit
from service.cli.running import reached

URL = Annotated[str | None, typer.Option("--database-url", help="postgresql://… instead of the configured one.")]


def migrate(
    revision: Annotated[str, typer.Argument(help="head, or a revision such as 0001.")] = "head",
    down: Annotated[bool, typer.Option("--down", help="Go back to the revision; what came later is lost.")] = False,
    database_url: URL = None,
) -> None:
    """Bring the database to the newest revision, or to the one named."""
    from geodata.store.migrate import downgrade, upgrade

    settings = reached(settings_or_exit(database_url=database_url))
    assert settings.database_url is not None
    with explained():
        if down:
            downgrade(settings.database_url, revision)
        else:
            upgrade(settings.database_url, revision)
    say(f"the database is at {revision}")
