"""What the server holds of what it was told. Digests tell: one that agrees asks for no repair."""

from __future__ import annotations

from service.federation.conformance.partner import Failed
from service.federation.conformance.stream import digest, withdrawn
from service.federation.conformance.trial import Table, Trial


async def agrees(it: Trial) -> None:
    await it.stream.holds(*await it.stream.told({}, {"title": "Mühlbach über die Ufer · 3 €"}))


async def unknown_kind(it: Trial) -> None:
    share, puts = await it.stream.told()
    ref = f"{it.partner.origin}/conformance_thing/1"
    strange = it.stream.put(share, "", {"deep": [{"er": None}, 1, 2.5, "Ä"]}, ref=ref)
    await it.stream.say(strange)
    await it.stream.holds(share, [*puts, strange])


async def unknown_field(it: Trial) -> None:
    share, puts = await it.stream.told({"of_a_later_version": {"a": [1, 2]}})
    await it.stream.holds(share, puts)


async def bad_item(it: Trial) -> None:
    """A whole envelope is not lost by one item; what cannot be read counts nowhere."""
    share, puts = await it.stream.told()
    good = [it.stream.put(share, "before"), it.stream.put(share, "after")]
    bad = [{"type": "put", "share": share}, {"type": "execute", "share": share}, {}, 7, None]
    await it.stream.say(good[0], *bad, good[1])  # type: ignore[arg-type]
    await it.stream.holds(share, [*puts, *good])


async def not_ours(it: Trial) -> None:
    share, puts = await it.stream.told()
    theirs = f"{it.partner.there.origin}/feature/conformance"
    body = {"key": "conformance", "layer": "conformance", "title": "Not ours"}
    wrong = [it.stream.put(share, "", body, ref=ref) for ref in (theirs, "third.example/feature/1", "no ref")]
    good = it.stream.put(share, "ours")
    await it.stream.say(*wrong, it.stream.drop(wrong[0]), good)
    await it.stream.holds(share, [*puts, good])


async def never_opened(it: Trial) -> None:
    share, puts = await it.stream.told()
    good = it.stream.put(share, "good")
    await it.stream.say(it.stream.put("never-opened", "x"), good)
    await it.stream.holds(share, [*puts, good])


async def older(it: Trial) -> None:
    share, puts = await it.stream.told()
    older, newer = it.stream.put(share, "thing", {"title": "older"}), it.stream.put(share, "thing", {"title": "newer"})
    await it.stream.say(newer, older)
    await it.stream.holds(share, [*puts, newer])


async def dropped(it: Trial) -> None:
    share, puts = await it.stream.told({}, {})
    await it.stream.say(it.stream.drop(puts[0]))
    await it.stream.holds(share, puts[1:])
    await it.stream.say(it.stream.drop(puts[0]), it.stream.drop(it.stream.put(share, "never-told")))
    await it.stream.holds(share, puts[1:])


async def told_anew(it: Trial) -> None:
    share, puts = await it.stream.told({}, {}, {})
    await it.stream.say(*it.stream.walk(share, puts[1:], "w2"))
    await it.stream.holds(share, puts[1:])


async def differs(it: Trial) -> None:
    share, puts = await it.stream.told()
    await it.stream.holds(share, puts)
    ack = await it.stream.say(digest(share, [*puts, it.stream.put(share, "never-told")]))
    if share not in ack.repair:
        raise Failed(f"repair: {share}", f"repair: {', '.join(ack.repair) or 'nothing'}")
    ack = await it.stream.say(*it.stream.walk(share, puts, "w2"))
    if share in ack.repair:
        raise Failed(f"no repair of {share} once it is told anew", f"repair: {', '.join(ack.repair)}")
    await it.stream.holds(share, puts)


async def withdrawal(it: Trial) -> None:
    share, puts = await it.stream.told()
    for _ in range(2):
        ack = await it.stream.withdraw(share)
        if share in ack.repair:
            raise Failed("no repair of a share that is withdrawn", ack.repair)
    await it.stream.say(it.stream.put(share, "too-late"), withdrawn("never-opened"))
    it.stream.open.append(share)
    await it.stream.say(*it.stream.walk(share, puts, "w2"))
    await it.stream.holds(share, puts)


CHECKS: Table = (
    ("content: what was told is held, the digest agrees", agrees),
    ("content: a kind that nobody knows is kept as it is", unknown_kind),
    ("content: a field that nobody knows does no harm", unknown_field),
    ("content: items that cannot be read are set aside, the others applied", bad_item),
    ("content: things of the server's own or a third origin are set aside", not_ours),
    ("content: an item of a share that was never opened is set aside", never_opened),
    ("content: an older version does not replace a newer one", older),
    ("content: a drop takes a thing away, also twice", dropped),
    ("content: told anew, what is not told again is gone", told_anew),
    ("content: a digest that differs is answered with repair, until told anew", differs),
    ("content: a share is withdrawn, also twice, and may come back", withdrawal),
)
