"""What is too much, or no envelope at all: refused, and the stream stays where it is."""

from __future__ import annotations

import json
import os
import zlib
from typing import Any

import httpx

from service.federation.conformance.partner import INBOX, Answer, Failed
from service.federation.conformance.trial import Table, Trial
from service.federation.wire import signing
from service.federation.wire.envelope import MOST_BYTES, MOST_ITEMS
from service.federation.wire.inflating import MOST_SENT

BOMB = 64_000_000


async def too_many_items(it: Trial) -> None:
    share, _ = await it.stream.told()
    items = [it.stream.put(share, f"many-{number}") for number in range(MOST_ITEMS + 1)]
    await _refused(it, await it.stream.bring(it.stream.envelope(*items)), 413, 422)


async def too_large(it: Trial) -> None:
    share, _ = await it.stream.told()
    items = [it.stream.put(share, f"large-{n}", {"text": "x" * (MOST_BYTES // 50)}) for n in range(60)]
    await _refused(it, await it.stream.bring(it.stream.envelope(*items)), 413, 422)


async def too_large_as_sent(it: Trial) -> None:
    request = it.partner.unsigned(INBOX, os.urandom(MOST_SENT + 200_000), None)
    signing.sign_request(it.partner.keys.current, request)
    try:
        answer = await it.partner.send(request)
    except httpx.TransportError:  # closed before all of it was sent, which is as good
        await it.stream.still()
    else:
        await _refused(it, answer, 413, 422)


async def bomb(it: Trial) -> None:
    packer = zlib.compressobj(9, wbits=31)
    sent = packer.compress(b'{"items":"' + b" " * BOMB) + packer.flush()
    await _refused(it, await _sent(it, sent), 413, 422)


async def not_packed(it: Trial) -> None:
    said = json.dumps(it.stream.greeting()).encode()
    await _refused(it, await _sent(it, said), 400, 415, 422)
    await _refused(it, await _sent(it, said, "br"), 415, 422)


NONE = (b"", b"{", b"[]", b"null", b"\xff\xfe", b"[" * 100_000, b'{"items":[' + b'{"a":' * 50_000)
WRONG: tuple[dict[str, Any], ...] = (
    {"version": 2}, {"number": -1}, {"number": 2**63}, {"number": "1"}, {"items": None}, {"items": {}},
    {"at": "yesterday"}, {"after": "x" * 2_001}, {"recipient": None}, {"unknown": 1},
)  # fmt: skip


async def no_envelope(it: Trial) -> None:
    right = it.stream.envelope()
    for said in (*NONE, *(json.dumps({**right, **wrong}).encode() for wrong in WRONG)):
        answer = await it.partner.post(INBOX, said)
        if not 400 <= answer.status < 500 or answer.status == 409:
            raise Failed(f"4xx (422) for {said[:300][-80:].decode('utf-8', 'replace')!r}", answer)
    await it.stream.still()


async def _sent(it: Trial, sent: bytes, encoding: str = "gzip") -> Answer:
    request = it.partner.unsigned(INBOX, sent, encoding)
    signing.sign_request(it.partner.keys.current, request)
    try:
        answer = await it.partner.send(request)
    except httpx.TimeoutException as error:
        raise Failed("an answer in time", f"none ({type(error).__name__})") from error
    return answer


async def _refused(it: Trial, answer: Answer, *statuses: int) -> None:
    answer.demand(*statuses)
    await it.stream.still()


CHECKS: Table = (
    (f"limits: {MOST_ITEMS + 1} items, 413 or 422", too_many_items),
    (f"limits: an envelope of more than {MOST_BYTES:,} bytes, 413 or 422", too_large),
    (f"limits: a body of more than {MOST_SENT:,} bytes as sent, 413 or closed", too_large_as_sent),
    (f"limits: {BOMB:,} blanks in a small gzip, 413 or 422", bomb),
    ("limits: packed otherwise than it says, 4xx", not_packed),
    ("limits: what is no envelope, 4xx", no_envelope),
)
