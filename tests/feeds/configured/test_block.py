"""A mistake in a table of the settings is named with its field and what to write instead."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Any

import pytest

from service.settings import BadSettings, as_environment, load
from tests.feeds.configured.blocks import CASES, CSV, GEOJSON, JSON, RSS, WFS
from tests.feeds.configured.documented import PAGE, documented

MANIFEST = {"title": "Quelle", "licence": "CC0-1.0", "attribution": "Musterstadt"}


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in list(os.environ):
        if name.startswith("LAGEBILD_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("LAGEBILD_DATA_DIR", str(tmp_path))


def given(text: str, **other: Any) -> dict[str, Any]:
    return {**MANIFEST, **tomllib.loads(text), **other}


def problem(name: str, block: dict[str, Any]) -> str:
    with pytest.raises(BadSettings) as caught:
        load(sources={name: block})
    (only,) = caught.value.problems
    return str(only)


@pytest.mark.parametrize(
    ("text", "wrong", "field", "words"),
    [
        (GEOJSON, {"kind": "xls"}, "sources.quelle.kind", "geojson, json (any list), wfs"),
        (GEOJSON, {"url": "daten.example"}, "sources.quelle.url", "write a full address"),
        (GEOJSON, {"url": "https://a:b@daten.example/"}, "sources.quelle.url", "without a password"),
        (GEOJSON, {"every": "5"}, "sources.quelle.every", "30 s to 1 d"),
        (GEOJSON, {"every": "oft"}, "sources.quelle.every", "with a unit"),
        (GEOJSON, {"zone": "Köln"}, "sources.quelle.zone", "Europe/Berlin"),
        (GEOJSON, {"as": "layer"}, "sources.quelle.as", "feature, warning or station"),
        (GEOJSON, {"crs": 99999}, "sources.quelle.crs", "25832"),
        (GEOJSON, {"within": [8, 50, 7, 51]}, "sources.quelle.within", "west < east"),
        (GEOJSON, {"headers": {"Host": "x"}}, "sources.quelle.headers", "no header to be set"),
        (GEOJSON, {"headers": {"X-A": "a\nb"}}, "sources.quelle.headers", "one line"),
        (GEOJSON, {"severity": {"Rot": "ARG"}}, "sources.quelle.severity.Rot", "NONE, LOW, MEDIUM, HIGH, EXTREME"),
        (GEOJSON, {"farbe": "rot"}, "sources.quelle.farbe", "no such setting"),
        (GEOJSON, {"fields": {"titel": "x"}}, "sources.quelle.fields.titel", "no such setting"),
        (GEOJSON, {"fields": {"id": "id"}}, "sources.quelle", "fields.title is missing"),
        (GEOJSON, {"as": "station"}, "sources.quelle", "as station needs fields.value, fields.at, fields.quantity"),
        (GEOJSON, {"whole": False}, "sources.quelle", 'keep = "24 h"'),
        (GEOJSON, {"key": "x"}, "sources.quelle", "{key} stands in neither"),
        (GEOJSON, {"params": {"k": "{key}"}}, "sources.quelle", "key is not set"),
        (WFS, {"type_name": None}, "sources.quelle", "needs type_name"),
        (JSON, {"items": None}, "sources.quelle", "kind json needs items"),
        (CSV, {"encoding": "utf-99"}, "sources.quelle.encoding", "cp1252"),
        (CASES["cap"].text, {"as": "feature"}, "sources.quelle", 'as = "warning"'),
        (RSS, {"url": "http://a.example/", "headers": {"X-Key": "1"}}, "sources.quelle", "must be https"),
    ],
)
def test_every_mistake_names_its_field_and_the_fix(text: str, wrong: dict[str, Any], field: str, words: str) -> None:
    told = problem("quelle", {k: v for k, v in given(text, **wrong).items() if v is not None})
    assert told.startswith(f"{field}:") and words in told, told


@pytest.mark.parametrize("name", ["nina", "pegelonline", "sensors", "Meine", "x", "a-b"])
def test_a_name_that_is_taken_or_no_name_is_refused(name: str) -> None:
    assert f"sources.{name}" in problem(name, given(GEOJSON))


def test_children_load_the_same_sources_with_all_letters_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load(sources={"aa": given(GEOJSON), "bb": given(CSV), "cc": given(WFS)})
    for name, value in as_environment(settings).items():
        monkeypatch.setenv(name, value)
    assert load().sources == settings.sources
    assert load().sources["aa"].severity.keys() == {"Rot", "Gelb"}


def test_a_key_is_not_shown_when_settings_are_printed() -> None:
    assert "geheim" not in repr(load(sources={"bb": given(CSV)}))


def test_the_blocks_of_the_documentation_are_good_and_name_licence_and_publisher() -> None:
    blocks = documented()
    assert {block.kind for block in blocks.values()} == {
        "geojson", "json", "wfs", "ogc_features", "cap", "rss", "csv", "sensorthings",
    }  # fmt: skip
    copied = {name: given("", **block.model_dump(by_alias=True)) for name, block in blocks.items()}
    assert load(sources=copied).sources == blocks
    for name in blocks:
        assert f"[sources.{name}]  " in PAGE.read_text(encoding="utf-8"), f"say the licence beside [sources.{name}]"
