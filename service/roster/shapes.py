"""What is sent about people, checked as it comes in. Every text is short, every list has an end."""

from __future__ import annotations

import re
from datetime import date, datetime
from email.utils import parseaddr
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from alerting.model.availability import Availability
from alerting.model.numbers import NoNumber, e164
from alerting.model.plan import ChannelKind, Verification
from alerting.store.people import HelperKind
from geodata.model.catalogue import QUALIFICATIONS
from geodata.model.editing import BadEdit
from service.bodies import Base

Short = Annotated[str, Meta(min_length=1, max_length=120)]
Note = Annotated[str, Meta(max_length=2000)]
Names = Annotated[list[Short], Meta(max_length=40)]
Lon = Annotated[float, Meta(ge=-180, le=180)]
Lat = Annotated[float, Meta(ge=-90, le=90)]
Language = Annotated[str, Meta(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,2}$")]
_MAIL = re.compile(r"[^@\s<>]{1,64}@[^@\s<>]{1,190}\.[^@\s<>.]{2,63}")
_LANGUAGE = re.compile(r"LANG:[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,2}")
_NUMBERS = (ChannelKind.SMS, ChannelKind.VOICE, ChannelKind.MANUAL)
MOST_CHANNELS = 12


class Consent(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """On what an item of data rests: BHKG § 46, or the person's consent and when it was given."""

    basis: Literal["BHKG_46", "CONSENT"]
    given_at: datetime | None = None
    note: Annotated[str, Meta(max_length=300)] | None = None


class Private(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """Sealed. Of fitness only until when it is attested, never a finding."""

    birth_year: Annotated[int, Meta(ge=1900, le=2100)] | None = None
    emergency_contact: Annotated[str, Meta(max_length=300)] | None = None
    fit_until: date | None = None
    note: Note | None = None


class PersonFields(msgspec.Struct, forbid_unknown_fields=True):
    """What is left out stays as it is; null takes out. `home` is longitude, latitude, kept to about a kilometre."""

    name: Short | UnsetType = UNSET
    external_id: Annotated[str, Meta(min_length=1, max_length=60)] | UnsetType | None = UNSET
    adult: bool | UnsetType | None = UNSET
    units: Names | UnsetType = UNSET
    functions: Names | UnsetType = UNSET
    languages: Names | UnsetType = UNSET
    equipment: Names | UnsetType = UNSET
    home: tuple[Lon, Lat] | UnsetType | None = UNSET
    home_ars: Annotated[str, Meta(pattern=r"^\d{2,12}$")] | UnsetType | None = UNSET
    language: Language | UnsetType = UNSET
    state: Literal["ACTIVE", "PAUSED", "BLOCKED"] | UnsetType = UNSET
    consent: Annotated[dict[Short, Consent], Meta(max_length=20)] | UnsetType = UNSET
    availability: Availability | UnsetType = UNSET
    keep_until: datetime | UnsetType | None = UNSET
    private: Private | UnsetType = UNSET

    def said(self) -> dict[str, Any]:
        return {
            name: getattr(self, name)
            for name in self.__struct_fields__
            if not isinstance(getattr(self, name), UnsetType)
        }


class SkillGiven(msgspec.Struct, forbid_unknown_fields=True):
    """Who vouches is whoever is signed in."""

    code: Annotated[str, Meta(min_length=1, max_length=60)]
    level: Annotated[str, Meta(min_length=1, max_length=40)] | None = None
    verification: Verification = Verification.SELF_DECLARED
    acquired_on: date | None = None
    valid_until: date | None = None
    restrictions: Annotated[str, Meta(max_length=300)] | None = None

    def __post_init__(self) -> None:
        known = QUALIFICATIONS.get(self.code)
        if known is None and not _LANGUAGE.fullmatch(self.code):
            raise BadEdit("code", f"the catalogue has no qualification {self.code[:40]!r}; a language is LANG:uk")
        if known and known.levels and self.level is not None and self.level not in known.levels:
            raise BadEdit("level", f"levels of {self.code} are {', '.join(known.levels)}")
        if self.acquired_on and self.valid_until and self.valid_until < self.acquired_on:
            raise BadEdit("valid_until", "it is valid until a day after it was acquired")


class ChannelGiven(msgspec.Struct, forbid_unknown_fields=True):
    """One that is there by its `id`, or a new one by its `value`: a number, an address."""

    id: Annotated[str, Meta(max_length=60)] | None = None
    kind: ChannelKind | None = None
    value: Annotated[str, Meta(min_length=1, max_length=500)] | None = None

    def __post_init__(self) -> None:
        if (self.id is None) == (self.kind is None or self.value is None):
            raise BadEdit("channels", "a channel is named by its id, or given with kind and value")


Skills = Annotated[list[SkillGiven], Meta(max_length=100)]
Channels = Annotated[list[ChannelGiven], Meta(max_length=MOST_CHANNELS)]


class NewPerson(msgspec.Struct, forbid_unknown_fields=True):
    roster: Annotated[str, Meta(min_length=1, max_length=200)]
    fields: PersonFields
    kind: HelperKind = HelperKind.INSTITUTIONAL
    skills: Skills = []
    channels: Channels = []


class PersonEdit(msgspec.Struct, forbid_unknown_fields=True):
    """`base` is the version that was looked at: if somebody was quicker, nothing is changed."""

    base: Base
    fields: PersonFields


class SkillsEdit(msgspec.Struct, forbid_unknown_fields=True):
    """Adds or replaces these skills, takes those of `drop` out."""

    skills: Skills = []
    drop: Annotated[list[Annotated[str, Meta(max_length=60)]], Meta(max_length=100)] = []


class ChannelsEdit(msgspec.Struct, forbid_unknown_fields=True):
    """All channels, in the order in which they are tried; those left out go."""

    channels: Channels


BODIES = (NewPerson, PersonEdit, SkillsEdit, ChannelsEdit)
"""For the description."""


def address(kind: ChannelKind, value: str) -> str:
    """As it is kept: numbers as E.164. Raises BadEdit, which does not repeat it."""
    value = value.strip()
    if kind in _NUMBERS:
        try:
            return e164(value)
        except NoNumber as error:
            raise BadEdit("channels", str(error)) from error
    if kind is ChannelKind.EMAIL:
        if parseaddr(value)[1] != value or not _MAIL.fullmatch(value):
            raise BadEdit("channels", "this is no e-mail address: write name@example.org")
        return value
    if kind is ChannelKind.PUSH:
        raise BadEdit("channels", "push is switched on by the person himself, on his own page")
    if not value.isprintable():
        raise BadEdit("channels", "there are control signs in the address")
    return value
