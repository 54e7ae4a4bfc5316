"""What the map benches stand on: a private PostGIS with half a million stations, the real server on it, a bare
FastAPI as floor, and tipg on the same rows."""

from __future__ import annotations

import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg

from feeds.catalogue import catalogue
from geodata.store.cluster import Cluster
from geodata.store.migrate import upgrade

DATABASE = "bench"
FEEDS = tuple(catalogue().feeds)

# 200 towns in about 300 x 300 km, a fifth of the stations spread evenly; a body as our own gauges have it.
_STATIONS = """
    INSERT INTO fact (ref, origin, kind, id, room, source, as_of, provenance, body, extent, geom)
    WITH town AS MATERIALIZED (
        SELECT i, 6.0 + random() * 4.0 AS x, 50.3 + random() * 2.3 AS y, 0.02 + random() * 0.1 AS s
        FROM generate_series(1, 200) i
    ), spot AS (
        SELECT g,
               CASE WHEN g %% 5 = 0 THEN 6.0 + random() * 4.0
                    ELSE t.x + (random() + random() + random() - 1.5) * t.s END AS x,
               CASE WHEN g %% 5 = 0 THEN 50.3 + random() * 2.3
                    ELSE t.y + (random() + random() + random() - 1.5) * t.s * 0.6 END AS y
        FROM generate_series(1, %(stations)s) g JOIN town t ON t.i = 1 + (g::bigint * 7919) %% 200
    )
    SELECT 'bench/station/sensor.' || g, 'bench', 'station', 'sensor.' || g, 'public', 'sensors', now(),
           jsonb_build_object('source', 'sensors', 'as_of', '2026-11-21T12:00:00Z',
                              'received_at', '2026-11-21T12:00:05Z', 'confidence', 'CONFIRMED'),
           jsonb_build_object('key', 'sensor.' || g, 'name', 'Sensor ' || g, 'kind', 'gauge', 'water', 'RHEIN',
                              'longitude', round(x::numeric, 6), 'latitude', round(y::numeric, 6),
                              'operator', (ARRAY['FW', 'THW', 'LANUK', 'WSV'])[1 + g %% 4]),
           ARRAY[round(x::numeric, 6), round(y::numeric, 6), round(x::numeric, 6), round(y::numeric, 6)]::float8[],
           ST_SetSRID(ST_MakePoint(round(x::numeric, 6), round(y::numeric, 6)), 4326)
    FROM spot ORDER BY ST_GeoHash(ST_SetSRID(ST_MakePoint(x, y), 4326), 6)
"""

# tipg serves tables and views of a schema; `id` is how it recognises the key.
_VIEW = """
    CREATE SCHEMA bare;
    CREATE VIEW bare.station AS
        SELECT hashtextextended(ref, 0) & 9007199254740991 AS id, ref, source,
               body ->> 'name' AS name, body ->> 'water' AS water, body ->> 'operator' AS operator, geom
        FROM fact WHERE kind = 'station' AND room = 'public';
    GRANT USAGE ON SCHEMA bare TO PUBLIC; GRANT SELECT ON bare.station TO PUBLIC
"""


class NotComparable(Exception):
    """The two sides did not do the same work; the run says nothing."""


@dataclass(slots=True)
class Stage:
    """`raw` is the floor's connection: binary, prepared, on the same socket that the server uses."""

    url: str
    raw: psycopg.Connection[tuple[object, ...]]
    server: http.client.HTTPConnection
    noop: http.client.HTTPConnection
    tipg: http.client.HTTPConnection

    def fresh_revision(self) -> None:
        """One new station far away: every tile has to be made anew, as after any change of the layer."""
        with psycopg.connect(self.url) as connection:
            connection.execute(
                "INSERT INTO change (ref, op, room, actor) VALUES ('bench/station/far', 'drop', 'public', 'bench')"
            )
        time.sleep(1.2)


@contextmanager
def stage(stations: int) -> Iterator[Stage]:
    with ExitStack() as stack:
        directory = Path(tempfile.mkdtemp(prefix="lagebild-bench-"))
        directory.chmod(0o755)
        stack.callback(shutil.rmtree, directory, True)
        cluster = Cluster(directory)
        cluster.ensure()
        postgres = cluster.start()
        stack.callback(_end, postgres, signal.SIGINT)
        cluster.create_database(DATABASE)
        url = cluster.url(DATABASE)
        upgrade(url)
        _fill(url, stations)
        _pin(os.getpid(), 1)
        ours, bare, other = _free_port(), _free_port(), _free_port()
        stack.callback(_end, _serve(url, ours, directory))
        stack.callback(_end, _noop(bare))
        stack.callback(_end, _tipg(cluster, other))
        connection = psycopg.connect(url, autocommit=True)
        connection.prepare_threshold = 0
        stack.callback(connection.close)
        yield Stage(
            url,
            connection,
            _connected(ours, "/readyz", stack),
            _connected(bare, "/noop", stack),
            _connected(other, "/healthz", stack),
        )


