"""One person at work through the interface: a session, and what it sees and does."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count
from typing import Any

import httpx

_keys = count(1)


@dataclass(slots=True)
class Thing:
    """A fact as it came over the wire."""

    ref: str
    id: str
    room: str
    body: dict[str, Any]

    @property
    def version(self) -> int:
        return int(self.body["version"])


@dataclass(slots=True)
class Desk:
    """`person` is the id of the account, `name` the person's. `seat` is the function he holds, `staff` its staff."""

    client: httpx.AsyncClient
    name: str
    person: str
    staff: str = ""
    seat: str = ""
    refused: list[str] = field(default_factory=list)

    async def _patiently(self, method: str, path: str, **request: Any) -> httpx.Response:
        """Again, with the same key, if the connection broke: the server closes what was idle for five seconds."""
        for last in (False, False, True):
            try:
                return await self.client.request(method, path, timeout=60, **request)
            except (httpx.ReadError, httpx.RemoteProtocolError):
                if last:
                    raise
        raise AssertionError

    async def ask(self, path: str, **asked: Any) -> Any:
        answer = await self._patiently("GET", f"/api{path}", params=asked)
        assert answer.status_code == 200, f"{self.name}: GET {path}: {answer.status_code} {answer.text[:500]}"
        return answer.json()

    async def send(self, method: str, path: str, body: Any = None, *, status: int | None = None) -> Any:
        """What the server answers; `status` is the refusal that is expected, else it must be done."""
        headers = {"Idempotency-Key": f"exercise-{next(_keys):06}"} if method == "POST" else {}
        answer = await self._patiently(method, f"/api{path}", json=body, headers=headers)
        told = f"{self.name} ({self.seat}): {method} {path} {body}: {answer.status_code} {answer.text[:600]}"
        assert answer.is_success if status is None else answer.status_code == status, told
        return answer.json() if answer.content else None

    async def make(self, path: str, body: dict[str, Any]) -> str:
        """The id of what was made."""
        return identity(await self.send("POST", path, body))

    async def things(self, *kinds: str, at: str | None = None) -> dict[str, Thing]:
        """By ref, what this person sees now, or saw at that moment."""
        asked = {"kinds": ",".join(kinds)} | ({"at": at} if at else {})
        facts = (await self.ask("/picture", **asked))["facts"]
        return {f["ref"]: Thing(f["ref"], f["ref"].split("/", 2)[2], f["room"], f["body"]) for f in facts}

    async def thing(self, kind: str, id: str) -> Thing:
        found = [thing for thing in (await self.things(kind)).values() if thing.id == id]
        assert found, f"{self.name} sees no {kind} {id}"
        return found[0]

    async def change(self, kind: str, id: str, fields: dict[str, Any], *, base: int | None = None) -> Any:
        base = base if base is not None else (await self.thing(kind.rstrip("s"), id)).version
        return await self.send("PATCH", f"/{kind}/{id}", {"base": base, "fields": fields})

    async def write(self, kind: str, text: str, **more: Any) -> Any:
        """An entry into the journal of the own staff."""
        return await self.send("POST", f"/journals/{self.staff}/entries", {"kind": kind, "text": text, **more})

    async def close(self) -> None:
        await self.client.aclose()


def identity(answer: dict[str, Any]) -> str:
    """The id in what the server answers to a thing it made."""
    if "ref" in answer:
        return str(answer["ref"]).split("/", 2)[2]
    return str(answer["id"])
