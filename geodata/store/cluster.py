"""A private PostgreSQL cluster in a directory of ours: found, created, started, watched, stopped.

It listens on a Unix socket only. PostgreSQL refuses to run as root, so root hands it to the system user that the
distribution's package made; an ident map lets the calling user in as the ordinary role `lagebild`.
"""

from __future__ import annotations

import os
import pwd
import re
import shutil
import subprocess
import tempfile
import time
import zlib
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from geodata.store.behalf import LEAKPROOF, LOCKED
from geodata.store.behalf import ROLE as VISITOR

ROLE = "lagebild"
SERVER_USER = "postgres"
_SETTINGS = """
listen_addresses = ''
unix_socket_permissions = 0777
shared_buffers = 256MB
work_mem = 16MB
maintenance_work_mem = 128MB
max_connections = 120
max_wal_size = 2GB
jit = off
max_parallel_workers_per_gather = 0
timezone = 'UTC'
log_min_messages = warning
logging_collector = off
"""


class ClusterError(Exception):
    """The private PostgreSQL cluster cannot be set up or started."""


@dataclass(slots=True)
class Cluster:
    """`directory` holds the data (`pg/`) and the log. As root it must be reachable for the server user."""

    directory: Path
    port: int = 5432

    @property
    def data(self) -> Path:
        return self.directory / "pg"

    @property
    def socket(self) -> Path:
        """Socket directory. The kernel allows 107 bytes for the path, so a deep data directory gets a short one."""
        inside = self.directory / "run"
        if len(str(inside)) < 80:
            return inside
        return Path(tempfile.gettempdir()) / f"lagebild-{zlib.crc32(str(self.directory).encode()):x}"

    def url(self, database: str = "lagebild", role: str = ROLE) -> str:
        return f"postgresql://{role}@/{database}?host={quote(str(self.socket), safe='')}&port={self.port}"

    def ensure(self) -> bool:
        """Create the cluster unless it is there; True if it was created. Raises ClusterError."""
        self.directory.mkdir(parents=True, exist_ok=True)
        reach = [*as_server_user(), "test", "-x", str(self.directory)]
        if subprocess.run(reach, check=False, cwd="/").returncode:
            raise ClusterError(f"the user {SERVER_USER} cannot enter {self.directory}: choose another --data-dir")
        for path in (self.socket, self.data):
            path.mkdir(parents=True, exist_ok=True)
            path.chmod(0o755 if path == self.socket else 0o700)
            _give_to_server_user(path)
        if (self.data / "PG_VERSION").exists():
            return False
        self._run("initdb", "--data-checksums", "--auth-local=peer", "--auth-host=scram-sha-256", "--encoding=UTF8",
                  "--locale=C.UTF-8", "--username=postgres", "--pgdata", str(self.data))  # fmt: skip
        with (self.data / "postgresql.conf").open("a") as conf:
            conf.write(_SETTINGS)
        (self.data / "pg_hba.conf").write_text("local all all peer map=lagebild\n")
        caller, server = _name(os.geteuid()), _server_user() or _name(os.geteuid())
        lines = {f"lagebild {user} {role}" for user in (caller, server) for role in (ROLE, "postgres")}
        (self.data / "pg_ident.conf").write_text("\n".join(sorted(lines)) + "\n")
        return True

    def start(self) -> subprocess.Popen[bytes]:
        """The server as a child process, once it answers. Retries for as long as a killed one still holds its memory.

        Raises ClusterError with the end of the log."""
        deadline = time.monotonic() + 60
        log_path = self.directory / "postgres.log"
        while True:
            process = self.launch()
            while process.poll() is None:
                if self.ready():
                    self._prepare()
                    return process
                if time.monotonic() > deadline:
                    process.terminate()
                    raise ClusterError(f"PostgreSQL does not answer; see {log_path}")
                time.sleep(0.05)
            if time.monotonic() > deadline:
                raise ClusterError(f"PostgreSQL does not start:\n{_tail(log_path)}")
            time.sleep(0.3)

    def launch(self) -> subprocess.Popen[bytes]:
        """The server as a child process that does not answer yet, and ends at once if a killed one is in its way."""
        command = [str(binary("postgres")), "-D", str(self.data), "-k", str(self.socket), "-p", str(self.port)]
        with (self.directory / "postgres.log").open("ab") as log:
            return subprocess.Popen(
                [*as_server_user(), *command], stdout=log, stderr=log, start_new_session=True, cwd="/"
            )

    def ready(self) -> bool:
        command = [str(binary("pg_isready")), "-q", "-h", str(self.socket), "-p", str(self.port)]
        return subprocess.run(command, check=False).returncode == 0

    def create_database(self, name: str, *, template: str | None = None) -> bool:
        """True if it was created now."""
        created = not self._sql(f"SELECT 1 FROM pg_database WHERE datname = '{_identifier(name)}'")
        if created:
            origin = f" TEMPLATE {_identifier(template)} STRATEGY FILE_COPY" if template else ""
            self._sql(f"CREATE DATABASE {_identifier(name)} OWNER {ROLE}{origin}")
        if not template:
            self._sql(LEAKPROOF + LOCKED, database=name)
        return created

    def drop_database(self, name: str) -> None:
        self._sql(f"DROP DATABASE IF EXISTS {_identifier(name)} WITH (FORCE)")

    def _prepare(self) -> None:
        """Role and PostGIS for every database to come; both only once."""
        if not self._sql(f"SELECT 1 FROM pg_roles WHERE rolname = '{ROLE}'"):
            self._sql(f"CREATE ROLE {ROLE} LOGIN")
        if not self._sql(f"SELECT 1 FROM pg_roles WHERE rolname = '{VISITOR}'"):
            self._sql(f"CREATE ROLE {VISITOR} NOLOGIN")
        self._sql(f"GRANT {VISITOR} TO {ROLE}")
        self._sql("CREATE EXTENSION IF NOT EXISTS postgis", database="template1")

    def _sql(self, statement: str, database: str = "postgres") -> str:
        url = self.url(database, role="postgres")
        return self._run("psql", "-qAtX", "-v", "ON_ERROR_STOP=1", "-d", url, "-c", statement, as_server=False)

    def _run(self, program: str, *arguments: str, as_server: bool = True) -> str:
        prefix = as_server_user() if as_server else []
        done = subprocess.run(
            [*prefix, str(binary(program)), *arguments],
            capture_output=True,
            text=True,
            check=False,
            cwd="/",
            env={**os.environ, "PGOPTIONS": "--client-min-messages=warning"},
        )
        if done.returncode:
            raise ClusterError(f"{program} failed: {done.stderr.strip() or done.stdout.strip()}")
        return done.stdout.strip()


