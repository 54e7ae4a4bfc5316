"""E-mail by SMTP: plain text, one message per person, its Message-ID made of the call's id."""

from __future__ import annotations

import re
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Literal

import aiosmtplib

from alerting.channels.contract import Call, Outcome, Receipt
from alerting.model.plan import ChannelKind
from alerting.model.recipient import CallKind
from geodata.model.clock import Clock

_ADDRESS = re.compile(r"[^\s@<>,;:\"'\\()\[\]]{1,64}@[^\s@<>,;:\"'\\()\[\]]{1,253}")
_GONE = re.compile(r"\b5\.1\.(?:1|2|10)\b")


class Smtp:
    """`sender` is the address it is from; `reply_to` where answers go."""

    kind = ChannelKind.EMAIL

    def __init__(
        self,
        name: str,
        host: str,
        *,
        sender: str,
        clock: Clock,
        port: int = 587,
        security: Literal["starttls", "tls", "none"] = "starttls",
        username: str | None = None,
        password: str | None = None,
        reply_to: str | None = None,
        exercise: bool = False,
        at_once: int = 10,
        timeout: float = 15.0,
    ) -> None:
        self.name, self.exercise, self.at_once = name, exercise, at_once
        self._host, self._port, self._security, self._timeout = host, port, security, timeout
        self._username, self._password, self._sender, self._reply_to = username, password, sender, reply_to
        self._clock = clock

    async def call(self, call: Call) -> Receipt:
        if not _ADDRESS.fullmatch(call.address.strip()):
            return Receipt(Outcome.REFUSED, error="this is no e-mail address")
        message = self._message(call, self._clock.now())
        try:
            await aiosmtplib.send(
                message,
                sender=self._sender,
                recipients=[call.address.strip()],
                hostname=self._host,
                port=self._port,
                use_tls=self._security == "tls",
                start_tls=self._security == "starttls",
                username=self._username,
                password=self._password,
                timeout=self._timeout,
            )
        except aiosmtplib.SMTPRecipientsRefused as error:
            return self._refused(error.recipients[0].code, error.recipients[0].message)
        except aiosmtplib.SMTPResponseException as error:
            return self._refused(error.code, error.message, everybody=not isinstance(error, aiosmtplib.SMTPDataError))
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            return Receipt(Outcome.FAILED, error=f"{self.name} cannot be reached ({type(error).__name__})")
        return Receipt(Outcome.TAKEN, provider_id=message["Message-ID"])

    def _refused(self, code: int, said: str, *, everybody: bool = False) -> Receipt:
        """5xx is for ever, unless it is about us and not about this address."""
        if 500 <= code < 600 and not everybody:
            gone = code == 550 and bool(_GONE.search(said))
            return Receipt(Outcome.REFUSED, error=f"{self.name} does not deliver there (SMTP {code})", gone=gone)
        return Receipt(Outcome.FAILED, error=f"{self.name} did not take it (SMTP {code})")

    def _message(self, call: Call, now: datetime) -> EmailMessage:
        message = EmailMessage()
        message["From"], message["To"] = self._sender, call.address.strip()
        message["Subject"] = call.title
        message["Date"] = format_datetime(now)
        message["Message-ID"] = f"<{call.id}@{self._sender.rpartition('@')[2].rstrip('>')}>"
        message["Auto-Submitted"] = "auto-generated"
        message["X-Auto-Response-Suppress"] = "OOF, AutoReply"
        if self._reply_to:
            message["Reply-To"] = self._reply_to
        if call.kind in (CallKind.ALARM, CallKind.ALL_CLEAR):
            message["Importance"] = "high"
        message.set_content(call.text + "\n", subtype="plain", charset="utf-8", cte="quoted-printable")
        return message

    async def close(self) -> None:
        """Nothing is kept open."""
