"""Partners from a shell: for nodes without anybody at a screen, and when the page cannot be reached."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from service.cli.conformance import conform
from service.cli.console import Refused, explained, say, settings_or_exit
from service.cli.march import app as march
from service.cli.migrate import URL
from service.cli.running import reached
from service.federation.peers.peer import Things

if TYPE_CHECKING:
    from geodata.store.database import Database
    from service.access.visitor import Visitor
    from service.federation.identity.document import Myself
    from service.federation.peers.address_book import AddressBooks
    from service.federation.peers.handshake import Handshake
    from service.federation.peers.keeping import Keeping
    from service.federation.peers.peer import Peer
    from service.federation.procedures.leaving.office import Leaving
    from service.settings import Settings

T = TypeVar("T")
Which = Annotated[str, typer.Argument(help="Origin or id of the partner.")]
Reason = Annotated[str, typer.Option(help="Why; partners and the audit keep it.")]

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)


@dataclass(frozen=True, slots=True)
class Here:
    """What the commands work with."""

    database: Database
    myself: Myself
    handshake: Handshake
    books: AddressBooks
    who: Visitor

    async def partner(self, which: str) -> Peer:
        """Raises Refused."""
        from service.federation.peers import store

        async with self.database.reading() as connection:
            for peer in await store.everyone(connection):
                if which in (peer.id, peer.origin):
                    return peer
        raise Refused(f"there is no partner {which}; `lagebild federation status` shows them")


@app.callback()
def federation() -> None:
    """Partners: how they stand and where they are reached, invite, accept, compare words, rotate the keys, suspend,
    revoke; check a server."""


@app.command()
def status(database_url: URL = None) -> None:
    """Each partner with its state, when it was last heard, and what waits."""
    from service.federation.peers.standing import store as standing

    async def told(here: Here) -> list[dict[str, Any]]:
        async with here.database.reading() as connection:
            return await standing.everyone(connection, here.myself.origin)

    for row in _with(database_url, told):
        heard = row["heard_at"].isoformat(timespec="seconds") if row["heard_at"] else "never heard"
        waiting = f"{row['waiting']} waiting" + (f", {row['failures']} failures" if row["failures"] else "")
        typer.echo("\t".join((row["origin"], row["state"], heard, waiting, row["last_error"] or "-", row["name"])))


@app.command()
def invite(
    name: Annotated[str, typer.Argument(help="Whom it is for.")],
    hours: Annotated[int, typer.Option(min=1, max=336, help="How long it counts.")] = 48,
    database_url: URL = None,
) -> None:
    """Print an invitation, which counts once: the other side pastes it."""

    async def made(here: Here) -> str:
        _, invitation, _ = await here.handshake.invite(here.who, name, timedelta(hours=hours))
        return invitation.text()

    typer.echo(_with(database_url, made))


@app.command()
def accept(
    invitation: Annotated[str, typer.Argument(help="The text that the other side has made.")], database_url: URL = None
) -> None:
    """Accept an invitation; then compare the words with `federation words`."""

    async def accepted(here: Here) -> Peer:
        id = await here.handshake.accept(here.who, invitation)
        return await here.partner(id)

    peer = _with(database_url, accepted)
    say(f"{peer.name} ({peer.origin}) waits: compare with `lagebild federation words {peer.origin}`")


@app.command()
def words(
    partner: Which,
    same: Annotated[bool, typer.Option("--same", help="The other side has read out the same words.")] = False,
    database_url: URL = None,
) -> None:
    """Print the eight common words, the same on both sides; with --same the partner becomes active here."""
    from service.federation.peers.handshake import words_with

    async def compared(here: Here) -> tuple[list[str], Peer]:
        peer = await here.partner(partner)
        shown = words_with(here.myself, peer)
        return shown, await here.handshake.compare(here.who, peer.id, shown) if same else peer

    shown, peer = _with(database_url, compared)
    typer.echo(" ".join(shown))
    say(f"{peer.origin} is {peer.state}")


@app.command("rotate-key")
def rotate_key(database_url: URL = None) -> None:
    """New keys to sign with and to seal for us with; the running node tells every partner, by line, file or relay. The
    old one signs for a day more, and what was sealed for it is opened for 30 days."""
    from service.federation.peers import rotation

    async def rotated(here: Here) -> str:
        return (await rotation.rotate(here.database, here.myself.keys, here.who)).kid

    say(f"the key is now {_with(database_url, rotated)}; make a backup, it belongs into it")


@app.command()
def addresses(
    write: Annotated[Path | None, typer.Option(help="Write the address book into this file.")] = None,
    read: Annotated[Path | None, typer.Option(help="Read such a file of a partner, after a question.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Read it without a question.")] = False,
    database_url: URL = None,
) -> None:
    """Where partners are reached: print it, write it as a signed file, or add what a partner's file says."""
    if write is not None:
        write.write_bytes(_with(database_url, lambda here: here.books.write(here.who)))
        say(f"{write} names all active partners and where they are reached")
        return
    if read is None:
        for entry in _with(database_url, _known_addresses):
            typer.echo("\t".join(entry))
        return
    raw = _file(read)
    looked = _with(database_url, lambda here: here.books.look(raw))
    for found in looked.entries:
        shut = f"federation.networks does not name {' '.join(found.closed)}" if found.closed else ""
        typer.echo("\t".join((found.origin, found.outcome, " ".join(found.new), shut)).rstrip())
    count = sum(len(found.new) for found in looked.entries)
    if not count:
        say(f"{looked.written_by} names nothing new")
    elif yes or typer.confirm(f"Add {count} addresses that {looked.written_by} names?"):
        _with(database_url, lambda here: here.books.read(here.who, raw))
        say(f"{count} addresses added")