def get(
    connection: http.client.HTTPConnection, path: str, **headers: str
) -> tuple[float, bytes, http.client.HTTPResponse]:
    """Milliseconds, body and answer, uncompressed unless asked for. Raises NotComparable for an error status."""
    start = time.perf_counter()
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    try:
        connection.request("GET", path, headers=given)
        answer = connection.getresponse()
    except http.client.RemoteDisconnected:  # idle for longer than the server keeps a connection
        connection.close()
        connection.connect()
        start = time.perf_counter()
        connection.request("GET", path, headers=given)
        answer = connection.getresponse()
    body = answer.read()
    took = (time.perf_counter() - start) * 1e3
    if answer.status not in (200, 304):
        raise NotComparable(f"{path[:100]} answered {answer.status}: {body[:300]!r}")
    return took, body, answer


def rows(stage: Stage, statement: str, given: dict[str, object]) -> tuple[float, list[tuple[object, ...]]]:
    """Milliseconds and rows of a prepared statement, read in binary."""
    start = time.perf_counter()
    with stage.raw.cursor(binary=True) as cursor:
        found = cursor.execute(statement, given, prepare=True).fetchall()
    return (time.perf_counter() - start) * 1e3, found


def _fill(url: str, stations: int) -> None:
    start = time.perf_counter()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SELECT setseed(0.5)")
        with connection.transaction():
            connection.execute(_STATIONS, {"stations": stations})
        for statement in _VIEW.split(";"):
            connection.execute(statement)
        connection.execute("VACUUM ANALYZE fact")
    print(f"{stations:,} stations in {time.perf_counter() - start:.0f} s", flush=True)


def _serve(url: str, port: int, directory: Path) -> subprocess.Popen[bytes]:
    """The real server by its own command, its sources switched off."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("LAGEBILD_")}
    off = {f"LAGEBILD_FEEDS__{feed.upper()}__ENABLED": "false" for feed in FEEDS}
    settings = {"LAGEBILD_DATA_DIR": str(directory), "LAGEBILD_LOG__LEVEL": "ERROR", **off}
    command = [sys.executable, "-m", "service", "serve", "--port", str(port), "--database-url", url]
    return _start(command, {**clean, **settings})


def _noop(port: int) -> subprocess.Popen[bytes]:
    return _start([sys.executable, "-m", "tests.bench.stage", str(port)], dict(os.environ))


def _tipg(cluster: Cluster, port: int) -> subprocess.Popen[bytes]:
    settings = {
        "DATABASE_URL": f"postgresql://lagebild@{quote(str(cluster.socket), safe='')}:{cluster.port}/{DATABASE}",
        "TIPG_DB_SCHEMAS": '["bare"]',
        "TIPG_MAX_FEATURES_PER_QUERY": "1000000",
        "TIPG_MAX_FEATURES_PER_TILE": "1000000",
        "TIPG_TILE_BUFFER": "64",
        "TIPG_DB_SPATIAL_EXTENT": "false",
        "TIPG_CATALOG_TTL": "0",
    }
    command = [sys.executable, "-m", "uvicorn", "tipg.main:app", "--port", str(port), "--log-level", "error"]
    return _start(command, {**os.environ, **settings})


def _start(command: list[str], environment: dict[str, str]) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(command, env=environment, start_new_session=True)
    _pin(process.pid, 0)
    return process


def _pin(pid: int, core: int) -> None:
    """Servers on one core, the client on another, PostgreSQL where there is room: the same for each variant."""
    if (os.cpu_count() or 1) > core:
        os.sched_setaffinity(pid, {core})


def _connected(port: int, path: str, stack: ExitStack) -> http.client.HTTPConnection:
    deadline = time.monotonic() + 60
    while True:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            answer.read()
            if answer.status == 200:
                stack.callback(connection.close)
                return connection
        except OSError:
            pass
        connection.close()
        if time.monotonic() > deadline:
            raise NotComparable(f"the server for {path} does not answer")
        time.sleep(0.1)


def _end(process: subprocess.Popen[bytes], how: signal.Signals = signal.SIGTERM) -> None:
    process.send_signal(how)
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def _floor() -> Callable[..., object]:
    """A FastAPI route that returns ready bytes: what an answer of this size costs at the least."""
    from fastapi import FastAPI, Response

    app = FastAPI()

    @app.get("/noop")
    async def noop() -> Response:
        return Response(b"x" * 1_000)

    return app


if __name__ == "__main__":
    import uvicorn

    uvicorn.run(_floor(), host="127.0.0.1", port=int(sys.argv[1]), loop="uvloop", log_level="error", access_log=False)
