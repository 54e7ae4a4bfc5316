"""What the forms of one's own page change. Each raises Invalid naming the field, and changes nothing then."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, date, datetime
from email.utils import parseaddr

import msgspec

from alerting.model.availability import ZONE, Availability, Quiet, Ready, State, Window
from alerting.model.numbers import NoNumber, e164
from alerting.model.plan import ChannelKind, Verification
from alerting.store.people import Address
from alerting.store.sealing import Seal
from geodata.model.catalogue import QUALIFICATIONS
from geodata.model.editing import BadEdit
from geodata.store.database import Transaction
from service.errors import Invalid
from service.pages.forms import Form
from service.phone.own import store
from service.phone.own.store import Own

MOST_CHANNELS = 12
_TYPED = (ChannelKind.SMS, ChannelKind.VOICE, ChannelKind.EMAIL)
_HHMM = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
_TAG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_MAIL = re.compile(r"[^@\s<>]{1,64}@[^@\s<>]{1,190}\.[^@\s<>.]{2,63}")


async def available(tx: Transaction, own: Own, form: Form, now: datetime) -> None:
    ready = _ready(form.one("ready"))
    minutes = form.number("minutes", least=1, most=1440) if ready is Ready.READY_WITHIN else None
    if ready is Ready.READY_WITHIN and minutes is None:
        raise Invalid("minutes", "minutes: how many")
    not_before = _moment(form.one("not_before"))
    begins, ends = _clock(form, "quiet_from"), _clock(form, "quiet_until")
    if (begins is None) != (ends is None):
        raise Invalid("quiet_until", "quiet hours: from and until")
    quiet = Quiet(begins, ends) if begins and ends else None
    said = replace(own.availability, usual=State(ready, minutes), not_before=not_before, quiet=quiet)
    await store.say_available(tx, own.id, said, now)


async def add_window(tx: Transaction, own: Own, form: Form, now: datetime) -> None:
    days = tuple(sorted({int(day) for day in form.all("day") if day in "1234567" and len(day) == 1}))
    begins, ends = _clock(form, "begins"), _clock(form, "ends")
    if not days or begins is None or ends is None:
        raise Invalid("day", "a week's time needs days, from and until")
    window = Window(days, begins, ends, State(_ready(form.one("ready"), without_minutes=True)))
    if len(own.availability.weekly) >= 42:
        raise Invalid("day", "at most 42 times in a week")
    await store.say_available(tx, own.id, _with(own.availability, (*own.availability.weekly, window)), now)


async def drop_window(tx: Transaction, own: Own, form: Form, now: datetime) -> None:
    number = form.number("number", least=0, most=41)
    kept = tuple(w for n, w in enumerate(own.availability.weekly) if n != number)
    await store.say_available(tx, own.id, _with(own.availability, kept), now)


async def add_channel(tx: Transaction, own: Own, form: Form, now: datetime, seal: Seal, key: bytes) -> None:
    kind = next((k for k in _TYPED if k.value == form.one("kind")), None)
    if kind is None:
        raise Invalid("kind", "kind: SMS, VOICE or EMAIL")
    if len(own.channels) >= MOST_CHANNELS:
        raise Invalid("kind", f"at most {MOST_CHANNELS} ways to be reached")
    address = Address(kind, typed(kind, form.one("address")))
    await store.add_channel(tx, seal, own.id, key, address, position=len(own.channels), now=now)


def typed(kind: ChannelKind, text: str) -> str:
    """The address as it is kept. Raises Invalid, which does not repeat it."""
    if kind is ChannelKind.EMAIL:
        if parseaddr(text)[1] != text or not _MAIL.fullmatch(text):
            raise Invalid("address", "address: write an e-mail address such as name@example.org")
        return text
    try:
        return e164(text)
    except NoNumber as error:
        raise Invalid("address", f"address: {error}") from error


async def move_channel(tx: Transaction, own: Own, form: Form) -> None:
    """One place up."""
    ids = [channel.id for channel in own.channels]
    if (id := form.one("channel")) in ids[1:]:
        at = ids.index(id)
        ids[at - 1], ids[at] = ids[at], ids[at - 1]
    await store.order_channels(tx, own.id, ids)


async def answered_test(tx: Transaction, own: Own, form: Form, now: datetime) -> None:
    if form.one("heard") == "yes":
        await store.heard(tx, own.id, form.one("channel"), now)
    else:
        await store.not_heard(tx, own.id, form.one("channel"), "Testalarm nicht angekommen / test did not arrive")


async def declare(tx: Transaction, own: Own, form: Form) -> None:
    code = form.one("code", longest=60)
    known = QUALIFICATIONS.get(code)
    if known is None:
        raise Invalid("code", "code: choose one of the list")
    if any(s.code == code and s.verification is not Verification.SELF_DECLARED for s in own.skills):
        return
    until = form.one("valid_until", longest=10)
    try:
        valid_until = date.fromisoformat(until) if until else None
    except ValueError as error:
        raise Invalid("valid_until", "valid_until: a day such as 2027-12-31") from error
    await store.declare(tx, own.id, code, None, valid_until)


async def about(tx: Transaction, own: Own, form: Form, now: datetime, known: Collection[str]) -> None:
    language = form.one("language", longest=20)
    if language not in known:
        raise Invalid("language", "language: choose one of the list")
    tags = list(dict.fromkeys(re.split(r"[\s,;]+", form.one("languages", longest=200).lower())))
    tags = [tag for tag in tags if tag]
    for tag in tags:
        if not _TAG.fullmatch(tag):
            raise Invalid("languages", "languages: short signs such as de, en, tr, uk")
    equipment = [" ".join(part.split()) for part in form.one("equipment", longest=1000).split(",")]
    kept = [part[:80] for part in equipment if part][:30]
    await store.write_about(tx, own.id, language=language, languages=tags[:20], equipment=kept, now=now)


async def home(tx: Transaction, own: Own, form: Form, now: datetime) -> None:
    if not await store.move_home(tx, own.id, form.one("home", longest=80), now):
        raise Invalid("home", "home: the name of a municipality, as on the map")


async def consent(tx: Transaction, own: Own, form: Form, now: datetime) -> None:
    """What is asked and when it was said, each time."""
    said = {name: {"given": name in form, "at": now.astimezone(UTC).isoformat()} for name in ("contact", "share")}
    await store.consent(tx, own.id, said, now)


def _with(said: Availability, weekly: tuple[Window, ...]) -> Availability:
    try:
        return replace(said, weekly=weekly)
    except (BadEdit, msgspec.ValidationError) as error:
        raise Invalid("day", str(error)) from error


def _ready(text: str, *, without_minutes: bool = False) -> Ready:
    allowed = {ready.value: ready for ready in Ready if not (without_minutes and ready is Ready.READY_WITHIN)}
    if text not in allowed:
        raise Invalid("ready", "ready: choose one")
    return allowed[text]


def _clock(form: Form, name: str) -> str | None:
    text = form.one(name, longest=8)
    if text and not _HHMM.fullmatch(text):
        raise Invalid(name, f"{name}: a time such as 22:00")
    return text or None


def _moment(text: str) -> datetime | None:
    """As the clock on the wall here shows it."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=ZONE) if text else None
    except ValueError as error:
        raise Invalid("not_before", "not_before: a day and time such as 2026-12-24T08:00") from error
