"""The keys of people who can be called, from a shell."""

from __future__ import annotations

import asyncio

import typer

from service.cli.console import explained, say, settings_or_exit
from service.cli.migrate import URL
from service.cli.running import reached

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def people() -> None:
    """Keys under which people's names and numbers are sealed."""


@app.command("rotate-key")
def rotate_key(database_url: URL = None) -> None:
    """Seal with a new key from now on, and wrap every person's own key with it. Running servers find it by themselves;
    back up keys/people.keys with the database."""
    from alerting.store import erasing
    from alerting.store.sealing import Seal
    from geodata.store.database import Database

    settings = reached(settings_or_exit(database_url=database_url))
    assert settings.database_url is not None

    async def rotate(url: str) -> int:
        database = Database(url, pool_size=2)
        seal = Seal(settings.data_dir)
        seal.rotate()
        try:
            return await erasing.wrap_anew(database, seal)
        finally:
            await database.close()

    with explained():
        say(f"{asyncio.run(rotate(settings.database_url))} people have their keys under the new key")
