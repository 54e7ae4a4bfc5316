"""Gateways are picked by mode at one place; an ill one, a full one or a silent one is told from the others."""

from __future__ import annotations

import asyncio
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerting.channels.console import Console
from alerting.channels.contract import Call, Outcome, Receipt
from alerting.channels.switchboard import ILL_AFTER, Pace, Switchboard
from alerting.model.plan import ChannelKind
from alerting.model.recipient import CallKind
from geodata.model.incident import IncidentMode

ACTUAL, EXERCISE, TEST = IncidentMode.ACTUAL, IncidentMode.EXERCISE, IncidentMode.TEST


def call(kind: ChannelKind = ChannelKind.SMS, mode: IncidentMode = ACTUAL) -> Call:
    return Call(
        id=uuid.uuid4().hex, kind=CallKind.ALARM, mode=mode, channel=kind, address="+491701234567", title="Alarm",
        text="Alarm K7PQ", code="K7PQ",
    )  # fmt: skip


class Recording:
    """A real gateway to this list; `answers` is what it says, in turn, the last one for ever."""

    def __init__(
        self, name: str, kind: ChannelKind, *answers: Outcome, exercise: bool = False, at_once: int = 3
    ) -> None:
        self.name, self.kind, self.exercise, self.at_once = name, kind, exercise, at_once
        self.answers, self.calls = list(answers) or [Outcome.TAKEN], list[Call]()
        self.now = self.most = 0
        self.gate = asyncio.Event()
        self.gate.set()

    async def call(self, call: Call) -> Receipt:
        self.calls.append(call)
        self.now += 1
        self.most = max(self.most, self.now)
        try:
            await self.gate.wait()
            outcome = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
            return Receipt(outcome)
        finally:
            self.now -= 1

    async def close(self) -> None:
        self.gate.set()


gateways = st.lists(
    st.tuples(st.sampled_from(ChannelKind), st.booleans(), st.sampled_from(Outcome)), max_size=12
)  # fmt: skip


@given(given=gateways, kind=st.sampled_from(ChannelKind), mode=st.sampled_from(IncidentMode))
def test_no_call_meets_a_gateway_of_the_other_world(
    given: list[tuple[ChannelKind, bool, Outcome]], kind: ChannelKind, mode: IncidentMode
) -> None:
    async def run() -> None:
        made = [Recording(str(n), k, outcome, exercise=ex) for n, (k, ex, outcome) in enumerate(given)]
        board = Switchboard(made)
        allowed = board.gateway(kind, mode)
        assert all(line.exercise is (mode is EXERCISE) for line in allowed)
        assert {line.kind for line in allowed} <= {kind, *([ChannelKind.CONSOLE] if mode is EXERCISE else [])}
        sent = await board.send(call(kind, mode))
        assert (sent.gateway is None) is (not allowed)
        # Whoever holds a line of the other world still cannot call through it.
        for line in board.lines:
            await line.call(call(kind, mode))
        for one in made:
            assert all((heard.mode is EXERCISE) is one.exercise for heard in one.calls)

    asyncio.run(run())


async def test_another_gateway_stands_in_and_an_often_ill_one_comes_last() -> None:
    ill = Recording("ill", ChannelKind.SMS, Outcome.FAILED)
    well = Recording("well", ChannelKind.SMS)
    board = Switchboard([ill, well])
    for _ in range(ILL_AFTER):
        assert (await board.send(call())).gateway == "well"
    assert len(ill.calls) == ILL_AFTER
    assert [line.name for line in board.gateway(ChannelKind.SMS, ACTUAL)] == ["well", "ill"]
    await board.send(call())
    assert len(ill.calls) == ILL_AFTER
    health = {h.name: h for h in board.health()}
    assert health["ill"].ill and health["ill"].failures == ILL_AFTER and health["ill"].last_success is None
    assert health["well"].failures == 0 and health["well"].last_success is not None


async def test_an_address_that_is_no_more_is_asked_of_nobody_else() -> None:
    first = Recording("first", ChannelKind.SMS, Outcome.REFUSED)
    second = Recording("second", ChannelKind.SMS)
    sent = await Switchboard([first, second]).send(call())
    assert sent.receipt.outcome is Outcome.REFUSED
    assert second.calls == []


async def test_nobody_stands_in_outside_of_an_exercise() -> None:
    board = Switchboard([Console(exercise=True)])
    sent = await board.send(call(ChannelKind.SMS, ACTUAL))
    assert sent.gateway is None and sent.receipt.outcome is Outcome.FAILED
    assert "no gateway for SMS in mode ACTUAL" in (sent.receipt.error or "")
    assert (await board.send(call(ChannelKind.SMS, TEST))).gateway is None
    assert (await board.send(call(ChannelKind.SMS, EXERCISE))).gateway == "console"
    assert (await board.send(call(ChannelKind.MANUAL, EXERCISE))).gateway is None


async def test_a_gateway_that_hangs_or_raises_is_a_failure_without_an_address() -> None:
    class Raising(Recording):
        async def call(self, call: Call) -> Receipt:
            raise ValueError(call.address)

    hanging = Recording("hanging", ChannelKind.SMS)
    hanging.gate.clear()
    board = Switchboard([hanging, Raising("raising", ChannelKind.SMS)], patience=0.05)
    sent = await board.send(call())
    assert sent.receipt.error == "raising failed (ValueError)"
    assert board.health()[0].error == "hanging did not answer within 0.05 s"


async def test_a_gateway_gets_no_more_calls_at_once_than_it_takes() -> None:
    narrow = Recording("narrow", ChannelKind.SMS, at_once=3)
    narrow.gate.clear()
    board = Switchboard([narrow])
    running = [asyncio.create_task(board.send(call())) for _ in range(12)]
    while narrow.now < 3:
        await asyncio.sleep(0)
    narrow.gate.set()
    await asyncio.gather(*running)
    assert narrow.most == 3 and len(narrow.calls) == 12


async def test_more_than_its_limit_per_minute_goes_elsewhere_or_later() -> None:
    dear, other = Recording("dear", ChannelKind.SMS), Recording("other", ChannelKind.SMS)
    board = Switchboard([dear, other], per_minute={"dear": 4, "other": 1})
    sent = [await board.send(call()) for _ in range(3)]
    assert [one.gateway for one in sent[:2]] == ["dear", "other"]
    assert sent[-1].receipt.outcome is Outcome.FAILED
    assert 0 < (sent[-1].receipt.retry_after or 0) <= 120
    assert board.health()[0].failures == 0


async def test_who_waits_for_his_turn_gets_it() -> None:
    quick = Recording("quick", ChannelKind.SMS, at_once=50)
    board = Switchboard([quick], per_minute={"quick": 1200})
    sent = await asyncio.gather(*(board.send(call()) for _ in range(310)))
    assert {one.receipt.outcome for one in sent} == {Outcome.TAKEN}
    assert len(quick.calls) == 310


@given(
    per_minute=st.integers(1, 400), pauses=st.lists(st.floats(0, 30, allow_nan=False), min_size=5, max_size=300)
)  # fmt: skip
def test_in_no_minute_go_more_than_may(per_minute: int, pauses: list[float]) -> None:
    now, gone = 1000.0, list[float]()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("alerting.channels.switchboard.time.monotonic", lambda: now)
        pace = Pace(per_minute)
        for pause in pauses:
            now += pause / 10
            wait = pace.take(10.0)
            if wait is not None:
                gone.append(now + wait)
    for start in gone:
        assert sum(start <= at < start + 59.999 for at in gone) <= max(per_minute, 2)


def test_two_gateways_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="same name"):
        Switchboard([Console(), Console()])
