from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta
from typing import Any, ClassVar

import pytest
from structlog.testing import capture_logs

from feeds.contract import Batch, Http
from feeds.decoding import decoded
from feeds.health import Condition, FeedHealth
from feeds.runner import Runner
from geodata.model.level import Level
from geodata.model.observation import Observation
from geodata.model.warning import OfficialWarning, WarningText


class Numbers:
    """Reads {"at", "values": [], "warnings": {key: sent}}."""

    name: ClassVar[str] = "numbers"
    title = publisher = licence = attribution = home = "numbers"
    every: ClassVar[timedelta] = timedelta(hours=1)
    stale_after: ClassVar[timedelta] = timedelta(hours=3)
    newest_within: ClassVar[timedelta | None] = None

    def __init__(self, base_url: str | None = None, *, area: str | None = "05") -> None:
        self.base_url = base_url
        self.started = 0

    async def poll(self, http: Http, now: datetime) -> Batch:
        self.started += 1
        answer = await http.get(f"{self.base_url}/numbers")
        if answer.unchanged:
            return Batch(unchanged=True)
        return self.parse("", answer.body, now)

    def recognises(self, path: str, payload: bytes) -> bool:
        return False

    def parse(self, path: str, payload: bytes, now: datetime) -> Batch:
        found = decoded(payload, dict[str, Any], "numbers")
        at = datetime.fromisoformat(found["at"])
        warnings = [
            OfficialWarning(key, "x", datetime.fromisoformat(sent), "Minor", Level.LOW, (WarningText("de", key),))
            for key, sent in found.get("warnings", {}).items()
        ]
        return Batch(
            observations=[Observation("numbers.1", "W", at, value, "cm") for value in found.get("values", [])],
            warnings=warnings,
            complete=bool(found.get("complete")),
            newest=at,
        )


class Rhythmic(Numbers):
    newest_within: ClassVar[timedelta | None] = timedelta(hours=2)


class Hanging(Numbers):
    name: ClassVar[str] = "hanging"

    async def poll(self, http: Http, now: datetime) -> Batch:
        await asyncio.sleep(60)
        return Batch()


class Faulty(Numbers):
    name: ClassVar[str] = "faulty"

    async def poll(self, http: Http, now: datetime) -> Batch:
        raise KeyError("a mistake of ours")


def numbers(at: datetime, *values: float, **more: Any) -> bytes:
    return json.dumps({"at": at.isoformat(), "values": values, **more}).encode()


Made = Callable[..., Runner]


@pytest.fixture
async def made(server: Any, sink: Any, clock: Any, client: Any) -> AsyncIterator[Made]:
    runners = []

    def make(*kinds: type[Numbers], **options: Any) -> Runner:
        runner = Runner([kind(server.url) for kind in kinds], sink, clock, client=client, **options)
        runners.append(runner)
        return runner

    yield make
    for runner in runners:
        await runner.stop()


