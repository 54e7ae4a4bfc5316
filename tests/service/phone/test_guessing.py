"""Guessing finds nothing, is slowed, and learns nothing; a link stands in no log."""

from __future__ import annotations

import base64
import os
import secrets
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
import structlog
from sqlalchemy import text

from alerting.store import links
from alerting.store.links import Purpose
from alerting.store.sealing import Seal
from service.access.limits import Limits
from service.cli.serve import processors
from service.pages import door
from tests.service.conftest import Node
from tests.service.phone.called import Called, own_link, text_in
from tests.service.roster.crew import Crew

TRIES = 1_000_000 if os.environ.get("LAGEBILD_PROVE") else 10_000

BESIDE = ("httpx", "httpcore", "uvicorn.access")
"""The test's own client, and what `lagebild serve` has switched off."""


def near(token: str) -> Iterator[str]:
    """As a guesser begins: a true one with something changed, then anything at all."""
    for at in range(len(token)):
        for sign in "Aa0-_":
            if token[at] != sign:
                yield token[:at] + sign + token[at + 1 :]
    yield from (token[:-1], token + "A", token.swapcase(), token[::-1], "", "A" * 27, token * 2, "ü" * 27, "\x00" * 27)
    id = secrets.token_bytes(8)
    while True:
        yield base64.urlsafe_b64encode(id + secrets.token_bytes(12)).decode().rstrip("=")
        yield secrets.token_urlsafe(20)


@pytest.mark.proof
def test_a_million_guesses_find_none(tmp_path: Path) -> None:
    seal = Seal(tmp_path)
    true = links.token_of(seal, secrets.token_bytes(8))
    raw = base64.urlsafe_b64decode(true + "=")
    guesses = near(true)
    for _ in range(TRIES):
        guess = next(guesses)
        found = links.signed(seal, guess)
        # The last sign of base64 holds two bits that count for nothing: the same link, written otherwise.
        assert found is None or base64.urlsafe_b64decode(guess + "=") == raw, guess
    assert links.signed(seal, true) is not None


