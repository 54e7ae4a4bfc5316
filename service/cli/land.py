"""The land from a shell: what is loaded, and a newer one."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from service.cli.console import USAGE, explained, fail, say, settings_or_exit
from service.cli.migrate import URL
from service.cli.running import reached

if TYPE_CHECKING:
    from geodata.store.database import Database

T = TypeVar("T")
app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)


@app.command("import")
def import_(
    file: Annotated[
        Path | None, typer.Argument(help="DE_VG250.gpkg of the BKG; without it, the land this release carries.")
    ] = None,
    state: Annotated[
        str | None, typer.Option(help="Date the file is true for (Gebietsstand), such as 2025-12-31.")
    ] = None,
    database_url: URL = None,
) -> None:
    """Replace municipalities, districts and regions, all or nothing; a running server shows them at once."""
    from geodata.land import loading

    if file and not state:
        fail("the file does not say which date it is true for: add --state 2025-12-31, as its name or page says", USAGE)

    async def run(database: Database) -> str:
        if file is None:
            loaded = await loading.ensure(database)
            return "loaded the land of this release" if loaded else "the same or a newer land is loaded already"
        land = await loading.import_vg250(database, file, state or "")
        return f"loaded {len(land.areas)} areas of {land.source.state}"

    say(_with_database(run, database_url))


@app.command()
def roads(
    file: Annotated[Path, typer.Argument(help="OpenStreetMap extract: .osm.pbf, .osm or .osm.gz.")],
    database_url: URL = None,
) -> None:
    """Replace the roads that travel times are reckoned on, all or nothing; a running server takes them with its next
    question."""
    from geodata.land.roads import import_roads

    async def run(database: Database) -> str:
        loaded = await import_roads(database, file)
        since = f", as of {loaded.state:%Y-%m-%d}" if loaded.state else ""
        return f"loaded {loaded.edges} road segments of {loaded.name}{since}; © OpenStreetMap contributors (ODbL)"

    say(_with_database(run, database_url))


@app.command()
def show(database_url: URL = None) -> None:
    """Print which land is loaded."""
    from geodata.store.land_import import sources
    from geodata.store.roads import source as road_source

    async def run(database: Database) -> str:
        known = await sources(database)
        lines = [f"{s.name}: {s.state}, {s.attribution}, revision {s.revision}" for s in known.values()]
        loaded = await road_source(database)
        if loaded is not None:
            lines.append(f"roads: {loaded.name}, {loaded.edges} segments, © OpenStreetMap contributors (ODbL)")
        return "\n".join(lines) or "no land is loaded: lagebild land import"

    typer.echo(_with_database(run, database_url))


def _with_database(run: Callable[[Database], Awaitable[T]], database_url: str | None) -> T:
    from geodata.model.area import BadLand
    from geodata.store.database import Database

    settings = reached(settings_or_exit(database_url=database_url))

    async def connected() -> T:
        assert settings.database_url is not None
        database = Database(settings.database_url)
        try:
            return await run(database)
        finally:
            await database.close()

    with explained():
        try:
            return asyncio.run(connected())
        except BadLand as error:
            fail(str(error))
