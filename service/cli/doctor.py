"""A check-up of a node."""

from __future__ import annotations

import asyncio
from typing import Annotated

import orjson
import typer

from service.cli.console import settings_or_exit
from service.cli.diagnosis import State, look
from service.cli.migrate import URL
from service.cli.running import running

_SIGNS = {State.OK: "ok     ", State.WARNING: "warning", State.FAILURE: "FAILURE"}


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object instead of lines.")] = False,
    database_url: URL = None,
) -> None:
    """Look at server, disk, clock, database, land, feeds and engines; exit code 0 good, 1 warnings, 2 failures."""
    configured = settings_or_exit(database_url=database_url)
    up = running(configured)
    findings = asyncio.run(look(configured if configured.database_url or up is None else up, runs=up is not None))
    worst = max(finding.state for finding in findings)
    if as_json:
        lines = [{"part": f.part, "state": f.state.name, "text": f.text} for f in findings]
        typer.echo(orjson.dumps({"state": worst.name, "findings": lines}, option=orjson.OPT_INDENT_2))
    else:
        width = max(len(finding.part) for finding in findings)
        for finding in findings:
            typer.echo(f"{_SIGNS[finding.state]}  {finding.part:{width}}  {finding.text}")
    raise typer.Exit(int(worst))