async def test_guessing_is_slowed_and_never_asks_the_database(
    node: Node, alarm: Called, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    real = links.find

    async def find(*args: object, **more: object) -> object:
        asked.append("asked")
        return await real(*args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(door.links, "find", find)
    true = alarm.tokens[alarm.helpers[0]]
    guesses = near(true)
    codes = []
    stranger = httpx.AsyncClient(base_url=node.url, transport=httpx.AsyncHTTPTransport(local_address="127.0.0.9"))
    for number in range(150):
        guess = next(guesses)
        if not guess.isascii() or not guess or "\x00" in guess or guess[:26] == true[:26]:
            continue
        answer = await stranger.get(f"/{'me' if number % 2 else 'a'}/{guess}")
        codes.append(answer.status_code)
    assert set(codes) == {404, 429}
    assert codes.count(404) <= door.WRONG.amount
    assert asked == []
    # Whoever has a true link behind the same address is let in.
    assert (await stranger.get(f"/a/{true}")).status_code == 200
    assert asked == ["asked"]
    await stranger.aclose()


@pytest.fixture
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    async def check(self: Limits, limit: object, address: str) -> None:
        return None

    monkeypatch.setattr(Limits, "check", check)


async def _expire(crew: Crew, helper: str) -> None:
    await _put(crew, "UPDATE helper_link SET expires_at = now() - interval '1 s' WHERE helper = :helper", helper)


async def _put(crew: Crew, sql: str, helper: str) -> None:
    async with crew.node.database.transaction("test") as tx:
        await tx.connection.execute(text(sql), {"helper": helper})


@pytest.mark.usefixtures("unhurried")
async def test_all_that_is_refused_looks_alike(node: Node, brigade: Crew) -> None:
    refused: list[httpx.Response] = []
    for number, case in enumerate(("expired", "revoked", "erased")):
        helper = await brigade.add(f"Rita {number}")
        token = await own_link(brigade, helper)
        assert (await node.client.get(f"/me/{token}")).status_code == 200
        if case == "expired":
            await _expire(brigade, helper)
        elif case == "revoked":
            async with node.database.transaction("test") as tx:
                await links.revoke(tx.connection, helper, now=datetime.now(UTC))
        else:
            await _put(brigade, "UPDATE helper SET state = 'ERASED', name = NULL, key = NULL, sealed = NULL "
                       "WHERE id = :helper", helper)  # fmt: skip
        refused.append(await node.client.get(f"/me/{token}"))
    unsigned = base64.urlsafe_b64encode(secrets.token_bytes(20)).decode().rstrip("=")
    signed = links.token_of(brigade.seal, secrets.token_bytes(8))
    for token in (unsigned, signed, "x"):
        refused += [await node.client.get(f"/{page}/{token}") for page in ("a", "me")]
    refused.append(await node.client.get(f"/me/{unsigned}/export"))
    assert {answer.status_code for answer in refused} == {404}
    assert len({answer.text for answer in refused}) == 1
    varying = ("date", "content-length")
    heads = [{k: v for k, v in answer.headers.items() if k not in varying} for answer in refused]
    assert all(head == heads[0] for head in heads)
    assert "Der Link ist falsch, abgelaufen oder zurückgenommen" in text_in(refused[0])


@pytest.mark.usefixtures("unhurried")
async def test_the_time_of_a_refusal_tells_little(node: Node, brigade: Crew) -> None:
    """Of the same order whether the signature is wrong or the link has run out."""
    helper = await brigade.add("Susi")
    over = await own_link(brigade, helper)
    await _expire(brigade, helper)
    unsigned = base64.urlsafe_b64encode(secrets.token_bytes(20)).decode().rstrip("=")
    took: dict[str, list[float]] = {over: [], unsigned: []}
    for _ in range(30):
        for token, times in took.items():
            began = time.perf_counter()
            await node.client.get(f"/me/{token}")
            times.append(time.perf_counter() - began)
    fast, slow = sorted(min(times) for times in took.values())
    assert slow < fast * 10 + 0.01


async def test_an_alarm_s_link_of_another_purpose_or_person_opens_nothing_of_his(
    node: Node, brigade: Crew, alarm: Called
) -> None:
    """A link made for one alarm and one person is asked for both."""
    stranger = await brigade.add("Tom Thelen")
    async with node.database.transaction("test") as tx:
        now = datetime.now(UTC)
        id = await links.make(
            tx.connection, stranger, Purpose.ALARM, now=now, expires=now + timedelta(hours=1), alarm=alarm.alarm
        )
    path = f"/a/{links.token_of(brigade.seal, id)}"
    answers = [await node.client.get(path), await node.client.post(path, data={"do": "COMING"})]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].text == answers[1].text


@pytest.fixture(params=[False, True], ids=["console", "json"])
def as_served(request: pytest.FixtureRequest) -> Iterator[None]:
    """Logs as `lagebild serve` writes them."""
    structlog.configure(processors=processors(as_json=request.param))
    yield
    structlog.reset_defaults()


@pytest.mark.usefixtures("as_served")
async def test_no_link_stands_in_a_log_even_when_all_goes_wrong(
    node: Node,
    alarm: Called,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    from service.phone import store

    async def broken(*args: object, **more: object) -> None:
        raise RuntimeError("broken on purpose")

    token = alarm.tokens[alarm.helpers[0]]
    caplog.set_level("DEBUG")
    assert (await node.client.get(f"/a/{token}")).status_code == 200
    assert (await node.client.post(f"/a/{token}", data={"do": "COMING"})).status_code == 200
    assert (await node.client.get(f"/a/{token}x")).status_code in (404, 429)
    monkeypatch.setattr(store, "shown", broken)
    assert (await node.client.get(f"/a/{token}")).status_code == 500
    written = "".join(capfd.readouterr())
    assert "broken on purpose" in written + caplog.text
    ours = [record.getMessage() for record in caplog.records if not record.name.startswith(BESIDE)]
    for line in [written, *ours]:
        assert token not in line


def test_the_server_writes_no_list_of_requests() -> None:
    source = (Path(door.__file__).parents[1] / "cli" / "serve.py").read_text()
    assert "access_log=False" in source
