"""An address of the service and its options as the answer: way to the entities, pages, what is expanded."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from service.sensorthings.conditions import BadOption
from service.sensorthings.entities import address, entity, id_of, instant, key_of, selected
from service.sensorthings.options import NEXT, Expand, Options, options_of
from service.sensorthings.schema import SETS, EntitySet, Key, Nav
from service.sensorthings.store import Asked, Entities

MOST_ENTITIES = 10_000
"""Of one answer, those expanded among them: with more the pages are smaller than $top."""
MOST_STEPS = 6
_STEP = re.compile(r"([A-Za-z]+)(?:\(('(?:[^']|'')*'|\d+)\))?")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Pairs = Sequence[tuple[str, str]]


class NoSuchEntity(Exception):
    """There is nothing at this address, or you may not see it."""


class Answers:
    """`root` is the service's own address, without / at the end."""

    def __init__(self, entities: Entities, root: str) -> None:
        self._entities, self._root = entities, root

    async def at(self, path: str, pairs: Pairs) -> Any:
        """JSON, or plain text for /$value. Raises NoSuchEntity, BadOption, StoreUnavailable."""
        steps = _steps(path)
        only_refs = len(steps) > 1 and steps[-1] == "$ref"
        as_text = len(steps) > 2 and steps[-1] == "$value"
        steps = steps[:-1] if only_refs or as_text else steps
        field = steps.pop() if len(steps) > 1 and _STEP.fullmatch(steps[-1]) and steps[-1][0].islower() else None
        if as_text and field is None:
            raise NoSuchEntity("$value follows a property")
        of, asked, many = await self._way(steps)
        if field is not None:
            if field not in of.shown or many:
                raise NoSuchEntity(f"{of.name} have no property {field[:60]!r}")
            options_of(pairs, of, many=False)
            told = (await self._one(of, asked, Options()))[field]
            return str(told) if as_text else {field: told}
        options = options_of(pairs, of, many=many)
        if not many:
            return await self._one(of, asked, options)
        link = f"{self._root}/{'/'.join(quote(step, safe=_SAFE) for step in steps)}"
        found = (await self._lists(of, asked, options)).get(asked.values[0] if asked.key else "")
        page = _page(found or _List([]), options, link)
        if only_refs:
            page["value"] = [{"@iot.selfLink": told["@iot.selfLink"]} for told in page["value"]]
        return page

    async def _way(self, steps: list[str]) -> tuple[EntitySet, Asked, bool]:
        """The kind of what stands at the end, how to ask for it, and whether it is a list."""
        match = _STEP.fullmatch(steps[0])
        of = SETS.get(match[1]) if match else None
        if match is None or of is None:
            raise NoSuchEntity(f"there are no {steps[0][:60]!r}; there are {', '.join(SETS)}")
        asked, many = Asked(of.name, 1), match[2] is None
        if not many:
            asked = _by_id(of, _unquoted(match[2]))
        for step in steps[1:]:
            match = _STEP.fullmatch(step)
            nav = of.navs.get(match[1]) if match else None
            if match is None or nav is None or many:
                raise NoSuchEntity(f"no way from {of.name} by {step[:60]!r}; ways are {', '.join(of.navs)}")
            rows = await self._entities.rows(asked)
            if not rows:
                raise NoSuchEntity(NoSuchEntity.__doc__)
            of, before = SETS[nav.target], of.name
            asked = _beside(nav, rows, before)
            many = nav.many and match[2] is None
            if nav.many and match[2] is not None:
                found = _by_id(of, _unquoted(match[2]))
                within = await self._entities.rows(replace(found, limit=1))
                if not within or key_of(within[0], nav.key) != asked.values[0]:
                    raise NoSuchEntity(NoSuchEntity.__doc__)
                asked = found
        return of, asked, many

    async def _one(self, of: EntitySet, asked: Asked, options: Options) -> dict[str, Any]:
        rows = await self._entities.rows(asked)
        if not rows:
            raise NoSuchEntity(NoSuchEntity.__doc__)
        return (await self._told(of, rows[:1], options))[0]

    async def _lists(self, of: EntitySet, asked: Asked, options: Options) -> dict[str, _List]:
        """What there is for each value of the key; under "" if there is none."""
        page = _size(of, options)
        asked = replace(
            asked,
            limit=page + 1,
            skip=options.skip if options.after is None else 0,
            condition=options.condition,
            order=options.order,
            after=options.after,
        )
        if options.after is not None and not asked.pages_by_time:
            raise BadOption(NEXT, "follow the link as it was given")
        rows = await self._entities.rows(asked) if options.top else []
        grouped: dict[str, list[Any]] = defaultdict(list)
        for row in rows:
            grouped[key_of(row, asked.key) if asked.key else ""].append(row)
        kept = [row for group in grouped.values() for row in group[:page]]
        told = iter(await self._told(of, kept, options))
        lists = {value: _List([next(told) for _ in group[:page]]) for value, group in grouped.items()}
        for value, group in grouped.items():
            if len(group) > page:
                last = group[page - 1]
                lists[value].next = (
                    (NEXT, f"{instant(last.at)}~~{last.datastream}")
                    if asked.pages_by_time
                    else ("$skip", str(options.skip + page))
                )
        if options.count:
            counts = await self._entities.counts(replace(asked, after=None))
            for value in asked.values or ("",):
                lists.setdefault(value, _List([])).count = counts.get(value, 0)
        return lists

    async def _told(self, of: EntitySet, rows: list[Any], options: Options) -> list[dict[str, Any]]:
        spans: dict[int, Any] = {}
        if of.name == "Datastreams":
            spans = await self._entities.spans([row.number for row in rows if row.number is not None])
        told = []
        for row in rows:
            whole = entity(of.name, row, self._root, spans.get(row.number) if spans else None)
            told.append(selected(whole, options.select))
        for expand in options.expand:
            await self._expand(of, rows, told, expand)
        return told

    async def _expand(self, of: EntitySet, rows: list[Any], told: list[dict[str, Any]], expand: Expand) -> None:
        nav, options = of.navs[expand.nav], expand.options
        if not rows:
            return
        asked, target = _beside(nav, rows, of.name), SETS[nav.target]
        found = await self._lists(target, asked, options if nav.many else replace(options, top=1))
        for row, entry in zip(rows, told, strict=True):
            there = found.get(key_of(row, nav.key)) or _List([])
            if nav.many:
                link = f"{self._root}/{address(of.name, id_of(of.name, row))}/{expand.nav}"
                page = _page(there, options, link)
                entry[expand.nav] = page.pop("value")
                entry |= {f"{expand.nav}{name}": value for name, value in page.items()}
            else:
                entry[expand.nav] = there.entries[0] if there.entries else None


