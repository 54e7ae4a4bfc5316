"""What providers of SMS and calls want to be asked: a body with places for the number, the text and our own id."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urlencode

import orjson

from alerting.channels.contract import Call, Outcome, Receipt
from alerting.channels.hearing import at, without_numbers, words
from alerting.channels.web import Reply, Unsent, Web, receipt_of

PLACES = ("to", "text", "speak", "title", "code", "id", "language", "mode", "receipts", "inbound")
_PLACE = re.compile(r"\{(" + "|".join(PLACES) + r")\}")


@dataclass(frozen=True, slots=True)
class Provider:
    """`body` holds texts with {to}, {text}, {id} …; `id_path` is where the answer names its own id. `success_path`
    names a value in the answer: with one of `success` it took the call, with one of `refused` this number is never
    reached; without a path the HTTP status decides. `refused_status`: statuses that mean the same as `refused`."""

    url: str
    body: Mapping[str, Any]
    method: Literal["POST", "PUT"] = "POST"
    encoding: Literal["json", "form"] = "json"
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    id_path: str = ""
    success_path: str = ""
    success: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    refused_status: tuple[int, ...] = ()


def filled(template: Any, values: Mapping[str, str]) -> Any:
    """Each place filled once: what stands in a text is never taken for a place again."""
    if isinstance(template, str):
        return _PLACE.sub(lambda found: values[found[1]], template)
    if isinstance(template, Mapping):
        return {name: filled(value, values) for name, value in template.items()}
    if isinstance(template, list | tuple):
        return [filled(value, values) for value in template]
    return template


def values_of(call: Call, *, text: str, answers: str) -> dict[str, str]:
    """`answers`: the address of this gateway's own routes, without the last step."""
    return {
        "to": call.address, "text": text, "speak": call.speak or text, "title": call.title, "code": call.code,
        "id": call.id, "language": call.language, "mode": call.mode.value, "receipts": f"{answers}/receipts",
        "inbound": f"{answers}/inbound",
    }  # fmt: skip


async def ask(web: Web, provider: Provider, values: Mapping[str, str]) -> Receipt:
    """Every try of one call carries the same Idempotency-Key."""
    body = filled(provider.body, values)
    form = provider.encoding == "form"
    content = urlencode(body).encode() if form else orjson.dumps(body)
    kind = "application/x-www-form-urlencoded" if form else "application/json"
    headers = {"Content-Type": kind, "Idempotency-Key": values["id"], **provider.headers}
    try:
        reply = await web.send(provider.url, method=provider.method, headers=headers, content=content)
    except Unsent as error:
        return Receipt(Outcome.FAILED, error=str(error))
    return _receipt(web.name, provider, reply)


def _receipt(name: str, provider: Provider, reply: Reply) -> Receipt:
    answer = reply.json()
    said = words(at(answer, provider.success_path))
    if reply.status in provider.refused_status or (said is not None and said in provider.refused):
        return Receipt(Outcome.REFUSED, error=f"{name} does not reach this number", gone=False)
    receipt = receipt_of(name, reply)
    if receipt.outcome is Outcome.FAILED:
        return receipt
    if provider.success_path and said not in provider.success:
        heard = without_numbers(said) or "nothing"
        return Receipt(Outcome.FAILED, error=f"{name} did not take it, it says {heard[:80]!r}")
    return Receipt(Outcome.TAKEN, provider_id=words(at(answer, provider.id_path)))
