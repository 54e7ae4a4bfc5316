"""What the tree itself must look like."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LONGEST = 400
SAYS_NOTHING = re.compile(r"^(utils?|helpers?|managers?|handlers?|common|base|misc|data|info)\.(py|ts|svelte)$")
MADE_BY_PROGRAMS = ("schema.gen.ts", "package-lock.json", "constraints.txt", "uv.lock")
ONE_MACHINE = re.compile(r"(?<![\w.<$}-])/(?:work|farm|root|home/\w+)/")
REGISTRY = re.compile(
    r"\b(?:pypi\.org|pythonhosted\.org|registry\.npm" + r"js\.org|deb\.debian\.org|security\.debian\.org)\b"
)


def _tracked() -> list[Path]:
    try:
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT, capture_output=True, check=True,
        )  # fmt: skip
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a git checkout")
    paths = [ROOT / name for name in listed.stdout.decode().split("\0") if name]
    return [path for path in paths if path.is_file() and path.name not in MADE_BY_PROGRAMS]


def _texts() -> list[tuple[Path, str]]:
    found = []
    for path in _tracked():
        content = path.read_bytes()
        if b"\0" not in content[:8000]:
            found.append((path.relative_to(ROOT), content.decode("utf-8")))
    return found


def test_no_module_is_longer_than_four_hundred_lines() -> None:
    code = {".py", ".ts", ".svelte"}
    long = {
        str(path): text.count("\n")
        for path, text in _texts()
        if path.suffix in code and "migrations" not in path.parts and text.count("\n") > LONGEST
    }
    assert long == {}


def test_no_module_has_a_name_that_says_nothing() -> None:
    assert [str(path) for path, _ in _texts() if SAYS_NOTHING.match(path.name)] == []


def test_nothing_names_a_path_of_one_machine_or_the_host_of_a_registry() -> None:
    here = Path(__file__).relative_to(ROOT)
    named = [
        f"{path}:{number}: {line.strip()[:100]}"
        for path, text in _texts()
        if path != here
        for number, line in enumerate(text.splitlines(), 1)
        if ONE_MACHINE.search(line) or REGISTRY.search(line)
    ]
    assert named == []


def test_scripts_can_be_run_and_parse() -> None:
    scripts = [path for path in [*(ROOT / "script").iterdir(), ROOT / ".ci" / "run"] if path.is_file()]
    assert {path.name for path in scripts} >= {"server", "test", "prove", "bench", "setup", "api", "run"}
    for path in scripts:
        assert path.stat().st_mode & 0o111, f"{path} is not executable"
        first = path.read_text().splitlines()[0]
        if first.endswith("sh"):
            shell = "bash" if first.endswith("bash") else "sh"
            subprocess.run([shell, "-n", path], check=True)
