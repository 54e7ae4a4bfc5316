"""A way in for a person."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from service.cli.console import explained, settings_or_exit
from service.cli.migrate import URL
from service.cli.running import reached


def link(
    person: Annotated[str, typer.Argument(help="Name of the person; made if there is none.")] = "Administration",
    admin: Annotated[bool, typer.Option(help="Whether a person made now looks after accounts and rooms.")] = True,
    database_url: URL = None,
) -> None:
    """Make a link that signs a person in once, within 24 hours."""
    from geodata.store.database import Database
    from service.access.store import make_link
    from service.accounts.store import ensure
    from service.cli.parts import address

    settings = reached(settings_or_exit(database_url=database_url))

    async def made() -> str:
        assert settings.database_url is not None
        database = Database(settings.database_url)
        try:
            return await make_link(database, await ensure(database, person, admin=admin))
        finally:
            await database.close()

    with explained():
        typer.echo(f"{address(settings)}/sign-in/{asyncio.run(made())}")
