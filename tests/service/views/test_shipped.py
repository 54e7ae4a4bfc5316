from __future__ import annotations

import re
from pathlib import Path
from typing import Any, get_args

import pytest

from geodata.model.body import to_body
from geodata.model.editing import BadEdit
from geodata.model.staff import Function
from geodata.store.things import checked
from service.views.rules import LAYERS, TABS, View
from service.views.shipped import SHIPPED, listed

VIEW_TS = (Path(__file__).parents[3] / "frontend" / "src" / "view.ts").read_text()


def named_in_the_frontend(constant: str) -> set[str]:
    found = re.search(rf"export const {constant} = \[([^\]]*)\]", VIEW_TS)
    assert found
    return set(re.findall(r"'([a-z]+)'", found[1]))


@pytest.mark.parametrize(("constant", "names"), [("LAYERS", LAYERS), ("TABS", TABS)])
def test_server_and_page_know_the_same_layers_and_tabs(constant: str, names: Any) -> None:
    assert named_in_the_frontend(constant) == set(get_args(names))


def test_every_task_of_the_issue_has_its_view() -> None:
    assert set(SHIPPED) == {"s1", "s2", "s3", "s4", "s5", "krisenstab", "sae", "meldekopf", "press", "wall"}


@pytest.mark.parametrize("id", SHIPPED)
def test_a_shipped_view_is_a_view_that_could_be_saved(id: str) -> None:
    assert checked(to_body(SHIPPED[id]), View) == SHIPPED[id]


def test_shipped_views_are_meant_for_functions_that_exist() -> None:
    meant = {function for view in SHIPPED.values() for function in (view.audience or "").split()}
    assert meant <= set(Function)


def test_only_the_press_view_is_cut_to_what_is_released() -> None:
    assert [v["id"] for v in listed() if v.get("released_only")] == ["press"]


def test_the_wall_shows_views_that_exist() -> None:
    walls = [view.wall for view in SHIPPED.values() if view.wall]
    assert walls
    assert all(set(wall.views) <= set(SHIPPED) for wall in walls)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "   "}, "name"),
        ({"name": "x" * 81}, "name"),
        ({}, "name"),
        ({"name": "x", "layers": ["sites", "secrets"]}, "layers[1]"),
        ({"name": "x", "tabs": ["wire"]}, "tabs[0]"),
        ({"name": "x", "panels": ["settings"]}, "panels[0]"),
        ({"name": "x", "columns": ["<b>"]}, "columns[0]"),
        ({"name": "x", "columns": ["a"] * 21}, "columns"),
        ({"name": "x", "order": "level; drop"}, "order"),
        ({"name": "x", "area": {"zoom": 99, "latitude": 0, "longitude": 0}}, "area.zoom"),
        ({"name": "x", "filter": {"level": 9}}, "filter.level"),
        ({"name": "x", "wall": {"views": [], "seconds": 30}}, "wall.views"),
        ({"name": "x", "wall": {"views": ["s2"], "seconds": 0}}, "wall.seconds"),
        ({"name": "x", "shipped": True}, "shipped"),
        ({"name": "x", "colour": "red"}, "colour"),
    ],
)
def test_what_no_view_can_have_is_refused_by_name(fields: dict[str, Any], field: str) -> None:
    with pytest.raises(BadEdit) as refused:
        checked(fields, View)
    assert refused.value.field == field
