"""Accounts from a shell."""

from __future__ import annotations

import asyncio
from typing import Any

from typer.testing import CliRunner, Result

from service.cli.person import app
from tests.service.conftest import running

PASSWORD = "Hochwasser an der Erft"


def run(url: str, *arguments: str, **more: Any) -> Result:
    return CliRunner().invoke(app, [arguments[0], "--database-url", url, *arguments[1:]], **more)


def test_who_is_added_and_given_a_password_can_sign_in_until_deactivated(database_url: str) -> None:
    added = run(database_url, "add", "Erika", "--login", "Erika", "--admin")
    assert added.exit_code == 0, added.output
    assert run(database_url, "add", "Max", "--login", "max", "--admin").exit_code == 0
    assert run(database_url, "password", "erika", input=PASSWORD + "\n").exit_code == 0
    listed = [line.split("\t") for line in run(database_url, "list").output.splitlines()]
    assert [line[1:] for line in listed] == [
        ["Erika", "erika", "active", "administrator"],
        ["Max", "max", "active", "administrator"],
    ]
    assert listed[0][0] == added.output.strip()

    async def tried() -> None:
        async with running(database_url) as node:
            sign_in = {"login": "erika", "password": PASSWORD}
            answer = await node.client.post("/api/session/sign-in", json=sign_in)
            assert answer.json()["rights"], answer.text
            done = await asyncio.to_thread(run, database_url, "deactivate", "erika")
            assert "1 sessions" in done.output, done.output
            async with asyncio.timeout(5):
                while (await node.client.get("/api/session")).json()["signed_in"]:
                    await asyncio.sleep(0.2)
            assert (await node.client.post("/api/session/sign-in", json=sign_in)).status_code == 401

    asyncio.run(tried())


def test_what_cannot_be_done_is_said_in_one_line(database_url: str) -> None:
    assert run(database_url, "add", "Max", "--login", "max", "--admin").exit_code == 0
    for arguments, given, said in (
        (("password", "nobody"), PASSWORD, "no person"),
        (("password", "max"), "short", "at least 12"),
        (("add", "Moritz", "--login", "MAX"), "", "taken"),
        (("add", "\t"), "", "visible signs"),
        (("deactivate", "max"), "", "last administrator"),
    ):
        result = run(database_url, *arguments, input=given + "\n")
        assert result.exit_code == 1 and said in result.output and "Traceback" not in result.output, result.output
