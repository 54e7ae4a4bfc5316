"""The other direction: what the server has for us, asked for with an acknowledgement."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from service.federation.conformance.partner import OUTBOX, Failed
from service.federation.conformance.trial import Table, Trial
from service.federation.wire import envelope as wire
from service.federation.wire.envelope import Ack, Digest, Drop, Envelope, Put, Share, Walked, item_digest

MOST = 200
"""Envelopes that are read; whoever has more to tell a stranger is believed for the rest."""


async def answered(it: Trial) -> None:
    await _asked(it, Ack())


async def follows(it: Trial) -> None:
    """Everything there is, each envelope after the one before; its digests are of what it has told."""
    ack, held, open_walks = Ack(), dict[str, dict[str, int]](), dict[str, str]()
    for _ in range(MOST):
        envelope = await _asked(it, ack)
        if envelope is None or _greets(envelope, ack):
            return
        _next(envelope, ack)
        for raw in envelope.items:
            _read(it, bytes(raw), held, open_walks)
        ack = Ack(envelope.epoch, envelope.number, envelope.upto)


async def twice(it: Trial) -> None:
    """Asked twice, the stream goes on from the same place twice."""
    one, other = await _asked(it, Ack()), await _asked(it, Ack())
    places = [(e.epoch, e.number, e.after) if e else None for e in (one, other)]
    if places[0] != places[1]:
        raise Failed(f"the same place (epoch, number, after) {places[0]}", places[1])


async def lost_place(it: Trial) -> None:
    envelope = await _asked(it, Ack())
    if envelope is None or _greets(envelope, Ack()):
        return
    nowhere = Ack(envelope.epoch, envelope.number, "this-is-no-place-of-yours")
    anew = await _asked(it, nowhere)
    if anew is None or (anew.number, anew.after) != (1, "") or anew.epoch <= nowhere.epoch:
        came = f"epoch {anew.epoch} number {anew.number} after {anew.after!r}" if anew else "204"
        raise Failed(f"an epoch above {nowhere.epoch} that begins with number 1 after nothing", came)


async def no_ack(it: Trial) -> None:
    for said in (b"", b"[]", b'{"number":-1}', b'{"unknown":1}', b'{"token":"' + b"x" * 2_001 + b'"}'):
        answer = await it.partner.post(OUTBOX, said)
        if not 400 <= answer.status < 500:
            raise Failed(f"4xx (422) for {said[:40]!r}", answer)


async def acknowledged_by_the_way(it: Trial) -> None:
    envelope = await _asked(it, Ack())
    ack = Ack(envelope.epoch, envelope.number, envelope.upto) if envelope else Ack()
    (await it.stream.bring(it.stream.greeting(ack=msgspec.to_builtins(ack)))).ack()


async def _asked(it: Trial, ack: Ack) -> Envelope | None:
    answer = (await it.partner.post(OUTBOX, wire.write.encode(ack))).demand(200, 204).signed()
    if answer.status == 204:
        return None
    try:
        envelope = wire.read.decode(answer.body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Failed("an Envelope", error) from error
    there = it.partner.there
    expected = (there.origin, it.partner.origin, there.mode)
    if (envelope.sender, envelope.recipient, envelope.mode) != expected:
        raise Failed(f"sender, recipient, mode {expected}", (envelope.sender, envelope.recipient, envelope.mode))
    if len(answer.body) > wire.MOST_BYTES:
        raise Failed(f"at most {wire.MOST_BYTES} bytes", len(answer.body))
    if envelope.at.tzinfo is None or abs((envelope.at - datetime.now(UTC)).total_seconds()) > 300:
        raise Failed("the time now, with a zone, in `at`", envelope.at.isoformat())
    return envelope


def _greets(envelope: Envelope, ack: Ack) -> bool:
    return not envelope.items and (envelope.epoch, envelope.number) == (ack.epoch, ack.number)


def _next(envelope: Envelope, ack: Ack) -> None:
    place = (envelope.epoch, envelope.number, envelope.after)
    anew = envelope.epoch > ack.epoch and place[1:] == (1, "")
    if not anew and place != (ack.epoch, ack.number + 1, ack.token):
        raise Failed(f"number {ack.number + 1} after {ack.token!r} in epoch {ack.epoch}, or a new epoch", place)


def _read(it: Trial, raw: bytes, held: dict[str, dict[str, int]], walks: dict[str, str]) -> None:
    """`held`: by share and ref, the digest of what was told. `walks`: those that are under way."""
    try:
        item = wire.read_item.decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Failed("items as agreed", f"{error}: {raw[:120]!r}") from error
    if isinstance(item, Share):
        if item.state == "WITHDRAWN":
            held.pop(item.share, None)
            return
        held[item.share] = {}
        walks[item.share] = item.walk or ""
        return
    if item.share not in held:
        raise Failed("nothing of a share that is not open", f"{item.share}: {raw[:120]!r}")
    things = held[item.share]
    if isinstance(item, Put | Drop) and not item.path and not item.ref.startswith(f"{it.partner.there.origin}/"):
        raise Failed("things of the server's own origin, or passed on with a path", item.ref)
    if isinstance(item, Put):
        things[item.ref] = int.from_bytes(item_digest(item), "big")
    elif isinstance(item, Drop):
        things.pop(item.ref, None)
    elif isinstance(item, Walked) and walks.get(item.share) != item.walk:
        raise Failed(f"the end of walk {walks.get(item.share)!r}", item.walk)
    elif isinstance(item, Digest):
        _agree(item, things)


def _agree(said: Digest, things: dict[str, int]) -> None:
    total = 0
    for one in things.values():
        total ^= one
    if (said.count, said.digest) != (len(things), f"{total:064x}"):
        raise Failed(f"{said.share}: the digest of the {len(things)} things told", f"count {said.count} {said.digest}")


CHECKS: Table = (
    ("outbox: an Ack is answered with an Envelope, or 204", answered),
    ("outbox: envelopes follow each other; items, walks and digests are right", follows),
    ("outbox: asked again with the same Ack, the same place", twice),
    ("outbox: what is no Ack, 4xx", no_ack),
    ("outbox: an Ack within our envelope is taken", acknowledged_by_the_way),
    ("outbox: a place that is none of its own begins a new epoch", lost_place),
)
