"""What a running `lagebild up` leaves for other commands on the same data directory to find."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import orjson

from service.cli.console import Refused, fail
from service.settings import Settings, load


@contextmanager
def only_one(data_dir: Path) -> Iterator[None]:
    """Raises Refused if another `lagebild up` looks after this directory; the kernel forgets the lock of a dead one."""
    data_dir.mkdir(parents=True, exist_ok=True)
    with (data_dir / "up.lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            pid = lock.read().strip()
            raise Refused(
                f"process {pid} already runs `lagebild up` on {data_dir}: stop it or give another --data-dir"
            ) from None
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        try:
            yield
        finally:
            _note(data_dir).unlink(missing_ok=True)


def leave_note(settings: Settings) -> None:
    """For as long as we run. Only the owner may read it: an address can hold a password."""
    given = settings.model_dump(mode="json", exclude_unset=True)
    note = _note(settings.data_dir)
    with open(note, "wb", opener=lambda path, flags: os.open(path, flags, 0o600)) as file:
        file.write(orjson.dumps(given))


def running(settings: Settings) -> Settings | None:
    """The settings with which `lagebild up` runs on this data directory, or None if it does not."""
    try:
        given = orjson.loads(_note(settings.data_dir).read_bytes())
        with (settings.data_dir / "up.lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return load(**given)
    except FileNotFoundError:
        return None
    return None


def reached(settings: Settings) -> Settings:
    """Settings that name a database: the configured one, else that of a running `lagebild up`. Ends the command."""
    found = settings if settings.database_url else running(settings)
    if found is None:
        fail(f"no database: `lagebild up` does not run on {settings.data_dir}; start it, or give --database-url")
    return found


def _note(data_dir: Path) -> Path:
    return data_dir / "running.json"
