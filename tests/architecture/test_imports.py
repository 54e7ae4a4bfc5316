"""Who may import whom: the contracts in pyproject.toml hold, and they bite."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LINTER = Path(sys.executable).with_name("lint-imports")

PLANTED = {
    "geodata/model/planted.py": "import sqlalchemy\n",
    "feeds/planted.py": "from geodata.store import database\n",
    "geodata/planted.py": "import service.settings\n",
    "alerting/planted.py": "import fastapi\n",
    "service/access/planted.py": "import service.routes\n",
    "geodata/store/planted.py": "import geodata.land\n",
}


def _lint(directory: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([LINTER, "--no-cache"], cwd=directory, capture_output=True, text=True, check=False)


def test_the_import_contracts_hold() -> None:
    linted = _lint(ROOT)
    assert linted.returncode == 0, linted.stdout


@pytest.mark.parametrize("path", PLANTED)
def test_a_forbidden_import_is_found(tmp_path: Path, path: str) -> None:
    for package in ("service", "geodata", "feeds", "alerting"):
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("static", "nrw", "*.pyc"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    (tmp_path / path).write_text(PLANTED[path])
    linted = _lint(tmp_path)
    assert linted.returncode == 1, linted.stdout + linted.stderr
    assert path.removesuffix(".py").replace("/", ".") in linted.stdout
