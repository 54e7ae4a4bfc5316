"""A whole node on this machine: one start, then what people and accidents do to it."""

from __future__ import annotations

import json
import os
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import psutil
import pytest

from tests.node import Node


@pytest.fixture(scope="module")
def node() -> Iterator[Node]:
    node = Node()
    node.start()
    yield node
    node.close()


def test_the_printed_link_signs_in_once(node: Node) -> None:
    with closing(node.sign_in()) as client:
        assert client.get("/api/session").json()["signed_in"] is True
    with pytest.raises(AssertionError, match="verbraucht"):
        node.sign_in()


def test_a_link_made_later_signs_in_under_its_name(node: Node) -> None:
    made = node.run("link", "Erika Beispiel")
    assert made.returncode == 0, made.stderr
    with httpx.Client() as client:
        client.get(made.stdout.strip())
        assert client.get(f"{node.address}/api/session").json()["name"] == "Erika Beispiel"


def test_a_token_signs_a_program_in(node: Node) -> None:
    token = node.run("token", "sensors-erft").stdout.strip()
    answer = httpx.get(f"{node.address}/api/session", headers={"Authorization": f"Bearer {token}"})
    assert answer.json()["name"] == "sensors-erft"


def test_the_land_is_there(node: Node) -> None:
    assert "BKG" in httpx.get(f"{node.address}/api/land").json()["attribution"]


def test_the_doctor_finds_what_runs_and_says_it_in_its_exit_code(node: Node) -> None:
    seen = node.run("doctor", "--json")
    report = json.loads(seen.stdout)
    states = {finding["part"]: finding["state"] for finding in report["findings"]}
    for part in ("server", "database", "migration", "partitions", "clock", "land", "valkey", "engine live"):
        assert states[part] == "OK", report
    assert seen.returncode == {"OK": 0, "WARNING": 1, "FAILURE": 2}[report["state"]]


def test_a_second_one_on_the_same_data_is_refused_with_the_number_of_the_first(node: Node) -> None:
    second = node.run("up", "--port", str(node.port + 1))
    assert node.process
    assert second.returncode == 1
    assert f"process {node.process.pid} already runs" in second.stderr


def test_a_port_in_use_is_named_before_anything_is_started(node: Node, tmp_path: Path) -> None:
    second = node.run("up", "--port", str(node.port), "--data-dir", str(tmp_path / "other"))
    assert second.returncode == 1
    assert f"port {node.port}" in second.stderr
    assert "--port" in second.stderr
    assert not (tmp_path / "other" / "pg").exists()


@pytest.mark.parametrize("child", ["server", "postgresql", "valkey"])
def test_whoever_is_killed_comes_back_by_itself(node: Node, child: str) -> None:
    seen = len(node.lines)
    before = node.pid(child)
    node.kill_9(child)
    node.wait_for(f"{child} is back", within=30, after=seen)
    assert node.pid(child) != before
    deadline = time.monotonic() + 15
    while not node.ready():
        assert time.monotonic() < deadline, "\n".join(node.lines)
        time.sleep(0.1)


def test_after_a_killed_supervisor_the_next_start_takes_over(node: Node) -> None:
    assert node.process
    orphans = {node.pid(child) for child in ("server", "postgresql", "valkey")}
    node.process.kill()
    node.process.wait()
    assert all(psutil.pid_exists(pid) for pid in orphans)
    seconds = node.start()
    assert seconds < 40
    said = "\n".join(node.lines)
    for child in ("PostgreSQL", "server", "valkey"):
        assert f"stopped a {child} that was left over" in said
    assert not any(psutil.pid_exists(pid) for pid in orphans)


def test_a_pid_file_that_names_a_stranger_is_no_obstacle(node: Node) -> None:
    assert node.stop() == 0
    stranger = os.getpid()
    (node.data_dir / "pg" / "postmaster.pid").write_text(
        f"{stranger}\n{node.data_dir}/pg\n1\n5432\n{node.data_dir}/run\n"
    )
    node.start()
    assert any(f"gone ({stranger})" in line for line in node.lines)


def test_stopping_leaves_no_process_and_a_second_start_makes_nothing_anew(node: Node) -> None:
    assert node.stop(signal.SIGINT) == 0
    assert node.processes() == []
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", node.port))
    node.start()
    assert not any("made a PostgreSQL cluster" in line for line in node.lines)


def test_a_mistake_in_the_configuration_stops_it_before_anything_is_made(tmp_path: Path) -> None:
    node = Node(environment={"LAGEBILD_AREA": "NRW", "LAGEBILD_LOG__LEVEL": "LOUD"})
    try:
        refused = node.run("up", "--data-dir", str(tmp_path / "data"))
        assert refused.returncode == 2
        assert "area:" in refused.stderr
        assert "log.level:" in refused.stderr
        assert not (tmp_path / "data").exists()
    finally:
        node.close()
