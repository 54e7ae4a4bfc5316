"""What the configuration says of alarms: by which gateways people are reached, and where their pages are."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, field_validator, model_validator

from alerting.channels.webpush import SERVICES
from alerting.model.recipient import CallState
from feeds.configured.block import NAME
from service.broker_settings import BrokerAddress, File
from service.setting_groups import Group, WebAddress

Secret = Annotated[str, Field(min_length=16, max_length=200)]
Hidden = Annotated[str, Field(min_length=1, max_length=2000)]


class _Gateway(Group):
    """`exercise` is the one word that decides: true reaches exercises only, false everything else."""

    exercise: bool = Field(default=False, description="true carries exercises and nothing else")
    at_once: int = Field(default=20, ge=1, le=500, description="calls that it takes at the same time, 1 to 500")
    per_minute: int | None = Field(
        default=None, ge=1, le=1_000_000, description="calls per minute at most, what is more waits; none is no limit"
    )
    timeout: float = Field(default=10.0, ge=0.1, le=15, description="seconds of waiting, 0.1 to 15")


class ConsoleGateway(_Gateway):
    kind: Literal["console"]
    exercise: bool = Field(default=True, description="false takes real alarms too, for development")


class WebPushSettings(_Gateway):
    kind: Literal["webpush"]
    contact: str = Field(pattern=r"^(mailto:|https://)\S+$", description="mailto:… or https://… for the push services")
    services: list[str] = Field(
        default=list(SERVICES), min_length=1, description="hosts of push services, *. for all below; http://host:port"
    )
    at_once: int = Field(default=50, ge=1, le=500, description="messages at the same time, 1 to 500")


class AnswerPaths(Group):
    """Where things stand in what the provider posts to us."""

    items: str = Field(default="", description="list of events, if there are several in one message")
    call: str = Field(default="call", description="our own id")
    id: str = Field(default="id", description="the provider's id of the message")
    event: str = Field(default="event_id", description="id of the event itself")
    state: str = Field(default="state", description="what became of it")
    error: str = Field(default="error", description="why not")
    sender: str = Field(default="from", description="number of whoever answers")
    text: str = Field(default="text", description="his text")
    digits: str = Field(default="digits", description="key pressed")
    at: str = Field(default="at", description="time of the event, to know a repetition by")
    states: dict[str, CallState] = Field(
        default={}, description="words of the provider that mean SENT, DELIVERED, READ, FAILED"
    )


class _Provider(_Gateway):
    url: WebAddress = Field(description="where a message is handed in: https://…")
    method: Literal["POST", "PUT"] = Field(default="POST", description="POST or PUT")
    encoding: Literal["json", "form"] = Field(default="json", description="json or form")
    body: dict[str, Any] = Field(
        min_length=1,
        description="what is sent, with {to} {text} {speak} {title} {code} {id} {language} {mode} {receipts} {inbound}",
    )
    headers: dict[str, Hidden] = Field(default={}, repr=False, description="further headers, such as an API key")
    username: str | None = Field(default=None, min_length=1, description="for HTTP basic authentication")
    password: Hidden | None = Field(repr=False, default=None, description="with a username")
    id_path: str = Field(default="id", description="where its answer names its id of the message: messages.0.id")
    success_path: str = Field(default="", description="value of its answer that tells; empty: the HTTP status does")
    success: list[str] = Field(default=[], description="values there that mean that it was taken")
    refused: list[str] = Field(default=[], description="values there that mean that the number does not exist")
    refused_status: list[int] = Field(default=[], description="HTTP statuses that mean the same")
    secret: Secret | None = Field(
        repr=False, default=None, description="by which we know its receipts and answers; none hears nothing"
    )
    paths: AnswerPaths = Field(default=AnswerPaths(), description="where things stand in what it posts to us")

    @field_validator("body")
    @classmethod
    def _for_somebody(cls, value: dict[str, Any]) -> dict[str, Any]:
        if "{to}" not in str(value) or not any(place in str(value) for place in ("{text}", "{speak}")):
            raise ValueError("a body needs {to} and {text} or {speak}")
        return value

    @model_validator(mode="after")
    def _fits_together(self) -> _Provider:
        if self.success_path and not self.success:
            raise ValueError("success_path needs success: the values that mean that it was taken")
        if (self.username is None) != (self.password is None):
            raise ValueError("username and password belong together")
        if self.encoding == "form" and not all(isinstance(part, str | int) for part in self.body.values()):
            raise ValueError("body: a form holds texts only; use encoding = json for nested values")
        return self


class SmsHttpSettings(_Provider):
    kind: Literal["sms_http"]
    per_minute: int | None = Field(default=6000, ge=1, le=1_000_000, description="messages per minute at most")
    replies: bool = Field(default=False, description="true: its answers come to us, so texts say how to answer")

    @model_validator(mode="after")
    def _hears(self) -> SmsHttpSettings:
        if self.replies and self.secret is None:
            raise ValueError("replies: answers need a secret by which we know them")
        return self


class VoiceHttpSettings(_Provider):
    kind: Literal["voice_http"]
    per_minute: int | None = Field(default=300, ge=1, le=1_000_000, description="calls per minute at most")


class AndroidSmsSettings(_Gateway):
    kind: Literal["android_sms"]
    url: WebAddress = Field(description="the server's: https://sms.example.org/3rdparty/v1 or http://phone:8080")
    username: str = Field(min_length=1, description="who we are there")
    password: Hidden = Field(repr=False, description="its password")
    device: str | None = Field(default=None, min_length=1, description="id of one telephone; none is any")
    secret: Secret | None = Field(
        repr=False, default=None, description="signing key of its webhooks; none hears nothing"
    )
    at_once: int = Field(default=5, ge=1, le=500, description="messages handed over at the same time")
    per_minute: int | None = Field(default=60, ge=1, le=1_000_000, description="what a telephone sends in a minute")


def _bare(value: str) -> str:
    if "@" not in value or any(sign in value for sign in "\r\n<>"):
        raise ValueError("write an address such as lage@musterstadt.de")
    return value


class SmtpSettings(_Gateway):
    kind: Literal["smtp"]
    host: str = Field(min_length=1, description="server")
    port: int = Field(default=587, ge=1, le=65535, description="TCP port")
    security: Literal["starttls", "tls", "none"] = Field(default="starttls", description="starttls, tls or none")
    username: str | None = Field(default=None, min_length=1, description="who we are there")
    password: Hidden | None = Field(repr=False, default=None, description="its password")
    sender: Annotated[str, AfterValidator(_bare)] = Field(description="address that messages are from")
    reply_to: Annotated[str, AfterValidator(_bare)] | None = Field(default=None, description="where answers go")
    at_once: int = Field(default=10, ge=1, le=500, description="connections at the same time")


class MqttOutSettings(_Gateway):
    kind: Literal["mqtt"]
    address: BrokerAddress = Field(description="mqtts://host for TLS, mqtt://host without")
    prefix: str = Field(
        default="lagebild/alarm", pattern=r"^[^+#$/][^+#$]{0,199}$", description="topic below which devices listen"
    )
    username: str | None = Field(default=None, min_length=1, description="who we are there")
    password: Hidden | None = Field(repr=False, default=None, description="its password")
    ca_file: File | None = Field(default=None, description="PEM file of the authority that signed the broker's")


class WebhookSettings(_Gateway):
    kind: Literal["webhook"]
    url: WebAddress = Field(description="address of the other system")
    secret: Secret = Field(repr=False, description="key of the signature in X-Lagebild-Signature")


class AppriseSettings(_Gateway):
    kind: Literal["apprise"]
    url: Hidden = Field(
        repr=False, description="address of apprise's, with {to} where the person's belongs: ntfys://host/{to}"
    )
    at_once: int = Field(default=5, ge=1, le=500, description="messages at the same time")


GatewaySettings = Annotated[
    ConsoleGateway
    | WebPushSettings
    | SmsHttpSettings
    | VoiceHttpSettings
    | AndroidSmsSettings
    | SmtpSettings
    | MqttOutSettings
    | WebhookSettings
    | AppriseSettings,
    Field(discriminator="kind"),
]


class AlertSettings(Group):
    public_url: WebAddress | None = Field(
        default=None, description="beginning of the links in messages: https://lage.example.org; none is host and port"
    )
    gateways: dict[str, GatewaySettings] = Field(
        default={}, description="by what people are reached: [alerting.gateways.sms] kind = …; in order of preference"
    )

    @field_validator("gateways")
    @classmethod
    def _names(cls, value: dict[str, GatewaySettings]) -> dict[str, GatewaySettings]:
        for name in value:
            if not NAME.fullmatch(name):
                raise ValueError(f"gateways.{name}: a name is 2 to 40 of a-z, 0-9 and _, beginning with a letter")
        return value
