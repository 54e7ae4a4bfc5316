"""Four top-level names that others also use: ours must be the ones that are imported."""

from __future__ import annotations

import importlib.util
from importlib.metadata import distribution, entry_points, packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("service", "geodata", "feeds", "alerting")


@pytest.mark.parametrize("name", PACKAGES)
def test_the_package_comes_from_this_repository_and_from_nobody_else(name: str) -> None:
    spec = importlib.util.find_spec(name)
    assert spec is not None
    assert spec.origin is not None
    assert Path(spec.origin).is_relative_to(ROOT)
    assert set(packages_distributions().get(name, [])) <= {"lagebild"}


def test_tests_are_no_package() -> None:
    assert list((ROOT / "tests").rglob("__init__.py")) == []


def test_the_command_and_every_feed_can_be_loaded() -> None:
    scripts = [entry for entry in distribution("lagebild").entry_points if entry.group == "console_scripts"]
    assert [entry.name for entry in scripts] == ["lagebild"]
    ours = [entry for entry in entry_points(group="lagebild.feeds") if entry.dist and entry.dist.name == "lagebild"]
    assert {entry.name for entry in ours} >= {"pegelonline", "nina", "dwd_cap"}
    for entry in (*scripts, *ours):
        assert callable(entry.load()), entry
