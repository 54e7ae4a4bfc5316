"""Documents say what the program does: settings, commands, options, links."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
import yaml
from pydantic import BaseModel
from typer.main import get_command

from service.alert_settings import AlertSettings
from service.cli import COMMANDS, build
from service.custody_settings import CustodySettings
from service.federation_settings import FederationSettings, PartnerLimits
from service.settings import (
    BasemapSettings,
    DutySettings,
    EvidenceSettings,
    ExerciseSettings,
    FeedSettings,
    LogSettings,
    RequestSettings,
    RetentionSettings,
    Settings,
)

ROOT = Path(__file__).resolve().parents[2]
OPERATIONS = (ROOT / "docs" / "operations.md").read_text()
README = (ROOT / "README.md").read_text()
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
GROUPS: dict[str, type[BaseModel]] = {
    "exercise": ExerciseSettings,
    "basemap": BasemapSettings,
    "log": LogSettings,
    "retention": RetentionSettings,
    "evidence": EvidenceSettings,
    "requests": RequestSettings,
    "alerting": AlertSettings,
    "duty": DutySettings,
    "custody": CustodySettings,
    "federation": FederationSettings,
    "federation.limits": PartnerLimits,
}


def _subcommands(name: str) -> list[str]:
    command = get_command(build(name)).commands[name]  # type: ignore[attr-defined]
    return sorted(getattr(command, "commands", {}))


@pytest.mark.parametrize("name", sorted(set(Settings.model_fields) - set(GROUPS) - {"feeds"}))
def test_each_setting_is_explained(name: str) -> None:
    assert f"`{name}`" in OPERATIONS


@pytest.mark.parametrize("path", [f"{group}.{name}" for group, model in GROUPS.items() for name in model.model_fields])
def test_each_setting_of_a_group_is_explained(path: str) -> None:
    assert f"`{path}`" in OPERATIONS


def test_the_settings_of_a_source_are_explained() -> None:
    for name in FeedSettings.model_fields:
        assert f".{name}`" in OPERATIONS


def test_no_setting_is_explained_that_does_not_exist() -> None:
    rows = re.findall(r"^\| (`[a-z_.]+`(?:, `[a-z_.]+`)*) \|", OPERATIONS.split("## Settings")[1], re.MULTILINE)
    named = {name for row in rows for name in re.findall(r"`([a-z_.]+)`", row)}
    known = set(Settings.model_fields) | {f"{g}.{n}" for g, model in GROUPS.items() for n in model.model_fields}
    assert named <= known
    assert len(named) > 15


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_each_command_is_named_in_the_readme(name: str) -> None:
    assert re.search(rf"`{name}[` ]", README), name


@pytest.mark.parametrize("name", ["feed", "land"])
def test_each_subcommand_is_named_in_the_readme(name: str) -> None:
    for sub in _subcommands(name):
        assert f"`{name} {sub}`" in README


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_commands_in_the_documents_exist(document: Path) -> None:
    text = document.read_text()
    for name, sub in re.findall(r"\blagebild ([a-z]+)(?: ([a-z]+))?(?=[` \n:.])", "\n".join(_code(text))):
        assert name in COMMANDS, f"lagebild {name}"
        if name in ("feed", "land", "exercise") and sub:
            assert sub in _subcommands(name), f"lagebild {name} {sub}"


def _code(text: str) -> list[str]:
    blocks = re.findall(r"```(?:\w*)\n(.*?)```", text, re.DOTALL)
    return [*blocks, *re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL))]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_between_documents_lead_somewhere(document: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", document.read_text()):
        if not target.startswith("http"):
            assert (document.parent / target).exists(), target


def test_options_named_in_the_readme_are_options_of_up() -> None:
    command = get_command(build("up")).commands["up"]  # type: ignore[attr-defined]
    options = {option for parameter in command.params for option in parameter.opts}
    table = README.split("## Options")[1].split("##")[0]
    named = set(re.findall(r"(--[a-z][a-z-]*)", table))
    assert named == options - {"--help"}


def test_the_description_for_public_code_is_complete() -> None:
    described = yaml.safe_load((ROOT / "publiccode.yml").read_text())
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    for key in ("publiccodeYmlVersion", "name", "url", "platforms", "developmentStatus", "softwareType", "maintenance",
                "localisation"):  # fmt: skip
        assert described[key], key
    assert described["legal"]["license"] == project["license"] == "EUPL-1.2"
    assert str(described["softwareVersion"]) == project["version"]
    assert described["maintenance"]["contacts"]
    for language in ("de", "en"):
        text = described["description"][language]
        assert len(text["shortDescription"]) <= 150
        assert 150 <= len(text["longDescription"]) <= 10_000
        assert text["features"]


def test_the_licence_is_the_whole_text() -> None:
    text = (ROOT / "LICENSE").read_text()
    assert text.startswith("EUROPEAN UNION PUBLIC LICENCE v. 1.2")
    assert "15.Applicable Law" in text
    assert "Appendix" in text
    assert text == (ROOT / "LICENSES" / "EUPL-1.2.txt").read_text()


def test_hooks_before_a_commit_come_from_this_repository() -> None:
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())
    assert [repository["repo"] for repository in hooks["repos"]] == ["local"]
