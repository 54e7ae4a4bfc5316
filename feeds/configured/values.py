"""Texts, numbers, times, places and levels out of an item, by the block's paths."""

from __future__ import annotations

import math
import re
from collections import Counter
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from feeds.configured.block import Block
from feeds.configured.paths import find
from feeds.plain_text import one_line, plain
from geodata.model.level import Level

_NUMBER = re.compile(r"[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d{1,3})?")
_EPOCH = {"epoch": 1.0, "epoch_ms": 1000.0}
_LONGEST_NUMBER = 40


class Unusable(ValueError):
    """The item cannot be used; the message says which field and why."""


class Values:
    """Reads items of one block. `unknown` counts words of severity that the block does not map."""

    def __init__(self, block: Block, unknown: Counter[str]) -> None:
        self._block, self._fields, self._unknown = block, block.fields, unknown
        self._zone = ZoneInfo(block.zone) if block.zone else None
        self._levels = {word.strip().casefold(): level for word, level in block.severity.items()}

    def text(self, item: Any, name: str, joint: str = " ") -> str:
        """What stands at the field's paths, put together; plain text."""
        paths = getattr(self._fields, name) or []
        return joint.join(filter(None, (plain(_as_text(find(item, path))) for path in paths)))

    def key(self, item: Any) -> str:
        """The source's key of the item. Raises Unusable."""
        paths = self._fields.id or []
        parts = [_as_text(find(item, path)).strip() for path in paths]
        if not all(parts):
            missing = next(path for path, part in zip(paths, parts, strict=True) if not part)
            raise Unusable(f"no {missing!r}, which is its id")
        key = "_".join(parts)
        if not key:
            raise Unusable("no id")
        return key[:500]

    def title(self, item: Any) -> str:
        """Raises Unusable."""
        title = one_line(self.text(item, "title"))[:300]
        if not title:
            raise Unusable(f"no {' '.join(self._fields.title or ['title'])!r}, which is its title")
        return title

    def more(self, item: Any) -> dict[str, str]:
        shown = {name[:60]: plain(_as_text(find(item, path)))[:1000] for name, path in self._block.more.items()}
        return {name: text for name, text in shown.items() if text}

    def number(self, item: Any, name: str) -> float | None:
        """None where nothing stands. Raises Unusable."""
        for path in getattr(self._fields, name) or []:
            value = find(item, path)
            if value is not None and value != "":
                return self._number(value, path)
        return None

    def position(self, item: Any) -> tuple[float, float] | None:
        """The two numbers as the source orders them: first, second. Raises Unusable."""
        if self._fields.position:
            text = self.text(item, "position")
            if not text:
                return None
            parts = re.split(r"[,;\s]+", text.strip())
            if len(parts) != 2:
                raise Unusable(f"position {text[:40]!r} is not two numbers")
            return self._number(parts[0], "position"), self._number(parts[1], "position")
        east, north = self.number(item, "longitude"), self.number(item, "latitude")
        return None if east is None or north is None else (east, north)

    def time(self, item: Any, name: str) -> datetime | None:
        """None where nothing stands. Raises Unusable: a time is never guessed."""
        paths = getattr(self._fields, name) or []
        raw = [find(item, path) for path in paths]
        parts = [_as_text(value).strip() for value in raw]
        if not any(parts):
            return None
        if not all(parts):
            raise Unusable(f"{name}: a part of the time is missing")
        try:
            moment = self._moment(parts)
        except (ValueError, OverflowError, OSError) as error:
            raise Unusable(f"{name} {' '.join(parts)[:40]!r} is no time ({self._block.time})") from error
        if moment.tzinfo is None:
            if self._zone is None:
                raise Unusable(f"{name} {' '.join(parts)[:40]!r} has no time zone: name it in `zone`")
            moment = moment.replace(tzinfo=self._zone)
        try:
            return moment.astimezone(UTC)
        except OverflowError as error:
            raise Unusable(f"{name} {' '.join(parts)[:40]!r} is no time") from error

    def severity(self, item: Any) -> tuple[str | None, Level | None]:
        """The source's word and our level of it, None for a word that is not mapped."""
        word = one_line(self.text(item, "severity"))[:100]
        if not word:
            return None, None
        level = self._levels.get(word.casefold())
        if level is None:
            self._unknown[f"severity {word[:40]}"] += 1
        return word, level

    def link(self, item: Any) -> str | None:
        return web_page(self.text(item, "link"))

    def wanted(self, item: Any) -> bool:
        for path, values in self._block.only.items():
            if _as_text(find(item, path)).strip() not in {_as_text(value) for value in values}:
                return False
        return True

    def _number(self, value: Any, path: str) -> float:
        if isinstance(value, str):
            text = value.strip()
            if self._block.decimal == ",":
                text = text.replace(".", "").replace(",", ".")
            if len(text) > _LONGEST_NUMBER or not _NUMBER.fullmatch(text):
                raise Unusable(f"{path} {value[:40]!r} is not a number")
            value = float(text)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise Unusable(f"{path} is not a number")
        if not -1e15 <= value <= 1e15 or math.isnan(value):  # compared first: a long int would overflow as float
            raise Unusable(f"{path} is not a possible number")
        return float(value)

    def _moment(self, parts: list[str]) -> datetime:
        form, text = self._block.time, " ".join(parts)
        if form in _EPOCH:
            return datetime.fromtimestamp(float(text) / _EPOCH[form], UTC)
        if form != "auto":
            return datetime.strptime(_filled(parts, form), form)  # noqa: DTZ007 - the zone is looked at by who asks
        try:
            return datetime.fromisoformat(text)
        except ValueError:
            return parsedate_to_datetime(text)


def _filled(parts: list[str], form: str) -> str:
    """Hours and minutes as one number lose their zeros on the way: `48` is 00:48."""
    forms = form.split()
    if len(forms) == len(parts):
        parts = [part.zfill(4) if shape == "%H%M" else part for part, shape in zip(parts, forms, strict=True)]
    return " ".join(parts)


def web_page(text: str) -> str | None:
    """The address if a browser may open it, else None."""
    try:
        parts = urlsplit(text.strip())
    except ValueError:
        return None
    return text.strip()[:2000] if parts.scheme in ("http", "https") and parts.hostname else None


def _as_text(value: Any) -> str:
    if value is None or isinstance(value, dict):
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        return "\n".join(_as_text(part) for part in value[:50] if not isinstance(part, list | tuple | dict))
    return str(value)[:40_000] if not isinstance(value, int) or abs(value) < 10**30 else ""
