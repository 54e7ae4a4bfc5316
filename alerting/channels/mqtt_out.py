"""Sirens and displays over MQTT: a message on the device's own topic, QoS 1, never retained."""

from __future__ import annotations

import asyncio
import ssl

import aiomqtt
import orjson
import structlog

from alerting.channels.contract import Call, Outcome, Receipt
from alerting.channels.webhook import machine_message
from alerting.model.plan import ChannelKind

log = structlog.get_logger()


class MqttOut:
    """Below `prefix` only: an address is the rest of the topic. One connection, made when it is needed."""

    kind = ChannelKind.MQTT

    def __init__(
        self,
        name: str,
        host: str,
        *,
        port: int,
        prefix: str,
        client_id: str,
        tls: ssl.SSLContext | None = None,
        username: str | None = None,
        password: str | None = None,
        exercise: bool = False,
        at_once: int = 20,
        timeout: float = 10.0,
    ) -> None:
        self.name, self.exercise, self.at_once = name, exercise, at_once
        self._host, self._port, self._prefix, self._client_id = host, port, prefix.strip("/"), client_id
        self._tls, self._username, self._password, self._timeout = tls, username, password, timeout
        self._client: aiomqtt.Client | None = None
        self._one = asyncio.Lock()

    async def call(self, call: Call) -> Receipt:
        rest = call.address.strip().strip("/")
        if not rest or any(sign in rest for sign in "+#\0$") or len(rest) > 200:
            return Receipt(Outcome.REFUSED, error="this is no topic: levels joined by /, without + and #")
        try:
            client = await self._connected()
            body = orjson.dumps(machine_message(call))
            await client.publish(f"{self._prefix}/{rest}", body, qos=1, retain=False, timeout=self._timeout)
        except (aiomqtt.MqttError, OSError, TimeoutError) as error:
            await self._drop()
            return Receipt(Outcome.FAILED, error=f"{self.name} cannot be reached ({type(error).__name__})")
        return Receipt(Outcome.TAKEN, provider_id=call.id)

    async def _connected(self) -> aiomqtt.Client:
        async with self._one:
            if self._client is None:
                client = aiomqtt.Client(
                    self._host,
                    self._port,
                    identifier=self._client_id,
                    username=self._username,
                    password=self._password,
                    tls_context=self._tls,
                    protocol=aiomqtt.ProtocolVersion.V5,
                    timeout=self._timeout,
                    max_inflight_messages=self.at_once,
                )
                await client.__aenter__()
                self._client = client
            return self._client

    async def _drop(self) -> None:
        """The next call connects anew."""
        async with self._one:
            client, self._client = self._client, None
            if client is not None:
                try:
                    await client.__aexit__(None, None, None)
                except aiomqtt.MqttError:
                    log.debug("connection was lost already", gateway=self.name)

    async def close(self) -> None:
        await self._drop()
