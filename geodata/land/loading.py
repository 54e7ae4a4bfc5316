"""The land into the database: at set-up what a release carries, later what an operator imports."""

from __future__ import annotations

import asyncio
from pathlib import Path

from geodata.land import compact, places, vg250
from geodata.land.assembly import assemble
from geodata.land.package import SOURCE
from geodata.model.area import Land
from geodata.store import land_import
from geodata.store.database import Database


async def ensure(database: Database) -> bool:
    """Load the land that this release carries, unless the same or a newer one is there; True if it was loaded.

    Never replaces an operator's newer import. Raises BadLand, StoreError."""
    known = await land_import.sources(database)
    loaded = False
    if "areas" not in known or known["areas"].state < SOURCE.state:
        land = await asyncio.to_thread(_carried)
        await land_import.replace_areas(database, land)
        loaded = True
    if loaded or "places" not in known or known["places"].state != places.source().state:
        await land_import.replace_places(database, places.source(), await asyncio.to_thread(places.read))
        loaded = True
    return loaded


async def import_vg250(database: Database, path: Path, state: str) -> Land:
    """Replace the areas by those of a GeoPackage, all or nothing. Raises BadLand, StoreError."""
    land = await asyncio.to_thread(vg250.read, path, state)
    await land_import.replace_areas(database, land)
    return land


def _carried() -> Land:
    return assemble(*compact.read())