async def until(condition: Callable[[], bool], seconds: float = 5.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "did not happen in time"
        await asyncio.sleep(0.01)


async def test_a_started_runner_looks_at_once_and_beats(made: Made, server: Any, sink: Any, clock: Any) -> None:
    server.says("/numbers", numbers(clock.now(), 1.0))
    beats: list[int] = []
    runner = made(Numbers, heartbeat=lambda: beats.append(1))
    await runner.start()
    await until(lambda: bool(sink.batches and beats and sink.health))
    assert runner.health["numbers"].condition(clock.now()) is Condition.FRESH
    assert sink.health[-1].items == 1


async def test_a_source_that_breaks_and_returns_is_told_in_one_line_each(
    made: Made, server: Any, clock: Any, reply: Any
) -> None:
    good = numbers(clock.now(), 1.0)
    server.says("/numbers", good, reply(500), reply(500), reply(status=200, body=b"<html>"), good, good)
    runner = made(Numbers)
    with capture_logs() as lines:
        for _ in range(6):
            await runner.poll_now("numbers")
            clock.move(minutes=1)
    assert [(line["event"], line["log_level"]) for line in lines] == [
        ("source broke", "warning"),
        ("source is back", "info"),
    ]
    assert lines[0]["reason"] == "HTTP 500 Internal Server Error"
    assert lines[0]["feed"] == "numbers"


async def test_failures_lead_from_late_to_down_and_the_last_facts_keep_their_counts(
    made: Made, server: Any, clock: Any, reply: Any
) -> None:
    server.says("/numbers", numbers(clock.now(), 1.0, 2.0), reply(503))
    runner = made(Numbers)
    seen = []
    for _ in range(4):
        health = await runner.poll_now("numbers")
        seen.append((health.condition(clock.now()), health.failures, health.items))
    late, down = Condition.LATE, Condition.DOWN
    assert seen == [(Condition.FRESH, 0, 2), (late, 1, 2), (late, 2, 2), (down, 3, 2)]


async def test_waits_double_up_to_ten_minutes_and_keep_to_retry_after(made: Made, server: Any, reply: Any) -> None:
    server.says("/numbers", reply(500))
    runner = made(Numbers, jitter=lambda low, high: 1.0)
    waits = []
    for _ in range(8):
        await runner.poll_now("numbers")
        waits.append(runner.wait("numbers"))
    assert waits == [15, 30, 60, 120, 240, 480, 600, 600]

    server.says(
        "/numbers",
        numbers(datetime.fromisoformat("2026-07-14T12:00:00Z"), 1.0),
        reply(429, b"", {"Retry-After": "100"}),
    )
    await runner.poll_now("numbers")
    await runner.poll_now("numbers")
    assert runner.wait("numbers") == 100

    server.says("/numbers", reply(429, b"", {"Retry-After": "86400"}))
    await runner.poll_now("numbers")
    assert runner.wait("numbers") == 600


async def test_waits_are_never_longer_than_ten_intervals_and_spread_by_chance(
    made: Made, server: Any, reply: Any
) -> None:
    server.says("/numbers", reply(500))
    runner = made(Numbers, every={"numbers": timedelta(seconds=2)})
    waits = set()
    for _ in range(12):
        await runner.poll_now("numbers")
        waits.add(runner.wait("numbers"))
    assert max(waits) == 20
    assert len({runner.wait("numbers") for _ in range(5)} | waits) > 4


async def test_unchanged_is_a_success_that_changes_no_count(
    made: Made, server: Any, sink: Any, clock: Any, reply: Any
) -> None:
    server.says("/numbers", reply(body=numbers(clock.now(), 1.0), headers={"ETag": '"1"'}))
    runner = made(Numbers)
    await runner.poll_now("numbers")
    clock.move(minutes=50)
    health = await runner.poll_now("numbers")
    assert [batch.unchanged for _, batch in sink.batches] == [False, True]
    assert (health.last_success, health.items, health.error) == (clock.now(), 1, None)


async def test_a_garbled_answer_cannot_make_the_next_304_look_fine(
    made: Made, server: Any, clock: Any, reply: Any
) -> None:
    server.says("/numbers", reply(body=b"<html>", headers={"ETag": '"1"'}))
    runner = made(Numbers)
    first, second = await runner.poll_now("numbers"), await runner.poll_now("numbers")
    assert first.failures == 1
    assert second.failures == 2
    assert "HTML" in str(second.error)


async def test_what_the_sink_did_not_take_is_delivered_again_and_nothing_is_unchanged_before(
    made: Made, server: Any, sink: Any, clock: Any, reply: Any
) -> None:
    server.says("/numbers", reply(body=numbers(clock.now(), 7.0), headers={"ETag": '"1"'}))
    runner = made(Numbers)
    sink.fails = 2
    with capture_logs() as lines:
        for _ in range(2):
            health = await runner.poll_now("numbers")
            assert "the database is away" in str(health.error)
            assert health.condition(clock.now()) is not Condition.FRESH
        assert server.times("/numbers") == 1, "a source is not asked while its last answer waits"
        await runner.poll_now("numbers")

    assert [batch.observations[0].value for _, batch in sink.batches[:1]] == [7.0]
    assert [batch.unchanged for _, batch in sink.batches] == [False, True]
    assert [line["event"] for line in lines] == ["source broke", "source is back"]


async def test_a_batch_that_is_never_taken_does_not_silence_its_source(
    made: Made, server: Any, sink: Any, clock: Any
) -> None:
    server.says("/numbers", numbers(clock.now(), 1.0), numbers(clock.now(), 2.0))
    runner = made(Numbers)
    sink.fails = 10
    for _ in range(11):
        await runner.poll_now("numbers")
    assert [batch.observations[0].value for _, batch in sink.batches] == [2.0]
    assert runner.health["numbers"].failures == 0


async def test_impossible_values_are_kept_aside_one_by_one(made: Made, server: Any, sink: Any, clock: Any) -> None:
    server.says("/numbers", numbers(clock.now(), 120.0, 9_000.0, -28.0))
    health = await made(Numbers).poll_now("numbers")
    assert [o.value for o in sink.batches[0][1].observations] == [120.0, -28.0]
    assert health.dropped_reasons == {"value is outside the possible range": 1}
    assert health.failures == 0


async def test_a_source_whose_clock_is_wrong_has_failed_and_is_asked_in_full_again(
    made: Made, server: Any, sink: Any, clock: Any, reply: Any
) -> None:
    ahead = numbers(clock.now() + timedelta(hours=3), 120.0)
    server.says("/numbers", reply(body=ahead, headers={"ETag": '"1"'}))
    runner = made(Rhythmic)
    health = await runner.poll_now("numbers")
    assert sink.batches[0][1].observations == []
    assert health.dropped_reasons == {"time lies in the future": 1}
    assert "future" in str(health.error)
    assert health.newest is None

    clock.move(hours=3)
    health = await runner.poll_now("numbers")
    assert [o.value for o in sink.batches[1][1].observations] == [120.0]
    assert health.error is None


async def test_a_warning_from_the_future_is_kept_aside_and_ends_nothing(
    made: Made, server: Any, sink: Any, clock: Any
) -> None:
    sent = {"a": clock.now().isoformat(), "b": (clock.now() + timedelta(hours=5)).isoformat()}
    server.says("/numbers", numbers(clock.now(), warnings=sent, complete=True))
    await made(Numbers).poll_now("numbers")
    batch = sink.batches[0][1]
    assert [w.key for w in batch.warnings] == ["a"]
    assert batch.still_in_force == {"b"}
    assert batch.complete


async def test_yesterdays_values_again_are_told_once_and_look_stale(made: Made, server: Any, clock: Any) -> None:
    yesterday = numbers(clock.now() - timedelta(days=1), 1.0)
    server.says("/numbers", numbers(clock.now(), 1.0), yesterday, yesterday, numbers(clock.now(), 2.0))
    runner = made(Rhythmic)
    with capture_logs() as lines:
        seen = [(await runner.poll_now("numbers")).condition(clock.now()) for _ in range(4)]
    assert seen == [Condition.FRESH, Condition.STALE, Condition.STALE, Condition.FRESH]
    assert [line["event"] for line in lines] == ["source broke", "source is back"]


async def test_yesterdays_state_of_warnings_ends_nothing_and_brings_nothing_back(
    made: Made, server: Any, sink: Any, clock: Any
) -> None:
    then = clock.now() - timedelta(days=1)
    today = numbers(clock.now(), warnings={"new": clock.now().isoformat()}, complete=True)
    server.says("/numbers", today, numbers(then, warnings={"old": then.isoformat()}, complete=True), today)
    runner = made(Rhythmic)
    seen = [(await runner.poll_now("numbers")).condition(clock.now()) for _ in range(3)]
    stated = [([w.key for w in batch.warnings], batch.complete) for _, batch in sink.batches]
    assert stated == [(["new"], True), ([], False), (["new"], True)]
    assert seen == [Condition.FRESH, Condition.LATE, Condition.FRESH]


async def test_a_hanging_feed_is_given_up_and_holds_up_no_other(made: Made, server: Any, clock: Any) -> None:
    server.says("/numbers", numbers(clock.now(), 1.0))
    runner = made(Hanging, Numbers, limit=0.5)
    await runner.start()
    await until(lambda: runner.health["numbers"].last_success is not None, 0.4)
    await until(lambda: runner.health["hanging"].failures == 1, 2)
    assert "longer than 0.5 s" in str(runner.health["hanging"].error)


async def test_a_fault_in_a_feeds_code_is_its_own_failure(made: Made, server: Any, clock: Any) -> None:
    server.says("/numbers", numbers(clock.now(), 1.0))
    runner = made(Faulty, Numbers)
    with capture_logs() as lines:
        await runner.poll_now("faulty")
        await runner.poll_now("faulty")
        await runner.poll_now("numbers")
    assert "KeyError" in str(runner.health["faulty"].error)
    assert [line["event"] for line in lines] == ["fault in a feed", "source broke"]
    assert runner.health["numbers"].failures == 0


async def test_two_who_ask_at_once_share_one_look(made: Made, server: Any, clock: Any, reply: Any) -> None:
    server.says("/numbers", reply(body=numbers(clock.now(), 1.0), stall=0.2))
    runner = made(Numbers)
    await asyncio.gather(*(runner.poll_now("numbers") for _ in range(5)))
    assert server.times("/numbers") == 1


async def test_a_paused_source_is_not_asked_until_it_is_resumed(made: Made, server: Any, sink: Any, clock: Any) -> None:
    server.says("/numbers", numbers(clock.now(), 1.0))
    runner = made(Numbers, every={"numbers": timedelta(seconds=1)})
    await runner.start()
    await until(lambda: server.times("/numbers") >= 1)
    await runner.pause("numbers")
    asked = server.times("/numbers")
    assert sink.health[-1].condition(clock.now()) is Condition.PAUSED
    await asyncio.sleep(1.5)
    assert server.times("/numbers") <= asked + 1
    asked = server.times("/numbers")
    await runner.resume("numbers")
    await until(lambda: server.times("/numbers") > asked)
    assert not sink.health[-1].paused


async def test_a_restart_remembers_since_when_a_source_is_broken(made: Made, server: Any, clock: Any) -> None:
    known = FeedHealth(
        "numbers", "old", "old", "old", "old", "old", 1, 1, failures=4, error="HTTP 500", paused=False,
        last_success=clock.now() - timedelta(hours=9), since=clock.now() - timedelta(hours=8),
    )  # fmt: skip
    server.says("/numbers", numbers(clock.now(), 1.0))
    runner = made(Numbers, known={"numbers": known})
    before = runner.health["numbers"]
    assert (before.title, before.condition(clock.now())) == ("numbers", Condition.DOWN)
    with capture_logs() as lines:
        await runner.poll_now("numbers")
    assert [line["event"] for line in lines] == ["source is back"]


async def test_a_fast_exercise_is_asked_as_often_in_its_own_time_but_not_more_than_each_second(
    made: Made, server: Any, clock: Any
) -> None:
    server.says("/numbers", numbers(clock.now(), 1.0))
    runner = made(Numbers)
    clock.speed = 60.0
    assert runner.interval("numbers") == 60
    clock.speed = 100_000.0
    assert runner.interval("numbers") == 1
    health = await runner.poll_now("numbers")
    assert health.every == 100_000
    assert health.condition(clock.now() + timedelta(seconds=150_000)) is Condition.FRESH


async def test_when_the_exercise_jumps_every_source_is_asked_at_once(made: Made, server: Any, clock: Any) -> None:
    server.says("/numbers", numbers(clock.now(), 1.0))
    runner = made(Numbers)
    await runner.start()
    await until(lambda: server.times("/numbers") == 1)
    await asyncio.sleep(1.1)
    clock.move(days=2)
    await until(lambda: server.times("/numbers") == 2, 4)


async def test_health_shows_a_hanging_source_within_one_interval_and_five_seconds(
    made: Made, server: Any, clock: Any, reply: Any
) -> None:
    server.says("/numbers", numbers(clock.now(), 1.0), reply(stall=30))
    runner = made(Numbers)
    health = await runner.poll_now("numbers")
    asked = asyncio.create_task(runner.poll_now("numbers"))
    after = clock.now() + timedelta(hours=1, seconds=5.1)
    assert health.condition(after) is Condition.LATE
    asked.cancel()