def binary(name: str) -> Path:
    """A program of the newest PostgreSQL that has PostGIS. Raises ClusterError naming the package."""
    versions = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda p: -int(p.parts[4]))
    spatial = [p for p in versions if Path(f"/usr/share/postgresql/{p.parts[4]}/extension/postgis.control").exists()]
    found = next(iter(spatial or versions), None) or shutil.which(name)
    if not found:
        raise ClusterError(f"{name} not found: install postgresql-15 and postgresql-15-postgis-3")
    return Path(found)


def _identifier(name: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,50}", name):
        raise ClusterError(f"{name!r} is not a plain database name")
    return name


def _server_user() -> str | None:
    return SERVER_USER if os.geteuid() == 0 else None


def as_server_user() -> list[str]:
    """What to put before a command so that root runs it as the server user; nothing for everybody else."""
    user = _server_user()
    return ["setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups"] if user else []


def _give_to_server_user(path: Path) -> None:
    user = _server_user()
    if user:
        try:
            shutil.chown(path, user, user)
        except LookupError as error:
            raise ClusterError(f"no system user {user}: install postgresql-15") from error


def _name(uid: int) -> str:
    return pwd.getpwuid(uid).pw_name


def _tail(path: Path, lines: int = 20) -> str:
    return "\n".join(path.read_text(errors="replace").splitlines()[-lines:])
