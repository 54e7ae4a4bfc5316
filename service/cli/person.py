"""Accounts from a shell: what an administrator needs when nobody can sign in."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from service.cli.console import Refused, explained, say, settings_or_exit
from service.cli.migrate import URL
from service.cli.running import reached

if TYPE_CHECKING:
    from geodata.store.database import Database

T = TypeVar("T")
Who = Annotated[str, typer.Argument(help="Login or id of the person.")]
_BY_SHELL = "shell"

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def person() -> None:
    """List and add people, set a password, deactivate."""


@app.command("list")
def list_people(database_url: URL = None) -> None:
    """Everybody who has an account."""
    from service.accounts import store

    for row in _with(database_url, store.people):
        waits = "waiting" if row["waiting"] else "inactive"
        state = "erased" if row["erased"] else "active" if row["active"] else waits
        role = "administrator" if row["admin"] else "program" if row["program"] else "person"
        typer.echo("\t".join((row["id"], row["name"], row["login"] or "-", state, role)))


@app.command()
def add(
    name: Annotated[str, typer.Argument(help="Name as others see it.")],
    login: Annotated[str | None, typer.Option(help="For signing in with a password.")] = None,
    admin: Annotated[bool, typer.Option(help="Looks after accounts and rooms.")] = False,
    database_url: URL = None,
) -> None:
    """Add a person; prints the id. Then `person password` or `link`."""
    from service.access.audit.store import note
    from service.access.visitor import Visitor
    from service.accounts import rules, store
    from service.errors import Invalid

    async def added(database: Database) -> str:
        kept = rules.login(login) if login else None
        async with database.transaction(_BY_SHELL) as tx:
            if kept and await store.login_taken(tx, kept):
                raise Invalid("login", f"the login {kept} is taken")
            id = await store.add(tx, rules.name(name), login=kept, admin=admin)
            await note(tx.connection, Visitor(person=_BY_SHELL), "person.add", f"person:{id}", {"admin": admin})
        return id

    typer.echo(_with(database_url, added))


@app.command()
def password(who: Who, database_url: URL = None) -> None:
    """Set a password, asked for on the terminal or read from standard input; ends the person's sessions."""
    from service.access import store as access
    from service.access.audit.store import note
    from service.access.visitor import Visitor
    from service.accounts import passwords, rules, store
    from service.accounts.proofs import store as proofs

    given = _asked()

    async def kept(database: Database) -> None:
        row = await _found(database, who)
        if row["login"] is None:
            raise Refused(f"{row['name']} has no login; give one in the administration")
        hashed = await passwords.hashed(rules.password(given, about=(row["login"], *row["name"].split())))
        async with database.transaction(_BY_SHELL) as tx:
            await store.held(tx, row["id"])
            await proofs.set_password(tx, row["id"], hashed)
            await access.close_all(tx, row["id"])
            await note(tx.connection, Visitor(person=_BY_SHELL), "password.set", f"person:{row['id']}")

    _with(database_url, kept)
    say("the password is set; sessions of before have ended")


@app.command()
def deactivate(who: Who, database_url: URL = None) -> None:
    """Let a person in no more and end the sessions; open pages go within five seconds."""
    from service.access import store as access
    from service.access.audit.store import note
    from service.access.visitor import Visitor
    from service.accounts import store

    async def ended(database: Database) -> int:
        row = await _found(database, who)
        async with database.transaction(_BY_SHELL) as tx:
            if row["admin"] and not await store.administrators(tx, but=row["id"]):
                raise Refused("this is the last administrator; add another one first")
            await store.held(tx, row["id"])
            await store.change(tx, row["id"], {"active": False})
            count = await access.close_all(tx, row["id"])
            await note(tx.connection, Visitor(person=_BY_SHELL), "person.change", f"person:{row['id']}")
        return count

    say(f"deactivated; {_with(database_url, ended)} sessions have ended")


def _asked() -> str:
    if sys.stdin.isatty():
        return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))
    return sys.stdin.readline().rstrip("\n")


async def _found(database: Database, who: str) -> dict[str, Any]:
    """The person with this id or login. Raises Refused."""
    from service.accounts import store

    for row in await store.people(database):
        if who == row["id"] or who.lower() == row["login"]:
            return row
    raise Refused(f"there is no person with the login or id {who}; `lagebild person list` shows them")


def _with(database_url: str | None, work: Callable[[Database], Awaitable[T]]) -> T:
    """Do the work on the database that is configured or runs. Ends the command with one line if it fails."""
    from geodata.store.database import Database
    from service.errors import Invalid

    settings = reached(settings_or_exit(database_url=database_url))

    async def done() -> T:
        assert settings.database_url is not None
        database = Database(settings.database_url)
        try:
            return await work(database)
        except Invalid as error:
            raise Refused(str(error)) from error
        finally:
            await database.close()

    with explained():
        return asyncio.run(done())