class _List:
    """Entities of one page; `next` is the option that leads to the following one."""

    def __init__(self, entries: list[dict[str, Any]]) -> None:
        self.entries = entries
        self.next: tuple[str, str] | None = None
        self.count: int | None = None


def _page(found: _List, options: Options, link: str) -> dict[str, Any]:
    page: dict[str, Any] = {}
    if found.count is not None:
        page["@iot.count"] = found.count
    if found.next is not None:
        kept = [(name, text) for name, text in options.given if name not in ("$skip", NEXT)]
        query = "&".join(f"{name}={quote(text, safe=_SAFE)}" for name, text in [*kept, found.next])
        page["@iot.nextLink"] = f"{link}?{query}"
    page["value"] = found.entries
    return page


def _size(of: EntitySet, options: Options) -> int:
    """How many of a list one page holds, so that the answer with all that is expanded keeps its bounds."""
    return max(1, min(options.top, MOST_ENTITIES // (1 + sum(_weight(of, e) for e in options.expand))))


def _weight(of: EntitySet, expand: Expand) -> int:
    nav = of.navs[expand.nav]
    target, options = SETS[nav.target], expand.options
    inner = 1 + sum(_weight(target, further) for further in options.expand)
    return inner * (min(nav.usual or options.top, options.top) if nav.many else 1)


def _beside(nav: Nav, rows: Sequence[Any], of: str) -> Asked:
    """What lies at `nav` of these rows."""
    values = tuple(dict.fromkeys(key_of(row, nav.key) for row in rows))
    alone = nav.key in (Key.THING, Key.DATASTREAM) and of not in ("Sensors", "ObservedProperties")
    things = tuple(dict.fromkeys(row.thing for row in rows)) if alone else None
    return Asked(nav.target, 1, key=nav.key, values=values, things=things)


def _by_id(of: EntitySet, id: str) -> Asked:
    if of.key in (Key.SOURCE, Key.QUANTITY):
        return Asked(of.name, 1, key=of.key, values=(id,))
    if of.key is Key.THING:
        return Asked(of.name, 1, key=of.key, values=(id,), things=(id,))
    datastream, _, number = id.rpartition(".") if of.name == "Observations" else (id, "", "")
    at = None
    if of.name == "Observations":
        if not (number.removeprefix("-").isdigit() and len(number) < 18):
            raise NoSuchEntity(NoSuchEntity.__doc__)
        try:
            at = _EPOCH + timedelta(microseconds=int(number))
        except OverflowError as error:
            raise NoSuchEntity(NoSuchEntity.__doc__) from error
    things = (datastream.rpartition(".")[0],)
    return Asked(of.name, 1, key=Key.DATASTREAM, values=(datastream,), things=things, at=at)


_SAFE = "$()'/,;=:~-._@"


def _steps(path: str) -> list[str]:
    """Cut at / outside of quotes."""
    steps, quoted = [""], False
    for letter in path.strip("/"):
        quoted ^= letter == "'"
        if letter == "/" and not quoted:
            steps.append("")
        else:
            steps[-1] += letter
    if quoted or not all(steps) or len(steps) > MOST_STEPS:
        raise NoSuchEntity(f"an address has at most {MOST_STEPS} parts, ids in single quotes")
    return steps


def _unquoted(text: str) -> str:
    return text[1:-1].replace("''", "'") if text.startswith("'") else text
