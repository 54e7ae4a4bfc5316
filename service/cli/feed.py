"""`lagebild feed`: the sources from a shell, without database and server."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from feeds import corpus
from feeds.catalogue import Catalogue, catalogue
from feeds.configured.paths import present
from feeds.configured.source import Configured, made_all
from feeds.contract import Answer, Batch, FeedError, Http, Polled
from feeds.fetching import Client
from feeds.plausibility import sift
from service.settings import BadSettings, load

FAILED = 1
USAGE = 2
_SHOWN = 15

app = typer.Typer(name="feed", help="Look at the sources: list, try, record, corpus.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="name of the source, see `lagebild feed list`")]
BaseUrl = Annotated[str | None, typer.Option("--base-url", help="another address than the public one")]


@app.command("list")
def list_feeds() -> None:
    """Show every installed and every configured source and, below, plugins that could not be loaded."""
    found = _sources()
    table = Table("name", "title", "every", "licence", "attribution")
    for feed in found.feeds.values():
        table.add_row(feed.name, feed.title, f"{feed.every.total_seconds():g} s", feed.licence, feed.attribution)
    _console().print(table)
    for plugin, reason in found.broken.items():
        typer.echo(f"left out: {plugin}: {reason}", err=True)


@app.command("try")
def try_feed(name: Name, base_url: BaseUrl = None) -> None:
    """Ask one source once and print what was found, dropped and unknown. Stores nothing."""
    feed = _feed(_sources(), name, base_url)
    now = datetime.now(UTC)
    try:
        batch = sift(asyncio.run(_poll(feed, None, now)), now)
    except FeedError as error:
        typer.echo(f"{name}: {type(error).__name__}: {error}", err=True)
        _print_fields(feed)
        raise typer.Exit(FAILED) from error
    _print(batch, now)
    _print_fields(feed)


@app.command()
def record(
    name: Name,
    directory: Annotated[Path, typer.Argument(help="where the raw answers are written")],
    base_url: BaseUrl = None,
) -> None:
    """Ask one source once and keep its raw answers, one file each."""
    feed = _feed(_sources(), name, base_url)
    directory.mkdir(parents=True, exist_ok=True)
    try:
        asyncio.run(_poll(feed, directory, datetime.now(UTC)))
    except FeedError as error:
        typer.echo(f"{name}: {type(error).__name__}: {error}", err=True)
        raise typer.Exit(FAILED) from error


@app.command("corpus")
def run_corpus(directory: Annotated[Path, typer.Argument(help="folder of recorded files")]) -> None:
    """Run every file through the parser that recognises it: a JSON line each, then a summary line.

    Exit code 1 if a parser failed in a way it did not announce."""
    parsers = [feed(area=None) for feed in _sources().feeds.values()]
    results = []
    try:
        for result in corpus.run(directory, parsers, datetime.now(UTC)):
            results.append(result)
            typer.echo(json.dumps(result.as_line(), ensure_ascii=False))
    except NotADirectoryError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(USAGE) from error
    told = corpus.summary(results)
    typer.echo(json.dumps({"summary": told}, ensure_ascii=False))
    if told["uncaught"]:
        raise typer.Exit(FAILED)


class _Recorder:
    """Hands answers through and keeps each under the name of its address."""

    def __init__(self, http: Http, directory: Path) -> None:
        self._http, self._directory = http, directory

    async def get(
        self,
        url: str,
        *,
        conditional: bool = True,
        max_bytes: int = 32_000_000,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        answer = await self._http.get(url, conditional=conditional, max_bytes=max_bytes, headers=headers)
        parts = urlsplit(answer.url)
        # the address is the source's word as soon as it redirects: only plain letters become a file name
        name = re.sub(r"[^A-Za-z0-9.-]+", "_", parts.path.strip("/"))[-150:].lstrip(".") or "answer"
        path = self._directory / name
        await asyncio.to_thread(path.write_bytes, answer.body)
        typer.echo(f"{len(answer.body):>10} {path}")
        return answer


async def _poll(feed: Polled, directory: Path | None, now: datetime) -> Batch:
    client = Client()
    try:
        visit: Http = client.visit()
        return await feed.poll(_Recorder(visit, directory) if directory else visit, now)
    finally:
        await client.aclose()


def _sources() -> Catalogue:
    """What is installed and what the settings add. Mistakes in the settings end the command."""
    found = catalogue()
    try:
        return replace(found, feeds={**found.feeds, **made_all(load().sources)})
    except BadSettings as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(USAGE) from error


def _feed(found: Catalogue, name: str, base_url: str | None) -> Polled:
    if name not in found.feeds:
        typer.echo(f"no source {name}; there are {', '.join(sorted(found.feeds))}", err=True)
        raise typer.Exit(USAGE)
    return found.feeds[name](base_url)


def _console() -> Console:
    return Console(width=None if Console().is_terminal else 160)


def _print(batch: Batch, now: datetime) -> None:
    console = _console()
    table = Table("kind", "item", "value", "age", title=f"{batch.items} items")
    for kind, item, value, at in _rows(batch):
        table.add_row(kind, Text(item), Text(value), _age(at, now))
    console.print(table)
    console.print(
        f"newest: {_age(batch.newest, now)} old; outside the area: {batch.outside}; complete: {batch.complete}"
    )
    for title, lines in (
        ("no answer from", batch.missing),
        ("dropped", [f"{d.item}: {d.reason}" for d in batch.dropped]),
        ("unknown", [f"{word}: {count}" for word, count in batch.unknown.most_common()]),
    ):
        console.print(f"{title}: {len(lines)}")
        for line in lines[:_SHOWN]:
            console.print(f"  {line}", markup=False)


def _print_fields(feed: Polled) -> None:
    """What the first item has, for whoever writes `[sources.<name>.fields]`."""
    if isinstance(feed, Configured) and feed.first_item is not None:
        table = Table("field", "of the first item", title="what can be written in fields, more and only")
        for path, value in present(feed.first_item):
            table.add_row(Text(path), Text(value))
        _console().print(table)


def _rows(batch: Batch) -> list[tuple[str, str, str, Any]]:
    names = {station.key: station.name for station in batch.stations}
    shown: list[tuple[str, str, str, Any]] = [
        ("warning", w.headline()[:80], f"{w.severity} {w.msg_type}", w.sent) for w in batch.warnings[:_SHOWN]
    ]
    latest = {(o.station, o.quantity): o for o in sorted(batch.observations, key=lambda o: o.at)}
    shown += [
        ("observation", f"{names.get(o.station, o.station)} {o.quantity}", f"{o.value:g} {o.unit}", o.at)
        for o in list(latest.values())[:_SHOWN]
    ]
    shown += [("forecast", f.station, f"{len(f.points)} points", f.issued_at) for f in batch.forecasts[:_SHOWN]]
    shown += [
        ("feature", f.title[:80], " ".join(filter(None, (f.severity, f.properties.get("value")))), f.at)
        for f in batch.features[:_SHOWN]
    ]
    shown.append(("station", f"{len(batch.stations)} stations", "", None))
    return shown


def _age(at: datetime | None, now: datetime) -> str:
    if at is None:
        return "-"
    minutes = (now - at).total_seconds() / 60
    return f"{minutes:.0f} min" if minutes < 120 else f"{minutes / 60:.0f} h"
