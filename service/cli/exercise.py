"""`lagebild exercise`: show what a scenario holds, serve it alone, and steer a simulator that is running."""

from __future__ import annotations

import asyncio
import signal
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import httpx
import typer
from rich.console import Console
from rich.table import Table

from feeds.simulator.faults import FaultKind
from feeds.simulator.gauge import LOCAL
from feeds.simulator.scenario import FEEDS, BadScenario, Scenario, available, load
from feeds.simulator.server import Simulator
from feeds.simulator.timeline import Happening, timeline
from geodata.model.clock import ExerciseClock

app = typer.Typer(help="Übungen: Szenarien zeigen, abspielen und steuern.", no_args_is_help=True)
console = Console()

Url = Annotated[str, typer.Option("--url", help="Address of the running simulator, as `serve` printed it.")]
ScenarioName = Annotated[str, typer.Argument(metavar="SCENARIO", help="A name from `list`, or a folder of your own.")]
DEFAULT_PORT = 8470
DEFAULT_URL = f"http://127.0.0.1:{DEFAULT_PORT}"


@app.command("list")
def list_scenarios() -> None:
    """Which scenarios there are."""
    table = Table("scenario", "title", "from", "to", "gauges", "warnings")
    for name in available():
        scenario = load(name)
        warnings = len(scenario.messages) + len(scenario.weather)
        span = (_local(scenario.start), _local(scenario.end))
        table.add_row(name, scenario.title, *span, str(len(scenario.gauges)), str(warnings))
    console.print(table)


@app.command()
def show(scenario: ScenarioName) -> None:
    """What happens when: peaks, warnings, sensor troubles and source faults in their order."""
    loaded = _load(scenario)
    console.print(f"[bold]{loaded.title}[/bold]  {_local(loaded.start)} - {_local(loaded.end)}\n{loaded.summary}\n")
    table = Table("time", "what", "where", "note")
    for happening in timeline(loaded):
        table.add_row(_local(happening.at), happening.what, happening.where, happening.note, style=_style(happening))
    console.print(table)


@app.command()
def serve(
    scenario: ScenarioName,
    port: Annotated[int, typer.Option(help="Loopback port; the sources' own doors take the three after it.")] = (
        DEFAULT_PORT
    ),
    speed: Annotated[float, typer.Option(min=0.001, max=100_000, help="Scenario seconds per second.")] = 1.0,
    start: Annotated[datetime | None, typer.Option(help="Local time to begin at; default: the scenario's.")] = None,
) -> None:
    """Plays a scenario alone until Ctrl-C; configure the printed addresses as the feeds' base addresses."""
    loaded = _load(scenario)
    begin = loaded.start if start is None else start if start.tzinfo else start.replace(tzinfo=LOCAL)
    asyncio.run(_serve(loaded, ExerciseClock.starting_at(begin, speed), port))


async def _serve(scenario: Scenario, clock: ExerciseClock, port: int) -> None:
    simulator = Simulator(scenario, clock)
    try:
        url = await simulator.start(port)
    except OSError as error:
        console.print(f"[red]Port {port} or one of the three after it is taken: {error}. Choose another --port.[/red]")
        raise typer.Exit(1) from error
    console.print(f"[bold]{scenario.title}[/bold] at {_local(clock.now())}, speed {clock.running_speed:g}")
    console.print(f"control  {url}/_exercise/state", highlight=False)
    for feed, address in simulator.base_urls().items():
        console.print(f"{feed:<12} {address}", highlight=False)
    ended = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    await ended.wait()
    await simulator.stop()


@app.command()
def status(url: Url = DEFAULT_URL) -> None:
    """Time, speed and faults of a running simulator."""
    _show_state(_ask("GET", url, "state"))


@app.command()
def pause(url: Url = DEFAULT_URL) -> None:
    """Stops the exercise's time."""
    _show_state(_ask("POST", url, "pause"))


@app.command()
def resume(url: Url = DEFAULT_URL) -> None:
    """Lets the exercise's time go on."""
    _show_state(_ask("POST", url, "resume"))


@app.command()
def speed(
    factor: Annotated[float, typer.Argument(help="Scenario seconds per second.")], url: Url = DEFAULT_URL
) -> None:
    """How fast the exercise's time runs."""
    _show_state(_ask("POST", url, "speed", {"speed": factor}))


@app.command()
def jump(
    to: Annotated[datetime, typer.Argument(help="Local time, e.g. 2021-07-15T00:30")], url: Url = DEFAULT_URL
) -> None:
    """To another moment of the scenario."""
    moment = to if to.tzinfo else to.replace(tzinfo=LOCAL)
    _show_state(_ask("POST", url, "jump", {"to": moment.isoformat()}))


@app.command()
def fault(
    feed: Annotated[str, typer.Argument(help=", ".join(FEEDS))],
    kind: Annotated[FaultKind, typer.Argument()],
    retry_after: Annotated[int | None, typer.Option(help="Seconds, with 429 and 503.")] = None,
    url: Url = DEFAULT_URL,
) -> None:
    """Makes a source fail until it is healed."""
    options = {} if retry_after is None else {"retry_after": retry_after}
    _show_state(_ask("POST", url, "fault", {"feed": feed, "fault": kind.value, "options": options}))


@app.command()
def heal(feed: Annotated[str, typer.Argument(help=", ".join(FEEDS))], url: Url = DEFAULT_URL) -> None:
    """Ends a source's fault."""
    _show_state(_ask("POST", url, "heal", {"feed": feed}))


def _load(scenario: str) -> Scenario:
    try:
        return load(Path(scenario) if "/" in scenario else scenario)
    except BadScenario as error:
        console.print(f"[red]{error}[/red]")
        raise typer.Exit(2) from error


def _ask(method: str, url: str, action: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    try:
        answer = httpx.request(method, f"{url.rstrip('/')}/_exercise/{action}", json=body, timeout=10)
    except httpx.HTTPError as error:
        console.print(f"[red]No simulator answers at {url}: {error}. Start one with `lagebild exercise serve`.[/red]")
        raise typer.Exit(1) from error
    if answer.status_code == 422:
        console.print(f"[red]{answer.json()['detail']}[/red]")
        raise typer.Exit(2)
    if answer.status_code != 200:
        console.print(f"[red]{url} answered {answer.status_code}; that is no simulator.[/red]")
        raise typer.Exit(1)
    state: dict[str, Any] = answer.json()
    return state


def _show_state(state: dict[str, Any]) -> None:
    running = "paused" if state["paused"] else f"speed {state['speed']:g}"
    console.print(f"{state['scenario']}: {_local(datetime.fromisoformat(state['now']))}, {running}")
    for feed, kind in state["faults"].items():
        console.print(f"  {feed}: {kind}", style="red")


def _local(moment: datetime) -> str:
    return f"{moment.astimezone(LOCAL):%d.%m.%Y %H:%M}"


def _style(happening: Happening) -> str:
    return {"peak": "cyan", "fault": "red", "sensor": "yellow"}.get(happening.kind, "")
