"""What the configuration says of neighbours: who we are to them and where they may be reached."""

from __future__ import annotations

from datetime import timedelta
from ipaddress import ip_network
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_settings import NoDecode

from geodata.model.resource import FleetLevel
from service.setting_groups import Duration, Group, WebAddress


def _network(value: str) -> str:
    ip_network(value)  # raises ValueError with the reason
    return value


def _listed(value: object) -> object:
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


class PartnerLimits(Group):
    """Of each partner; what is above goes aside and comes later."""

    inquiries: int = Field(default=200, ge=1, le=100_000, description="requests of a partner that wait for an answer")
    messages: int = Field(default=500, ge=1, le=100_000, description="messages of a partner that nobody has read")
    alarm_requests: int = Field(default=50, ge=1, le=100_000, description="alarm requests nobody has decided about")
    reports: int = Field(default=5_000, ge=1, le=1_000_000, description="situation reports of a partner")
    things: int = Field(default=20_000, ge=10, le=10_000_000, description="things in the exchange room, of a partner")
    megabytes: float = Field(default=50, gt=0, le=100_000, description="their bytes as stored, in MB")
    copies: int = Field(default=100_000, ge=1, le=100_000_000, description="things of one share")


class FederationSettings(Group):
    name: str | None = Field(
        default=None, min_length=1, max_length=80, description="what partners call us; none is `title`"
    )
    ars: str = Field(default="", pattern=r"^\d{0,12}$", description="ARS of the municipality or Kreis that we are")
    level: FleetLevel = Field(default=FleetLevel.MUNICIPALITY, description="MUNICIPALITY, DISTRICT, REGION or STATE")
    public_url: WebAddress | None = Field(
        default=None, description="address under which partners reach us; none is `alerting.public_url`, else our own"
    )
    addresses: Annotated[list[WebAddress], NoDecode, BeforeValidator(_listed)] = Field(
        default=[],
        max_length=8,
        description="further addresses of ours, such as http://10.20.0.5:8000, for partners when the usual one is dead",
    )
    networks: Annotated[list[Annotated[str, AfterValidator(_network)]], NoDecode, BeforeValidator(_listed)] = Field(
        default=[], description="private networks that partners may be in, such as 10.20.0.0/16; none is public only"
    )
    greet: Duration = Field(
        default=timedelta(seconds=20),
        ge=timedelta(milliseconds=100),
        le=timedelta(minutes=10),
        description="a partner hears from us at least so often, even if there is nothing new",
    )
    compare: Duration = Field(
        default=timedelta(minutes=15),
        ge=timedelta(seconds=1),
        description="how often both sides compare what they hold of each other",
    )
    limits: PartnerLimits = PartnerLimits()
    relay: bool = Field(default=True, description="true carries sealed parcels between partners that both trust us")
