"""Mutated and hostile answers: never an error that was not announced, never long, no entity expanded."""

from __future__ import annotations

import os
import random
import time

import pytest

from feeds.configured.source import made
from feeds.contract import FeedError, Garbled
from feeds.plausibility import sift
from geodata.model.body import to_body
from tests.feeds.configured.blocks import CASES, NOW, block

TIMES = 10_000 if os.environ.get("LAGEBILD_PROVE") else 150
_SEEDS = (b"\x00", b"\xff\xfe", b"NaN", b"1e999", b"-1", b"null", b"[]", b"{}", b'"', b"<", b">", b"&x;", b"9" * 400,
          b"[" * 2000, b"\xc3", b";", b"\n", b"=", b"Infinity", b"0001-01-01T00:00:00Z", b"9999-12-31T23:59:59-14:00",
          b"<a>" * 400, b'{"a":' * 1200)  # fmt: skip
ENTITIES = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;"><!ENTITY f SYSTEM "file:///etc/hostname">]>'


def mutated(answer: bytes, chance: random.Random) -> bytes:
    found = bytearray(answer)
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(found) + 1)
        match chance.randrange(5):
            case 0:
                found[at : at + chance.randint(1, 40)] = b""
            case 1:
                found[at:at] = chance.choice(_SEEDS)
            case 2:
                found[at : at + chance.randint(1, 12)] = chance.choice(_SEEDS)
            case 3 if at < len(found):
                found[at] = chance.randrange(256)
            case _:
                found[at:at] = found[: chance.randint(0, 200)]
        if not found:
            found = bytearray(b" ")
    return bytes(found)


@pytest.mark.proof
@pytest.mark.parametrize("kind", CASES)
def test_mutated_answers_are_read_or_refused_and_quickly(kind: str) -> None:
    case, chance = CASES[kind], random.Random(f"configured {kind}")
    source = made("q", block(case.text))()
    read = 0
    for number in range(TIMES):
        answer = mutated(case.answer, chance)
        began = time.process_time()
        source.recognises("answer", answer)
        try:
            batch = sift(source.parse("answer", answer, NOW), NOW)
        except FeedError:
            continue
        finally:
            assert time.process_time() - began < 1.0, (number, answer)
        for feature in batch.features:
            assert to_body(feature)["key"].startswith("q.") and (feature.at is None or feature.at.tzinfo)
        read += 1
    assert 0 < read < TIMES


@pytest.mark.parametrize("kind", ["rss", "cap"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-be"])
def test_no_entity_is_ever_expanded(kind: str, encoding: str) -> None:
    answer = CASES[kind].answer.split(b"?>", 1)[1]
    text = (ENTITIES + answer).decode("latin-1").replace("Rauch a", "&f;&b;").replace("Sturm", "&f;&b;")
    hostile = f'<?xml version="1.0" encoding="{encoding[:6]}"?>{text}'.encode(encoding)
    with pytest.raises(Garbled):
        made("q", block(CASES[kind].text))().parse("answer", hostile, NOW)


def test_a_feed_is_never_opened_as_a_file_or_an_address() -> None:
    for answer in (b"/etc/hostname", b"http://127.0.0.1:1/feed", b"file:///etc/hostname"):
        with pytest.raises(Garbled):
            made("q", block(CASES["rss"].text))().parse("answer", answer, NOW)
