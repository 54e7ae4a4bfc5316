"""The operations logs from a shell."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from service.cli.console import FAILED, Refused, explained, say, settings_or_exit
from service.cli.migrate import URL
from service.cli.running import reached

if TYPE_CHECKING:
    from service.journal.verifying import Verdict

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def journal() -> None:
    """Verify the operations logs."""


@app.command()
def verify(
    staff: Annotated[str | None, typer.Option(help="Id of the staff whose journal is meant; without it, all.")] = None,
    database_url: URL = None,
) -> None:
    """Walk the journals and name the first wrong entry of each; exit code 1 if there is one."""
    from geodata.store.database import Database
    from service.journal import store
    from service.journal.signing import NodeKey
    from service.journal.verifying import Verifier

    settings = reached(settings_or_exit(database_url=database_url))

    async def walked() -> list[tuple[str, Verdict]]:
        assert settings.database_url is not None
        database = Database(settings.database_url)
        try:
            journals = [j for j in await store.every_journal(database) if staff in (None, j.staff)]
            if staff and not journals:
                raise Refused(f"there is no staff {staff}; without --staff all journals are verified")
            verifier = Verifier(database, settings.origin, NodeKey(settings.data_dir).known())
            return [(journal.name, await verifier.verify(journal.staff)) for journal in journals]
        finally:
            await database.close()

    with explained():
        verdicts = asyncio.run(walked())
        for name, verdict in verdicts:
            say(_line(name, verdict))
        if not verdicts:
            say("there is no journal yet")
    if not all(verdict.right for _, verdict in verdicts):
        raise typer.Exit(FAILED)


def _line(name: str, verdict: Verdict) -> str:
    where = f"journal of {name} ({verdict.staff})"
    if not verdict.right:
        return f"{where}: WRONG, entry {verdict.number} {verdict.reason}; {verdict.entries} entries read as right"
    return f"{where}: right, {verdict.entries} entries, {verdict.closings} closings, head {verdict.head}"