def _file(path: Path) -> bytes:
    with explained():
        try:
            return path.read_bytes()
        except OSError as error:
            raise Refused(f"{path} cannot be read: {error.strerror}") from error


async def _known_addresses(here: Here) -> list[tuple[str, ...]]:
    from service.federation.peers import store

    async with here.database.reading() as connection:
        return [(peer.origin, peer.state, *peer.ways) for peer in await store.everyone(connection)]


@app.command()
def suspend(partner: Which, reason: Reason, database_url: URL = None) -> None:
    """Let a partner rest: nothing is accepted or sent, nothing is lost. Taken up again on the page."""

    async def rests(here: Here) -> Peer:
        return await _keeping(here).suspend(here.who, (await here.partner(partner)).id, reason)

    peer = _with(database_url, rests)
    say(f"{peer.origin} is {peer.state}")


@app.command()
def revoke(
    partner: Which,
    reason: Reason,
    things: Annotated[
        Things | None, typer.Option(help="What becomes of its things; kept while something is lent, else dropped.")
    ] = None,
    database_url: URL = None,
) -> None:
    """End a partner for good; its keys count no more. The running node tells it that nothing is shared any more."""
    row = _with(database_url, lambda here: _left(here, partner, reason, things))
    heard = {"ACKNOWLEDGED": "has acknowledged that nothing is shared any more", "NOTHING": "was told of nothing"}
    kept = "its things are kept: `lagebild federation drop`" if row["held"] else "its things are dropped"
    say(f"{row['origin']} is {row['state']}; it {heard.get(row['farewell'], 'was not reached')}; {kept}")


@app.command()
def drop(partner: Which, database_url: URL = None) -> None:
    """Drop what was kept of a revoked partner."""

    async def dropped(here: Here) -> Peer:
        peer = await here.partner(partner)
        await _leaving(here).drop(here.who, peer.id)
        return peer

    say(f"nothing of {_with(database_url, dropped).origin} is kept here any more")


app.command()(conform)
app.add_typer(march, name="march")


def _keeping(here: Here) -> Keeping:
    from geodata.model.clock import WallClock
    from service.federation.logbook import Logbook
    from service.federation.peers.keeping import Keeping

    return Keeping(here.database, _nobody, Logbook(here.myself.origin, WallClock()).moved)


def _leaving(here: Here) -> Leaving:
    from geodata.model.clock import WallClock
    from service.federation.procedures.leaving.office import Leaving

    origin = here.myself.origin
    return Leaving(
        here.database, _keeping(here), WallClock(), origin=origin, woken=_nobody, rights_changed=_unasked, patience=10
    )


async def _left(here: Here, partner: str, reason: str, things: Things | None) -> dict[str, Any]:
    from service.federation.peers.standing import store as standing

    peer = await _leaving(here).revoke(here.who, (await here.partner(partner)).id, reason, things)
    async with here.database.reading() as connection:
        return await standing.one(connection, peer.id, here.myself.origin)


async def _unasked() -> None:
    """The running node looks anew within seconds who sees what."""


def with_partners(database_url: str | None, work: Callable[[Here], Awaitable[T]]) -> T:
    """As the commands here do their work."""
    return _with(database_url, work)


def _nobody(peer: str) -> None:
    """The running node finds out by itself."""


def _with(database_url: str | None, work: Callable[[Here], Awaitable[T]]) -> T:
    """Do the work on the database that is configured or runs. Ends the command with one line if it fails."""
    from geodata.model.states import BadMove
    from service.errors import Invalid, NoAnswer
    from service.federation.peers.invitation import BadInvitation

    settings = reached(settings_or_exit(database_url=database_url))

    async def done() -> T:
        here, close = _here(settings)
        try:
            return await work(here)
        except (Invalid, NoAnswer, BadMove, BadInvitation) as error:
            raise Refused(" ".join(str(error).split())) from error
        finally:
            await close()

    with explained():
        return asyncio.run(done())


def _here(settings: Settings) -> tuple[Here, Callable[[], Awaitable[None]]]:
    from geodata.model.clock import WallClock
    from geodata.store.database import Database
    from service.access.visitor import Visitor
    from service.federating import myself_of
    from service.federation.identity.keys import NodeKeys
    from service.federation.peers.address_book import AddressBooks
    from service.federation.peers.handshake import Handshake
    from service.federation.wire.client import PeerClient

    assert settings.database_url is not None
    database = Database(settings.database_url, pool_size=2)
    keys = NodeKeys(settings.data_dir)
    client = PeerClient(keys, settings.federation.networks)
    myself = myself_of(settings, keys)

    async def close() -> None:
        await client.close()
        await database.close()

    handshake = Handshake(database, myself, client, WallClock(), _nobody)
    books = AddressBooks(database, myself, client.networks, WallClock(), _nobody)
    return Here(database, myself, handshake, books, Visitor(person="shell")), close
