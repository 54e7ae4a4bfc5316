"""Is another server a right partner? For whoever builds one."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from service.cli.console import fail


def conform(
    url: Annotated[str, typer.Argument(help="Where the server is reached, as its document says.")],
    invitation: Annotated[str, typer.Option(help="An invitation that it has made; it is used up.")],
    wait: Annotated[int, typer.Option(min=1, max=1_440, help="Minutes in which somebody there compares.")] = 15,
) -> None:
    """Play a partner against a server and check what it answers, a line each; exit code 1 if something is wrong.

    It needs no database and no node of our own. What it has told is withdrawn at the end."""
    from service.federation.conformance.run import conform as checked
    from service.federation.conformance.trial import Invited
    from service.federation.peers.invitation import BadInvitation, Invitation

    try:
        read = Invitation.read(invitation)
    except BadInvitation as error:
        fail(str(error))
    if not url.startswith(("https://", "http://")):
        fail("the address begins with https:// or http://")
    invited = Invited(read.url, read.origin, read.fingerprint, read.secret)
    if not asyncio.run(checked(url, invited, typer.echo, wait=60.0 * wait)):
        raise typer.Exit(1)
