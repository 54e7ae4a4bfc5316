"""What the configuration says of an MQTT broker that brings own sensors' messages."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

import aiomqtt
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_settings import NoDecode

from feeds.mqtt import Broker

PORTS = {"mqtt": 1883, "mqtts": 8883}


def _address(value: str) -> str:
    parts = urlsplit(value)
    try:
        port = parts.port
    except ValueError as error:
        raise ValueError("the port must be 1 to 65535") from error
    if parts.scheme not in PORTS or not parts.hostname or port == 0:
        raise ValueError("write mqtts://host, mqtt://host or mqtts://host:port")
    if parts.username or parts.password:
        raise ValueError("write user name and password as settings of their own, not into the address")
    if parts.path.strip("/") or parts.query:
        raise ValueError("an address has no path; topics are a setting of their own")
    return value


def _listed(value: object) -> object:
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


def _topic(value: str) -> str:
    try:
        aiomqtt.Wildcard(value)
    except (ValueError, TypeError) as error:
        raise ValueError("a topic has + for one whole level and # at its end: v3/+/devices/+/up") from error
    return value


def _existing(value: Path) -> Path:
    if not value.is_file():
        raise ValueError("there is no such file")
    return value


BrokerAddress = Annotated[str, AfterValidator(_address)]
Topic = Annotated[str, Field(min_length=1, max_length=1000), AfterValidator(_topic)]
File = Annotated[Path, AfterValidator(_existing)]


class MqttSettings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    address: BrokerAddress = Field(
        description="mqtts://host for TLS, mqtt://host without; the port is 8883 or 1883 unless it follows"
    )
    topics: Annotated[list[Topic], NoDecode, BeforeValidator(_listed), Field(min_length=1, max_length=50)] = Field(
        description="what to subscribe to, such as v3/+/devices/+/up or application/+/device/+/event/up"
    )
    username: str | None = Field(default=None, min_length=1, description="who we are there")
    password: str | None = Field(default=None, min_length=1, description="password or API key, with a username")
    ca_file: File | None = Field(default=None, description="PEM file of the authority that signed the broker's")
    cert_file: File | None = Field(default=None, description="PEM file of our certificate, if the broker asks for one")
    key_file: File | None = Field(default=None, description="PEM file of its key")
    client_id: str | None = Field(
        default=None,
        pattern=r"^[A-Za-z0-9_.:@-]{1,64}$",
        description="our name there, each connection its own; none is lagebild-<origin>-<name>",
    )
    protocol: Literal["5", "3.1.1"] = Field(default="5", description="version of MQTT: 5 or 3.1.1")
    source: str | None = Field(
        default=None,
        description="a source of kind sensorthings whose Observations it brings; none is messages of own sensors",
    )
    reports: str | None = Field(
        default=None,
        min_length=1,
        max_length=200,
        description="id of the organisation for whose resources it brings reports (JSON or CoT)",
    )
    exercise: bool = Field(default=False, description="true connects in exercises and only there")

    @model_validator(mode="after")
    def _fits_together(self) -> MqttSettings:
        files = [self.ca_file, self.cert_file, self.key_file]
        if any(files) and not self.address.startswith("mqtts:"):
            raise ValueError("certificates need an address with mqtts://")
        if (self.cert_file is None) != (self.key_file is None):
            raise ValueError("cert_file and key_file belong together")
        if self.source and self.exercise:
            raise ValueError("source: sources of the configuration are left out in exercises; take exercise out")
        if self.source and self.reports:
            raise ValueError("source and reports: a broker brings either; give each its own block")
        if self.password and not self.username:
            raise ValueError("a password needs a username")
        return self

    def broker(self, name: str, origin: str) -> Broker:
        parts = urlsplit(self.address)
        ca, cert, key = (str(file) if file else None for file in (self.ca_file, self.cert_file, self.key_file))
        return Broker(
            name=name,
            host=parts.hostname or "",
            port=parts.port or PORTS[parts.scheme],
            tls=parts.scheme == "mqtts",
            topics=tuple(self.topics),
            username=self.username,
            password=self.password,
            client_id=self.client_id or f"lagebild-{origin}-{name}",
            ca_file=ca,
            cert_file=cert,
            key_file=key,
            protocol=self.protocol,
        )
