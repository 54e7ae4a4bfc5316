"""`lagebild serve`: the service itself, on a database that is there and migrated."""

from __future__ import annotations

import logging
import socket

import structlog
import uvicorn

from service.app import create_app
from service.settings import Settings


def run(settings: Settings, database_url: str, listener: socket.socket | None = None) -> None:
    """Serve until SIGINT or SIGTERM. Deflate per client would cost four times the CPU; see docs/adr."""
    configure_logging(settings)
    config = uvicorn.Config(
        create_app(settings, database_url),
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        ws="websockets-sansio",
        ws_per_message_deflate=False,
        ws_ping_interval=20,
        ws_ping_timeout=40,
        ws_max_size=65_536,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=20,
        timeout_graceful_shutdown=3,
        backlog=4096,
    )
    uvicorn.Server(config).run([listener] if listener else None)


def configure_logging(settings: Settings) -> None:
    logging.basicConfig(level=settings.log.level, format="%(message)s")
    for noisy in ("httpx", "apscheduler", "uvicorn.error"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    as_json = settings.log.format == "json"
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer(colors=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(settings.log.level)),
    )
