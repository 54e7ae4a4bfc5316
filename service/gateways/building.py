"""From settings to gateways, and to the switchboard that picks among them."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from alerting.channels.android_sms import AndroidSms
from alerting.channels.apprise_out import AppriseOut
from alerting.channels.console import Console
from alerting.channels.contract import Gateway
from alerting.channels.hearing import Paths
from alerting.channels.mqtt_out import MqttOut
from alerting.channels.sms_http import SmsHttp
from alerting.channels.smtp import Smtp
from alerting.channels.switchboard import Switchboard
from alerting.channels.template import Provider
from alerting.channels.voice_http import VoiceHttp
from alerting.channels.webhook import Webhook
from alerting.channels.webpush import VapidKey, WebPushGateway
from alerting.model.plan import ChannelKind
from feeds.mqtt import Broker
from geodata.model.clock import Clock
from service import alert_settings as given
from service.broker_settings import PORTS

_BEYOND = 3.0
"""Seconds that a gateway has beyond its own timeout before it counts as silent: several steps, one after another."""


class Building:
    """`exercise_node`: real gateways are not even built. `public_url` is where providers find our routes."""

    def __init__(
        self, settings: given.AlertSettings, *, origin: str, public_url: str, data_dir: Path, exercise_node: bool
    ) -> None:
        self.settings, self.origin, self.public_url = settings, origin, public_url
        self.data_dir, self.exercise_node = data_dir, exercise_node

    def switchboard(self, clock: Clock) -> Switchboard:
        """Exercises always have a console; real alarms only if it is configured for them."""
        chosen = {n: s for n, s in self.settings.gateways.items() if s.exercise or not self.exercise_node}
        made = [self._gateway(name, one, clock) for name, one in chosen.items()]
        if not any(gateway.exercise and gateway.kind is ChannelKind.CONSOLE for gateway in made):
            made.append(Console("exercise" if "console" in chosen else "console", exercise=True))
        limits = {name: one.per_minute for name, one in chosen.items() if one.per_minute is not None}
        longest = max((one.timeout for one in chosen.values()), default=10.0)
        return Switchboard(made, clock=clock, per_minute=limits, patience=longest + _BEYOND)

    def secrets(self) -> dict[str, str]:
        """By which providers are known, by name of their gateway: only of those that are built."""
        chosen = {n: s for n, s in self.settings.gateways.items() if s.exercise or not self.exercise_node}
        kinds = (given.SmsHttpSettings, given.VoiceHttpSettings, given.AndroidSmsSettings)
        return {n: s.secret for n, s in chosen.items() if isinstance(s, kinds) and s.secret is not None}

    def _gateway(self, name: str, one: given.GatewaySettings, clock: Clock) -> Gateway:
        if isinstance(one, given.ConsoleGateway):
            return Console(name, exercise=one.exercise)
        if isinstance(one, given.SmsHttpSettings | given.VoiceHttpSettings):
            return self._provider(name, one)
        if isinstance(one, given.MqttOutSettings):
            return self._mqtt(name, one)
        if isinstance(one, given.AppriseSettings):
            return AppriseOut(name, one.url, exercise=one.exercise, at_once=one.at_once)
        timed: dict[str, Any] = {"exercise": one.exercise, "at_once": one.at_once, "timeout": one.timeout}
        if isinstance(one, given.WebPushSettings):
            key = VapidKey(self.data_dir)
            return WebPushGateway(name, key, contact=one.contact, services=one.services, **timed)
        if isinstance(one, given.AndroidSmsSettings):
            return AndroidSms(
                name, one.url, username=one.username, password=one.password, device=one.device, **timed
            )  # fmt: skip
        if isinstance(one, given.WebhookSettings):
            return Webhook(name, one.url, secret=one.secret, **timed)
        return Smtp(
            name, one.host, sender=one.sender, clock=clock, port=one.port, security=one.security,
            username=one.username, password=one.password, reply_to=one.reply_to, **timed,
        )  # fmt: skip

    def _provider(self, name: str, one: given.SmsHttpSettings | given.VoiceHttpSettings) -> SmsHttp:
        provider = Provider(
            url=one.url, body=one.body, method=one.method, encoding=one.encoding, headers=one.headers,
            id_path=one.id_path, success_path=one.success_path, success=tuple(one.success),
            refused=tuple(one.refused), refused_status=tuple(one.refused_status),
        )  # fmt: skip
        voice = isinstance(one, given.VoiceHttpSettings)
        return (VoiceHttp if voice else SmsHttp)(
            name,
            provider,
            paths=Paths(**one.paths.model_dump()),
            answers=f"{self.public_url}/api/gateways/{name}",
            hears=one.secret is not None if isinstance(one, given.VoiceHttpSettings) else one.replies,
            exercise=one.exercise,
            at_once=one.at_once,
            timeout=one.timeout,
            auth=(one.username, one.password) if one.username and one.password else None,
        )

    def _mqtt(self, name: str, one: given.MqttOutSettings) -> MqttOut:
        parts = urlsplit(one.address)
        host, port = parts.hostname or "", parts.port or PORTS[parts.scheme]
        ca = str(one.ca_file) if one.ca_file else None
        tls = Broker(name, host, (), port, tls=parts.scheme == "mqtts", ca_file=ca).tls_context()
        return MqttOut(
            name, host, port=port, prefix=one.prefix, client_id=self._client_id(name), tls=tls,
            username=one.username, password=one.password, exercise=one.exercise, at_once=one.at_once,
            timeout=one.timeout,
        )  # fmt: skip

    def _client_id(self, name: str) -> str:
        """Each process its own: a broker throws out the older of two with one name."""
        return f"lagebild-{self.origin}-{name}-{uuid.uuid4().hex[:8]}"
