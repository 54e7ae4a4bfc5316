"""Marches from a shell: announce a convoy, write it as a file or in pieces, read what a partner has sent."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from service.cli.console import Refused, say
from service.cli.migrate import URL

if TYPE_CHECKING:
    from service.access.visitor import Visitor
    from service.cli.federation import Here
    from service.federation.procedures.marches.office import Office

Which = Annotated[str, typer.Argument(help="Origin or id of the partner.")]
Most = Annotated[int | None, typer.Option("--most-signs", min=200, max=10_000, help="Pieces no longer than this.")]

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def march() -> None:
    """Convoys to a partner's Meldekopf, by file or radio where there is no line."""


@app.command()
def write(
    partner: Which,
    leader: Annotated[str, typer.Option(help="The convoy leader's call sign.")],
    inquiry: Annotated[str | None, typer.Option(help="By which it is lent; without --resource all of it goes.")] = None,
    resource: Annotated[list[str] | None, typer.Option(help="Id of one that goes; as often as needed.")] = None,
    contact: Annotated[str | None, typer.Option(help="How the leader is reached.")] = None,
    place: Annotated[str | None, typer.Option(help="Where the Meldekopf is.")] = None,
    again: Annotated[str | None, typer.Option(help="Id of a march that is written anew.")] = None,
    hours: Annotated[int, typer.Option(min=1, max=336, help="How long it counts.")] = 48,
    most: Most = None,
    database_url: URL = None,
) -> None:
    """Announce a convoy and print it, sealed for this partner: one line, or pieces of at most so many signs."""
    from service.bodies import Once
    from service.federation.procedures.marches.sent import NewMarch

    given = NewMarch(
        leader, inquiry, tuple(resource) if resource else None, again, contact, place_name=place, valid_hours=hours
    )  # fmt: skip

    async def written(here: Here) -> tuple[str, list[str]]:
        office, who = await _office(here)
        peer = await here.partner(partner)
        made = (await office.write(who, peer.id, given, Once("", None, b""))).body
        return made["id"], await office.file(who, peer.id, made["id"], most=most)

    id, pieces = _with(database_url, written)
    typer.echo("\n".join(pieces))
    say(f"march {id}; `lagebild federation march file {partner} {id}` prints it again")


@app.command()
def file(
    partner: Which,
    march: Annotated[str, typer.Argument(help="Id of a march of ours, or of one of theirs: then our receipt of it.")],
    most: Most = None,
    database_url: URL = None,
) -> None:
    """Print a march of ours once more, or our receipt of one of this partner's."""

    async def printed(here: Here) -> list[str]:
        office, who = await _office(here)
        return await office.file(who, (await here.partner(partner)).id, march, most=most)

    typer.echo("\n".join(_with(database_url, printed)))


@app.command()
def read(
    source: Annotated[str, typer.Argument(help="A file with a march, a receipt or all pieces of one; - is the input.")],
    database_url: URL = None,
) -> None:
    """Read what a partner has sent, and say what is in it."""
    try:
        text = sys.stdin.read() if source == "-" else Path(source).read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise Refused(f"{source} cannot be read: {error}") from error

    async def taken(here: Here) -> Any:
        office, who = await _office(here)
        return await office.read(who, text)

    found = _with(database_url, taken)
    lines = found.body.get("vehicles") or found.body.get("lines") or []
    typer.echo("\t".join((found.outcome, found.kind, found.ref, found.partner_name, str(len(lines)))))


async def _office(here: Here) -> tuple[Office, Visitor]:
    """What the page works with, for whoever has a shell on this machine: he sees and writes every room."""
    from geodata.model.clock import WallClock
    from geodata.model.incident import IncidentMode
    from geodata.model.staff import Function
    from service.access.visitor import Duty, Visitor
    from service.federation.procedures.marches.office import Office
    from service.federation.procedures.marches.store import rooms

    own = here.myself
    async with here.database.reading() as connection:
        every = frozenset(await rooms(connection))
    duty = Duty("shell", "shell", "shell", Function.LEITUNG, "shell")
    who = Visitor("shell", "shell", duties=(duty,), rooms=every, write=every)
    mode = IncidentMode(own.mode)
    return Office(here.database, WallClock(), own.keys, origin=own.origin, name=own.name, mode=mode), who


def _with(database_url: str | None, work: Any) -> Any:
    from geodata.model.editing import BadEdit
    from geodata.store.things import NoSuchThing
    from service.cli import federation

    async def done(here: Here) -> Any:
        try:
            return await work(here)
        except (BadEdit, NoSuchThing) as error:
            raise Refused(str(error)) from error

    return federation.with_partners(database_url, done)
