"""Sites: which moves must say why, and what a site cannot be."""

from __future__ import annotations

import pytest

from geodata.model.editing import BadEdit
from geodata.model.geometry import check, point
from geodata.model.site import SITE, Priority, Site, SiteState, needs_reason

S = SiteState


@pytest.mark.parametrize(
    ("before", "after", "asked"),
    [
        (S.REPORTED, S.VERIFIED, False),
        (S.VERIFIED, S.ASSIGNED, False),
        (S.IN_WORK, S.QUEUED, True),
        (S.DONE, S.IN_WORK, True),
        (S.CONTROLLED, S.VERIFIED, True),
        (S.REPORTED, S.NO_ACTION, True),
        (S.QUEUED, S.HANDED_OVER, True),
        (S.HANDED_OVER, S.VERIFIED, True),
        (S.NO_ACTION, S.NO_ACTION, False),
    ],
)
def test_steps_back_and_aside_must_say_why(before: SiteState, after: SiteState, asked: bool) -> None:
    assert needs_reason(before, after) is asked


def test_whatever_was_closed_can_be_opened_again() -> None:
    for state in (S.CONTROLLED, S.NO_ACTION, S.HANDED_OVER):
        assert S.VERIFIED in SITE.moves[state]


def test_a_duplicate_can_go_back_to_wherever_it_came_from() -> None:
    sources = {state for state in SiteState if S.DUPLICATE in SITE.moves[state]}
    assert sources == set(SITE.moves[S.DUPLICATE]) == set(SiteState) - {S.DUPLICATE}


def test_a_site_is_a_point() -> None:
    Site("i", 1, "x", Priority.P1, S.REPORTED, point(7, 50))
    with pytest.raises(BadEdit) as caught:
        Site("i", 1, "x", Priority.P1, S.REPORTED, check({"type": "LineString", "coordinates": [[7, 50], [7, 51]]}))
    assert caught.value.field == "geometry"
