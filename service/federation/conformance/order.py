"""Which envelope is the next one, and what is said to any other."""

from __future__ import annotations

from typing import Any

from service.federation.conformance.partner import Failed
from service.federation.conformance.trial import Table, Trial


async def greeting(it: Trial) -> None:
    ack = (await it.stream.bring(it.stream.greeting())).ack()
    if (ack.epoch, ack.number, ack.token) != (0, 0, ""):
        raise Failed("an Ack of nothing yet (0, 0, no token)", (ack.epoch, ack.number, ack.token))


async def first(it: Trial) -> None:
    share = it.stream.new_share()
    walk = it.stream.walk(share, [it.stream.put(share, "first")])
    ack = await it.stream.say(*walk, epoch=1, number=1, after="")
    if ack.repair:
        raise Failed("no repair", ack.repair)


async def again(it: Trial) -> None:
    said = it.stream.envelope(*_some(it))
    had = (await it.stream.bring(said)).ack()
    if had.number != said["number"]:
        raise Failed(f"an Ack of number {said['number']}", had.number)
    it.stream.ack = had
    await it.stream.unmoved(await it.stream.bring(said), 200)


async def old_number(it: Trial) -> None:
    await _unmoved(it, 200, number=it.stream.ack.number, upto="other")


async def gap(it: Trial) -> None:
    await _unmoved(it, 409, number=it.stream.ack.number + 2)


async def elsewhere(it: Trial) -> None:
    await _unmoved(it, 409, after="elsewhere")


async def old_epoch(it: Trial) -> None:
    await _unmoved(it, 200, epoch=it.stream.ack.epoch - 1, number=1, after="")


async def new_epoch_late(it: Trial) -> None:
    await _unmoved(it, 409, epoch=it.stream.ack.epoch + 5)


async def new_epoch_after(it: Trial) -> None:
    await _unmoved(it, 409, epoch=it.stream.ack.epoch + 5, number=1, after=it.stream.ack.token)


async def new_epoch(it: Trial) -> None:
    share = it.stream.new_share()
    puts = [it.stream.put(share, "anew")]
    await it.stream.say(*it.stream.walk(share, puts), epoch=it.stream.ack.epoch + 5, number=1, after="")
    it.stream.open = [share]
    await it.stream.holds(share, puts)


async def misdirected(it: Trial) -> None:
    other = next(mode for mode in ("ACTUAL", "EXERCISE") if mode != it.partner.there.mode)
    for wrong in ({"sender": "somebody"}, {"recipient": "somebody"}, {"mode": other}):
        answer = await it.stream.bring(it.stream.envelope(*_some(it), **wrong))
        if not 400 <= answer.status < 500 or answer.status == 409:
            raise Failed(f"4xx (422) for {wrong}", answer)
        await it.stream.still()


async def _unmoved(it: Trial, status: int, **other: Any) -> None:
    await it.stream.unmoved(await it.stream.bring(it.stream.envelope(*_some(it), **other)), status)


def _some(it: Trial) -> list[dict[str, Any]]:
    """Something to say in a share that is open there."""
    return [it.stream.put(it.stream.open[-1] if it.stream.open else "c0", "more")]


CHECKS: Table = (
    ("stream: a greeting is answered with what the server has", greeting),
    ("stream: the first envelope is applied (share, walk, put, walked)", first),
    ("stream: the same envelope again, 200 and the same Ack", again),
    ("stream: a number of before with other items changes nothing, 200", old_number),
    ("stream: a number left out, 409 with the Ack", gap),
    ("stream: after another place, 409 with the Ack", elsewhere),
    ("stream: a lower epoch changes nothing, 200", old_epoch),
    ("stream: a higher epoch that does not begin at number 1, 409", new_epoch_late),
    ("stream: a higher epoch that goes on after something, 409", new_epoch_after),
    ("stream: a higher epoch with number 1 begins anew", new_epoch),
    ("stream: wrong sender, recipient or mode, 4xx", misdirected),
)
