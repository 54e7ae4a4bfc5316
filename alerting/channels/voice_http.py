"""A voice that calls and speaks: a provider does it, the key that is pressed comes back to us over HTTP."""

from __future__ import annotations

from alerting.channels.sms_http import SmsHttp
from alerting.model.plan import ChannelKind


class VoiceHttp(SmsHttp):
    """1: I come, 2: in half an hour, 3: I do not. The text is what wording speaks."""

    kind = ChannelKind.VOICE
