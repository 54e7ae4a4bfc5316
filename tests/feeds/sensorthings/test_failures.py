"""The ways in which sources fail, for another town's server: shown each time, nothing lost, back by itself."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from feeds.configured.source import made
from feeds.fetching import Client
from feeds.health import Condition
from feeds.source import Source
from tests.feeds.configured.blocks import NOW
from tests.feeds.conftest import HandClock, Kept, Reply, Server
from tests.feeds.sensorthings.answers import datastream, observation, of_town, page

LIST, VALUES = "/v1.1/Datastreams", "/v1.1/Datastreams(1)/Observations"
WHOLE = page(datastream(1, observation("2026-10-03T12:04:00Z", 2.0)))
FAULTS = {
    "403": Reply(status=403),
    "404": Reply(status=404),
    "429": Reply(status=429, headers={"Retry-After": "7"}),
    "500": Reply(status=500),
    "empty": Reply(),
    "html": Reply(body=b"<html><body>Wartung</body></html>"),
    "truncated": Reply(body=WHOLE[: len(WHOLE) // 2]),
    "cut": Reply(body=WHOLE, cut=40),
    "timeout": Reply(body=WHOLE, stall=5.0),
    "elsewhere": Reply(status=302, headers={"Location": "https://anders.example/v1.1/Datastreams"}),
}


@pytest.fixture
async def hasty() -> AsyncIterator[Client]:
    client = Client(deadline=1.0)
    yield client
    await client.aclose()


def watched(server: Server, client: Client, sink: Kept, clock: HandClock) -> Source:
    clock.shown = NOW
    feed = made("town", of_town('newest_within = "30 min"'))(f"{server.url}/v1.1")
    return Source(feed, client, sink, clock, limit=10.0)


@pytest.mark.parametrize("place", [LIST, VALUES])
@pytest.mark.parametrize("fault", FAULTS)
async def test_a_failing_server_is_shown_and_what_came_meanwhile_is_read_afterwards(
    server: Server, hasty: Client, sink: Kept, clock: HandClock, fault: str, place: str
) -> None:
    source = watched(server, hasty, sink, clock)
    server.says(LIST, page(datastream(1, observation())))
    server.says(VALUES, page(observation()))
    await source.look()
    assert source.health.condition(NOW) is Condition.FRESH and len(sink.batches) == 1

    clock.move(minutes=5)
    later = page(observation("2026-10-03T12:04:00Z", 2.0))
    server.says(LIST, WHOLE)
    server.says(VALUES, later)
    server.says(place, FAULTS[fault])
    with capture_logs() as lines:
        await source.look()
        await source.look()
        assert source.health.error and source.health.failures == 2
        assert all(not batch.observations for _, batch in sink.batches[1:])
        if fault == "429":
            assert source.retry_after == 7 or place == VALUES
        server.says(LIST, WHOLE)
        server.says(VALUES, later)
        await source.look()
    assert source.health.condition(clock.now()) is Condition.FRESH
    assert [o.value for o in sink.batches[-1][1].observations] == [200.0]
    assert [line["event"] for line in lines] == ["source broke", "source is back"]


async def test_a_server_that_says_yesterdays_state_for_ever_is_shown(
    server: Server, hasty: Client, sink: Kept, clock: HandClock
) -> None:
    source = watched(server, hasty, sink, clock)
    server.says(LIST, page(datastream(1, observation())))
    server.says(VALUES, page(observation()))
    await source.look()
    old = page(datastream(1, observation("2026-10-02T12:00:00Z")))
    server.says(LIST, old)
    clock.move(minutes=31)
    await source.look()
    assert source.health.error and source.health.error.startswith("nothing new")
    assert len(sink.batches[-1][1].observations) == 0


async def test_a_server_whose_clock_runs_ahead_is_shown_and_forgotten_when_it_is_right_again(
    server: Server, hasty: Client, sink: Kept, clock: HandClock
) -> None:
    source = watched(server, hasty, sink, clock)
    ahead = observation((NOW + timedelta(hours=48)).isoformat(), 9.0)
    server.says(LIST, page(datastream(1, ahead)))
    server.says(VALUES, page(ahead))
    await source.look()
    assert source.health.error == "all 1 items refused: time lies in the future"
    server.says(LIST, page(datastream(1, observation())))
    server.says(VALUES, page(observation()))
    await source.look()
    assert source.health.condition(NOW) is Condition.FRESH
    assert [o.value for o in sink.batches[-1][1].observations] == [150.0]
