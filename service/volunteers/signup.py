"""Somebody who wants to help registers himself: in a minute, and with no more than is needed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from alerting.model.numbers import NoNumber, e164
from alerting.model.plan import ChannelKind
from alerting.store import links, people
from alerting.store.people import HelperKind, NewHelper, Skill
from alerting.store.sealing import Seal
from geodata.model.catalogue import QUALIFICATIONS
from geodata.store import search
from geodata.store.database import Database
from service.errors import Invalid
from service.pages.forms import Form
from service.volunteers import store

ASKED = (
    "SH", "PFLEGE", "ARZT", "PSNV-B", "BETREUUNG", "KINDERSCHUTZ", "DOLMETSCHEN", "KÜCHE", "B", "BE", "C", "CE",
    "STAPLER", "RADLADER", "BAGGER", "MS-A", "ELEKTROFACHKRAFT", "STROMERZEUGER", "PUMPEN", "BF-B", "DROHNE", "IT",
    "FUNKAMATEUR",
)  # fmt: skip
"""What the form asks for; the codes are those of the catalogue."""
LANGUAGES = tuple(code for code, one in QUALIFICATIONS.items() if one.group == "SPRACHE")
TOOLS = ("gloves", "shovel", "wheelbarrow", "pump", "generator", "chainsaw", "trailer", "van", "tractor")
LINK_LASTS = timedelta(days=60)
_MAIL = re.compile(r"[^@\s<>,;:\"]{1,64}@[A-Za-z0-9.-]{1,190}\.[A-Za-z]{2,24}")


@dataclass(frozen=True, slots=True)
class Registration:
    name: str
    kind: ChannelKind
    contact: str
    adult: bool
    place: str
    skills: tuple[str, ...]
    languages: tuple[str, ...]
    tools: tuple[str, ...]


def read(form: Form) -> Registration:
    """Raises Invalid naming the field."""
    name = " ".join(form.one("name", longest=120).split())
    if len(name) < 2:
        raise Invalid("name", "name")
    age = form.one("age")
    if age not in ("adult", "minor"):
        raise Invalid("age", "age")
    if form.one("consent") != "yes":
        raise Invalid("consent", "consent")
    kind, contact = contact_of(form.one("contact", longest=254))
    return Registration(
        name, kind, contact, age == "adult", form.one("place", longest=80),
        tuple(code for code in form.all("skill") if code in ASKED),
        tuple(code for code in form.all("language") if code in LANGUAGES),
        tuple(tool for tool in form.all("tool") if tool in TOOLS),
    )  # fmt: skip


def contact_of(said: str) -> tuple[ChannelKind, str]:
    """A mail address or a telephone number, in the form in which it is found again. Raises Invalid."""
    if "@" in said:
        if not _MAIL.fullmatch(said):
            raise Invalid("contact", "contact")
        return ChannelKind.EMAIL, said.lower()
    try:
        return ChannelKind.SMS, e164(said)
    except NoNumber as error:
        raise Invalid("contact", "contact") from error


async def register(
    database: Database,
    seal: Seal,
    roster: Any,
    said: Registration,
    *,
    language: str,
    notice: Mapping[str, Any],
    now: datetime,
) -> str:
    """The token of the new helper's own page. His contact gets a code and nothing else until he proves it."""
    home, ars = await _home(database, said.place)
    skills = [Skill(code) for code in said.skills] + [Skill(f"LANG:{code}") for code in said.languages]
    new = NewHelper(
        said.name, roster.room, HelperKind.SPONTANEOUS, organisation=roster.id, adult=said.adult,
        languages=said.languages, equipment=said.tools, home=home, home_ars=ars, language=language,
        consent={"purpose": "VOLUNTEERS", "at": now.isoformat(), "by": "self", **notice},
        private={"place": said.place} if said.place else {}, skills=tuple(skills),
    )  # fmt: skip
    async with database.transaction("volunteers") as tx:
        helper = await people.add(tx.connection, seal, new, now=now)
        key = (await store.helper(tx.connection, helper)).key
        sealed, digest = seal.own(key).seal(said.contact), seal.digest(said.contact)
        await store.add_contact(tx.connection, helper, said.kind.value, sealed, digest, now)
        link = await links.make(tx.connection, helper, links.Purpose.JOB, now=now, expires=now + LINK_LASTS)
    return links.token_of(seal, link)


async def _home(database: Database, place: str) -> tuple[tuple[float, float] | None, str | None]:
    """Where that is, coarse; nothing for what is no municipality here."""
    if not place:
        return None, None
    named = re.sub(r"^\s*\d{5}\s+", "", place)
    for one in await search.search(database, named, [], limit=5):
        if one.type in ("municipality", "place") and one.point is not None:
            return one.point, one.ars
    return None, None
