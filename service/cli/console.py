"""What a command says on the terminal, and with which exit code it ends."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, NoReturn

import typer

from service.settings import BadSettings, Settings, load

USAGE = 2
FAILED = 1


class Refused(Exception):
    """The command cannot do what was asked; the message says why and what to do."""


def say(line: str) -> None:
    """One line, at once, also into a pipe; nobody listening any more is no reason to stop looking after processes."""
    with suppress(BrokenPipeError):
        sys.stdout.write(f"lagebild: {line}\n")
        sys.stdout.flush()


def fail(message: str, code: int = FAILED) -> NoReturn:
    sys.stderr.write(f"lagebild: {message}\n")
    raise typer.Exit(code)


def settings_or_exit(**given: Any) -> Settings:
    """The settings, or all that is wrong with them and the end of the command."""
    try:
        return load(**given)
    except BadSettings as wrong:
        count = len(wrong.problems)
        fail(f"{count} mistake{'s' * (count != 1)} in the configuration\n{wrong}", USAGE)


@contextmanager
def explained() -> Iterator[None]:
    """Expected failures become one clear line instead of a traceback."""
    # Only here: most commands are done before they need a database, and these imports take a second.
    from feeds.simulator.scenario import BadScenario
    from geodata.model.area import BadLand
    from geodata.store.cluster import ClusterError
    from geodata.store.database import StoreError

    try:
        yield
    except (Refused, ClusterError, StoreError, BadLand, BadScenario, OSError) as error:
        fail(str(error))
