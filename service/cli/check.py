"""Is the configuration right?"""

from __future__ import annotations

import importlib.metadata
from typing import Annotated

import typer

from service.cli.console import USAGE, fail, settings_or_exit
from service.settings import Settings, config_file


def check(
    show: Annotated[bool, typer.Option("--show", help="Print every setting as it holds now.")] = False,
) -> None:
    """Check the configuration and print everything that is wrong with it; exit code 2 if something is."""
    settings = settings_or_exit()
    strangers = sorted(set(settings.feeds) - _installed_feeds())
    if strangers:
        known = ", ".join(sorted(_installed_feeds()))
        fail("\n".join(f"feeds.{name}: no such source\n    fix: known are {known}" for name in strangers), USAGE)
    file = config_file(settings.data_dir)
    typer.echo(f"The configuration is right ({file if file.is_file() else f'no file {file}'}).")
    if show:
        typer.echo(_shown(settings))


def _installed_feeds() -> set[str]:
    return {entry.name for entry in importlib.metadata.entry_points(group="lagebild.feeds")}


def _shown(settings: Settings) -> str:
    """Every setting; passwords are left out."""
    from sqlalchemy import make_url

    plain = settings.model_dump()
    for name in ("database_url", "redis_url"):
        if plain[name]:
            plain[name] = make_url(plain[name]).render_as_string(hide_password=True)
    for broker in plain["mqtt"].values():
        broker["password"] = broker["password"] and "***"
    return "\n".join(f"{name} = {value}" for name, value in plain.items())
