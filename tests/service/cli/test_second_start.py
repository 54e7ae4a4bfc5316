"""How long people wait for a node that was there before."""

from __future__ import annotations

import pytest

from tests.node import Node


@pytest.mark.alone
def test_a_second_start_takes_less_than_15_seconds() -> None:
    node = Node()
    try:
        node.start()
        assert node.stop() == 0
        assert node.start() < 15
    finally:
        node.close()
