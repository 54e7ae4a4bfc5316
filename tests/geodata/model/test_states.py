"""A graph of states refuses what it does not declare, also when it is declared wrongly."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import pytest

from geodata.model.facility import FACILITY
from geodata.model.incident import INCIDENT
from geodata.model.site import SITE
from geodata.model.staff import SHIFT
from geodata.model.states import BadMove, States


class Light(StrEnum):
    RED = "RED"
    GREEN = "GREEN"


def test_a_graph_that_forgets_a_state_or_cannot_reach_one_is_refused_when_declared() -> None:
    with pytest.raises(ValueError, match="GREEN"):
        States(Light, start=Light.RED, moves={Light.RED: (Light.GREEN,)})
    with pytest.raises(ValueError, match=r"never reached.*GREEN"):
        States(Light, start=Light.RED, moves={Light.RED: (), Light.GREEN: (Light.RED,)})


@pytest.mark.parametrize("graph", [INCIDENT, SITE, FACILITY, SHIFT], ids=lambda graph: graph.kind.__name__)
def test_exactly_the_declared_moves_are_possible_and_standing_still_is(graph: States[Any]) -> None:
    for before in graph.kind:
        for after in graph.kind:
            if after == before or after in graph.moves[before]:
                assert graph.move(before, after) == after
            else:
                with pytest.raises(BadMove, match=f"from {before} to {after}"):
                    graph.move(before, after)


def test_only_archives_and_ended_duties_are_ends() -> None:
    assert [graph.ends() for graph in (INCIDENT, SITE, FACILITY, SHIFT)] == [["ARCHIVED"], [], [], ["OFF"]]
