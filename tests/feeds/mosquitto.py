"""A real mosquitto with its own port and directory, that can be stopped and started again with what it keeps."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

import pytest

PATIENCE = 30.0


class Mosquitto:
    """`options` are lines of its configuration. Anonymous clients are let in unless users are given."""

    def __init__(self, directory: Path, *options: str, users: dict[str, str] | None = None) -> None:
        program = shutil.which("mosquitto", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
        if program is None:
            pytest.skip("mosquitto is not installed")
        self._program, self._directory = program, directory
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        lines = [
            f"listener {self.port} 127.0.0.1",
            *options,
            f"allow_anonymous {'false' if users else 'true'}",
            "persistence true",
            f"persistence_location {directory}/",
            "max_queued_messages 0",
            "set_tcp_nodelay true",
            *(["user root"] if os.geteuid() == 0 else []),
        ]
        if users:
            secrets = directory / "users"
            for name, password in users.items():
                new = [] if secrets.exists() else ["-c"]
                subprocess.run(["mosquitto_passwd", *new, "-b", secrets, name, password], check=True)
            lines.append(f"password_file {secrets}")
        self._config = directory / "mosquitto.conf"
        self._config.write_text("\n".join(lines) + "\n")
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with (self._directory / "log").open("ab") as log:
            self._process = subprocess.Popen([self._program, "-c", self._config], stdout=log, stderr=log)
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            if self._process.poll() is not None:
                raise AssertionError((self._directory / "log").read_text())
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.02)
        raise AssertionError("mosquitto does not listen")

    def stop(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)
            self._process.wait(PATIENCE)
            self._process = None
