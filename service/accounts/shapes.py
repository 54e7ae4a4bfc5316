"""What the account routes take and give, as OpenAPI sees it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from service.answers import Shape

Text = Annotated[str, Field(min_length=1, max_length=200)]
Secret = Annotated[str, Field(min_length=1, max_length=1000)]


class Given(BaseModel):
    model_config = ConfigDict(extra="forbid")


class SignIn(Given):
    login: Text
    password: Secret


class Assertion(Given):
    """`credential` as PublicKeyCredential.toJSON() gives it."""

    ceremony: Text
    credential: dict[str, Any]


class NewPasskey(Assertion):
    name: Text


class OwnChange(Given):
    """`login` only for who has none yet."""

    name: Text | None = None
    login: Text | None = None


class NewPassword(Given):
    """`current` is needed if there is a password."""

    current: Secret | None = None
    password: Secret


class NewPerson(Given):
    name: Text
    login: Text | None = None
    password: Secret | None = None
    admin: bool = False
    organisations: list[Text] = Field(default=[], max_length=50)


class PersonChange(Given):
    """Only what is given is changed. `active` true admits who waits."""

    name: Text | None = None
    login: Text | None = None
    password: Secret | None = None
    admin: bool | None = None
    active: bool | None = None
    organisations: list[Text] | None = Field(default=None, max_length=50)


class NewOrganisation(Given):
    name: Text
    kind: Text = "OTHER"
    ars: Annotated[str, Field(pattern=r"^\d{2,12}$")] | None = None


class OrganisationChange(Given):
    name: Text | None = None
    kind: Text | None = None
    ars: Annotated[str, Field(pattern=r"^\d{2,12}$")] | None = None
    closed: bool | None = None


class Named(Shape):
    id: str
    name: str


class RoomSeen(Named):
    write: bool
    share: bool
    incident: str | None


class DutyHeld(Shape):
    staff: str
    incident: str
    model: str
    function: str
    room: str
    deputy: bool


class SessionOut(Shape):
    """`rights` is what any function held now allows."""

    signed_in: bool
    person: str | None
    name: str | None
    admin: bool
    purpose: str
    organisations: list[Named]
    duties: list[DutyHeld]
    rooms: list[RoomSeen]
    rights: list[str]


class CeremonyOut(Shape):
    ceremony: str
    options: dict[str, Any]


class PasskeyOut(Named):
    created_at: datetime
    used_at: datetime | None


class OpenSession(Shape):
    id: str
    person: str
    purpose: str
    method: str
    device: str
    created_at: datetime
    seen_at: datetime
    ends_at: datetime
    own: bool


class SessionsOut(Shape):
    sessions: list[OpenSession]


class IdentityOut(Shape):
    issuer: str
    subject: str
    created_at: datetime


class AccountOut(Named):
    login: str | None
    password: bool
    passkeys: list[PasskeyOut]
    identities: list[IdentityOut]


class PersonOut(Named):
    login: str | None
    admin: bool
    active: bool
    waiting: bool
    erased: bool
    program: bool
    created_at: datetime
    seen_at: datetime | None
    organisations: list[str]
    password: bool
    passkeys: int
    identities: int


class PeopleOut(Shape):
    people: list[PersonOut]


class PersonPage(PersonOut):
    duties: list[dict[str, Any]]
    sessions: list[OpenSession]


class LinkOut(Shape):
    """`path` after our address; it signs in once."""

    path: str
    hours: int


class OrganisationOut(Named):
    kind: str
    ars: str | None
    created_at: datetime
    closed_at: datetime | None
    people: int


class OrganisationsOut(Shape):
    organisations: list[OrganisationOut]


class AuditLine(Shape):
    id: int
    at: datetime
    person: str
    session: str | None
    action: str
    subject: str
    detail: dict[str, Any] | None


class AuditOut(Shape):
    """`next`: give it as `before` for the lines before these."""

    lines: list[AuditLine]
    next: int | None


class ProviderOut(Shape):
    name: str
    start: str


class MethodsOut(Shape):
    """How one can sign in here; `people` only for administrators."""

    password: bool
    passkey: bool
    link: bool
    oidc: ProviderOut | None
    people: dict[str, int] | None


class Created(Shape):
    id: str


class Ended(Shape):
    ended: int
