"""`lagebild serve`: the service itself, on a database that is there and migrated."""

from __future__ import annotations

import logging
from typing import Annotated

import structlog
import typer
import uvicorn

from service.app import create_app
from service.cli.console import fail, settings_or_exit
from service.cli.migrate import URL
from service.settings import Settings


def serve(
    port: Annotated[int | None, typer.Option(help="TCP port; 8080 unless set.")] = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    database_url: URL = None,
) -> None:
    """Run the server alone, against a database that is there and migrated."""
    settings = settings_or_exit(port=port, host=host, database_url=database_url)
    if settings.database_url is None:
        fail("serve needs a database: give --database-url or run `lagebild up`")
    configure_logging(settings)
    # Deflate for each client would cost four times the CPU; the hub bundles instead.
    config = uvicorn.Config(
        create_app(settings, settings.database_url),
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        ws="websockets-sansio",
        ws_per_message_deflate=False,
        ws_ping_interval=None,  # the live line beats itself and lets TCP notice the dead; pings cost a fifth of its CPU
        ws_max_size=65_536,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=20,
        timeout_graceful_shutdown=3,
        backlog=4096,
    )
    uvicorn.Server(config).run()


def configure_logging(settings: Settings) -> None:
    logging.basicConfig(level=settings.log.level, format="%(message)s")
    for noisy in ("httpx", "apscheduler", "uvicorn.error"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    structlog.configure(
        processors=processors(as_json=settings.log.format == "json"),
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(settings.log.level)),
    )


def processors(*, as_json: bool) -> list[structlog.typing.Processor]:
    """Tracebacks without the values of variables: links, numbers and keys are among them."""
    first: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    if as_json:
        return [*first, structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    plain = structlog.dev.plain_traceback
    return [*first, structlog.dev.ConsoleRenderer(colors=False, exception_formatter=plain)]
