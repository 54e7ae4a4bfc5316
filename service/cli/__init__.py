"""The `lagebild` command. Each subcommand is a module here, imported only when it is called."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any

import typer

COMMANDS = {
    "up": "Start everything on this machine: database, server, and the exercise if asked for.",
    "serve": "Run the server alone, against a database that is there.",
    "migrate": "Bring the database to the newest revision, or to the one named.",
    "check": "Check the configuration and print everything that is wrong with it.",
    "doctor": "Look at ports, disk, clock, database, land, feeds and engines; exit code 0, 1 or 2.",
    "link": "Make a link that signs a person in once.",
    "person": "List and add people, set a password, deactivate.",
    "people": "Renew the keys under which people who can be called are sealed.",
    "token": "Make a token with which a program may write.",
    "backup": "Write the whole database to one file.",
    "restore": "Read such a file back into an empty database.",
    "openapi": "Print the OpenAPI description of the interface.",
    "feed": "List sources, try one, record one, or run a folder of files through the parsers.",
    "journal": "Verify the operations logs.",
    "land": "Import municipalities, districts and places.",
    "federation": "Partners: status, invite, accept, compare words, rotate the key, suspend, revoke, conform.",
    "exercise": "List scenarios, or run the simulator of sources alone.",
}

_OPTIONAL_VALUE = {"up": "--exercise"}


def main(arguments: Sequence[str] | None = None) -> None:
    given = list(sys.argv[1:] if arguments is None else arguments)
    chosen = next((word for word in given if not word.startswith("-")), None)
    build(chosen)(args=_completed(chosen, given), prog_name="lagebild")


def build(chosen: str | None) -> typer.Typer:
    """The command tree; only the chosen branch is imported, the others are there for the help."""
    root = typer.Typer(
        no_args_is_help=True, add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False
    )
    root.callback(help="Lagebild: a self-hosted, real-time common operational picture for disasters.")(_nothing)
    for name, summary in COMMANDS.items():
        if name == chosen:
            _mount(root, name, summary)
        else:
            root.command(name, help=summary)(_nothing)
    return root


def _mount(root: typer.Typer, name: str, summary: str) -> None:
    """A module offers either a function of its own name or, with several commands, a Typer called `app`."""
    module = import_module(f"service.cli.{name}")
    group: Any = getattr(module, "app", None)
    if isinstance(group, typer.Typer):
        root.add_typer(group, name=name, help=summary)
    else:
        command: Callable[..., Any] = getattr(module, name)
        root.command(name, help=command.__doc__ or summary)(command)


def _nothing() -> None: ...


def _completed(chosen: str | None, given: list[str]) -> list[str]:
    """`--exercise` may stand without its value, which option parsers do not know: `--exercise=` says the same."""
    option = _OPTIONAL_VALUE.get(chosen or "")
    return [
        f"{word}=" if word == option and (at + 1 == len(given) or given[at + 1].startswith("-")) else word
        for at, word in enumerate(given)
    ]
