"""The options of an address: $top, $skip, $count, $orderby, $select, $expand, $filter, also those within $expand."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from service.sensorthings.conditions import BadOption, Condition, condition_of
from service.sensorthings.schema import SETS, EntitySet, Kind

DEFAULT_TOP = 100
MOST_TOP = 1000
MOST_SKIP = 100_000
DEEPEST = 3
MOST_EXPANDED = 10
LONGEST = 8000
NEXT = "$skiptoken"
"""Ours, in links to the next page: Observations go on after a time and a Datastream."""
OF_A_LIST = ("$top", "$skip", "$count", "$orderby", "$filter", NEXT)
OF_AN_ENTITY = ("$select", "$expand")


@dataclass(frozen=True, slots=True)
class Order:
    field: str
    descending: bool


@dataclass(frozen=True, slots=True)
class After:
    """The last Observation of the page before."""

    at: datetime
    datastream: str


@dataclass(frozen=True, slots=True)
class Options:
    """`given` are the options as they were written, for the link to the next page."""

    top: int = DEFAULT_TOP
    skip: int = 0
    count: bool = False
    order: tuple[Order, ...] = ()
    select: frozenset[str] | None = None
    expand: tuple[Expand, ...] = ()
    condition: Condition | None = None
    after: After | None = None
    given: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Expand:
    """Entities at `nav` told within their own."""

    nav: str
    options: Options


def options_of(given: Iterable[tuple[str, str]], of: EntitySet, *, many: bool, depth: int = 0) -> Options:
    """`many` says that a list is asked for and no single entity. Raises BadOption."""
    options, seen = Options(), dict[str, str]()
    for name, text in given:
        if name not in (*OF_A_LIST, *OF_AN_ENTITY):
            raise BadOption(name[:60], f"not known here; known are {', '.join((*OF_A_LIST[:-1], *OF_AN_ENTITY))}")
        if name in seen:
            raise BadOption(name, "given twice")
        if name in OF_A_LIST and not many:
            raise BadOption(name, "this is one entity and no list")
        if len(text) > LONGEST:
            raise BadOption(name, f"longer than {LONGEST} characters")
        seen[name] = text
        options = _with(options, name, text, of, depth)
    return replace(options, given=tuple(seen.items()))


def _with(options: Options, name: str, text: str, of: EntitySet, depth: int) -> Options:
    match name:
        case "$top":
            return replace(options, top=min(_number(name, text, 10**9), MOST_TOP))
        case "$skip":
            return replace(options, skip=_number(name, text, MOST_SKIP))
        case "$count":
            if text not in ("true", "false"):
                raise BadOption(name, "write true or false")
            return replace(options, count=text == "true")
        case "$orderby":
            return replace(options, order=tuple(_order(part, of) for part in text.split(",")))
        case "$select":
            return replace(options, select=_selected(text, of))
        case "$filter":
            return replace(options, condition=condition_of(text, of))
        case "$expand":
            return replace(options, expand=_expanded(text, of, depth))
    return replace(options, after=_after(text, of))


def _number(name: str, text: str, most: int) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 12):
        raise BadOption(name, "write a whole number from 0 on")
    if int(text) > most:
        raise BadOption(name, f"at most {most}; go on with $filter")
    return int(text)


def _order(text: str, of: EntitySet) -> Order:
    name, _, way = text.strip().partition(" ")
    name = "id" if name == "@iot.id" else name
    way = way.strip().lower() or "asc"
    if way not in ("asc", "desc") or of.fields.get(name) in (None, Kind.PLACE):
        known = ", ".join(f for f, kind in of.fields.items() if kind is not Kind.PLACE)
        raise BadOption("$orderby", f"{text.strip()[:80]!r}: write a field and asc or desc; fields are {known}")
    return Order(name, way == "desc")


def _selected(text: str, of: EntitySet) -> frozenset[str]:
    names = {"id" if name.strip() == "@iot.id" else name.strip() for name in text.split(",")}
    strange = names - {"id", *of.shown, *of.navs}
    if strange:
        raise BadOption("$select", f"{of.name} have no {sorted(strange)[0][:60]!r}")
    return frozenset(names)


def _expanded(text: str, of: EntitySet, depth: int) -> tuple[Expand, ...]:
    if depth >= DEEPEST:
        raise BadOption("$expand", f"at most {DEEPEST} levels")
    found: dict[str, Expand] = {}
    for part in _parts(text, ","):
        path, bracket, inner = part.strip().partition("(")
        if bracket and not inner.endswith(")"):
            raise BadOption("$expand", f"{part[:60]!r}: a bracket is not closed")
        nav, slash, further = path.strip().partition("/")
        if nav not in of.navs:
            raise BadOption("$expand", f"{of.name} lead to {', '.join(of.navs)}, not to {nav[:60]!r}")
        pairs: list[tuple[str, str]] = []
        if slash:  # A/B is A($expand=B)
            pairs.append(("$expand", f"{further}{bracket}{inner}"))
        elif bracket:
            for option in _parts(inner[:-1], ";"):
                name, _, value = option.strip().partition("=")
                pairs.append((name, value))
        target = of.navs[nav]
        options = options_of(pairs, SETS[target.target], many=target.many, depth=depth + 1)
        before = found.get(nav)
        if before is not None:  # Thing,Thing/Locations
            options = _merged(before.options, options)
        found[nav] = Expand(nav, options)
    if len(found) > MOST_EXPANDED:
        raise BadOption("$expand", f"at most {MOST_EXPANDED}")
    return tuple(found.values())


def _merged(first: Options, second: Options) -> Options:
    chosen = first if first.given and not second.given else second
    texts = [text for options in (first, second) for name, text in options.given if name == "$expand"]
    given = [(name, text) for name, text in chosen.given if name != "$expand"]
    expand = {e.nav: e for e in (*first.expand, *second.expand)}
    if texts:
        given.append(("$expand", ",".join(texts)))
    return replace(chosen, expand=tuple(expand.values()), given=tuple(given))


def _parts(text: str, sign: str) -> list[str]:
    """Cut at the sign where it stands neither in brackets nor in quotes."""
    parts, depth, quoted = [""], 0, False
    for letter in text:
        if letter == "'":
            quoted = not quoted
        elif not quoted:
            depth += (letter == "(") - (letter == ")")
            if letter == sign and depth == 0:
                parts.append("")
                continue
        parts[-1] += letter
    if depth or quoted:
        raise BadOption("$expand", "a bracket or a quotation mark is not closed")
    return parts


def _after(text: str, of: EntitySet) -> After:
    at, _, datastream = text.partition("~~")
    try:
        moment = datetime.fromisoformat(at)
    except ValueError as error:
        raise BadOption(NEXT, "follow the link as it was given") from error
    if of.name != "Observations" or moment.tzinfo is None or not datastream:
        raise BadOption(NEXT, "follow the link as it was given")
    return After(moment, datastream)
