"""A way in for a program."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Annotated

import typer

from service.cli.console import explained, settings_or_exit
from service.cli.migrate import URL
from service.cli.running import reached


def token(
    name: Annotated[str, typer.Argument(help="Name under which the program writes, such as sensors-erft.")],
    days: Annotated[int, typer.Option(min=1, max=3650, help="How long it is good for.")] = 365,
    organisation: Annotated[
        list[str] | None, typer.Option(help="Id of an organisation for whose resources it may report; may be repeated.")
    ] = None,
    database_url: URL = None,
) -> None:
    """Make a token with which a program may write; send it as `Authorization: Bearer …`."""
    from geodata.store.database import Database
    from service.access.store import make_token

    settings = reached(settings_or_exit(database_url=database_url))

    async def made() -> str:
        assert settings.database_url is not None
        database = Database(settings.database_url)
        try:
            return await make_token(database, name, timedelta(days=days), organisation or ())
        finally:
            await database.close()

    with explained():
        typer.echo(asyncio.run(made()))
