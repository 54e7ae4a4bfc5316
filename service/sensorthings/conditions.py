"""$filter as a condition on the fields of one kind of entity, parsed by odata-query and checked field by field."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeAlias

from odata_query import ast
from odata_query.exceptions import ODataException
from odata_query.grammar import ODataLexer, ODataParser
from shapely import from_wkt
from shapely.errors import ShapelyError

from service.sensorthings.schema import EntitySet, Kind

LONGEST = 4000
MOST_PARTS = 100


class BadOption(Exception):
    """An option of the address is not understood or asks for too much. `option` is its name."""

    def __init__(self, option: str, detail: str) -> None:
        super().__init__(f"{option}: {detail}")
        self.option = option


@dataclass(frozen=True, slots=True)
class Compare:
    """`operator` is one of SQL's; `value` is None only for = and <>, and then asks whether there is a value."""

    field: str
    operator: str
    value: str | float | datetime | None


@dataclass(frozen=True, slots=True)
class Matches:
    """`how` is startswith, endswith or contains."""

    field: str
    how: str
    text: str


@dataclass(frozen=True, slots=True)
class Within:
    """Lies in the shape, WKT in degrees EPSG:4326, its border included."""

    field: str
    shape: str


@dataclass(frozen=True, slots=True)
class Joined:
    """`word` is AND or OR."""

    word: str
    left: Condition
    right: Condition


@dataclass(frozen=True, slots=True)
class Negated:
    condition: Condition


Condition: TypeAlias = Compare | Matches | Within | Joined | Negated

_OPERATORS = {ast.Eq: "=", ast.NotEq: "<>", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">="}
_TURNED = {"=": "=", "<>": "<>", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
_QUOTED = re.compile(r"('(?:[^']|'')*')")
_WITHIN = re.compile(r"\b(?:st_within|st_intersects|geo\.within)\s*\(")


def condition_of(text: str, of: EntitySet) -> Condition:
    """Raises BadOption."""
    if len(text) > LONGEST:
        raise BadOption("$filter", f"longer than {LONGEST} characters")
    # the library knows no @ in names and only the functions of OData; between quotes nothing is touched
    parts = _QUOTED.split(text)
    parts[::2] = [_WITHIN.sub("geo.intersects(", part.replace("@iot.id", "id")) for part in parts[::2]]
    try:
        tree = ODataParser().parse(ODataLexer().tokenize("".join(parts)))
    except (ODataException, ValueError, RecursionError) as error:
        raise BadOption("$filter", f"not understood: {' '.join(str(error).split())[:200]}") from error
    return _Reader(of).read(tree)


class _Reader:
    def __init__(self, of: EntitySet) -> None:
        self._of, self._parts = of, 0

    def read(self, node: Any) -> Condition:
        self._parts += 1
        if self._parts > MOST_PARTS:
            raise BadOption("$filter", f"more than {MOST_PARTS} parts")
        if isinstance(node, ast.BoolOp):
            word = "AND" if isinstance(node.op, ast.And) else "OR"
            return Joined(word, self.read(node.left), self.read(node.right))
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            return Negated(self.read(node.operand))
        if isinstance(node, ast.Compare):
            return self._compare(node)
        if isinstance(node, ast.Call):
            return self._call(node)
        raise BadOption("$filter", f"{type(node).__name__} is no condition")

    def _compare(self, node: ast.Compare) -> Condition:
        left, right = node.left, node.right
        if isinstance(node.comparator, ast.In):
            if not isinstance(right, ast.List) or not right.val:
                raise BadOption("$filter", "in needs a list")
            anyone: Condition | None = None
            for value in right.val:
                one = self.read(ast.Compare(ast.Eq(), left, value))
                anyone = one if anyone is None else Joined("OR", anyone, one)
            assert anyone is not None
            return anyone
        operator = _OPERATORS[type(node.comparator)]
        if isinstance(right, ast.Identifier | ast.Attribute):
            left, right, operator = right, left, _TURNED[operator]
        name, kind = self._field(left)
        if isinstance(right, ast.Null):
            if operator not in ("=", "<>"):
                raise BadOption("$filter", f"{name}: null can only be eq or ne")
            return Compare(name, operator, None)
        return Compare(name, operator, _value(name, kind, right))

    def _call(self, node: ast.Call) -> Condition:
        function, given = _full_name(node.func), node.args
        if function in ("startswith", "endswith", "contains"):
            name, kind = self._field(given[0])
            if kind is not Kind.TEXT or not isinstance(given[1], ast.String):
                raise BadOption("$filter", f"{function} takes a text of the entity and a text in quotes")
            return Matches(name, function, given[1].val)
        if function == "geo.intersects":
            place, shape = (given[1], given[0]) if isinstance(given[0], ast.Geography) else (given[0], given[1])
            name, kind = self._field(place)
            if kind is not Kind.PLACE or not isinstance(shape, ast.Geography):
                raise BadOption("$filter", "st_within takes a place and geography'POLYGON((…))'")
            return Within(name, _shape(shape.val))
        raise BadOption("$filter", f"the function {function[:40]} is not known here")

    def _field(self, node: Any) -> tuple[str, Kind]:
        name = _path(node)
        if name is None:
            raise BadOption("$filter", f"{type(node).__name__} where a field should stand")
        found = self._of.fields.get(name)
        if found is None:
            known = ", ".join(self._of.fields)
            raise BadOption("$filter", f"{self._of.name} cannot be filtered by {name[:80]}; by: {known}")
        return name, found


def _path(node: Any) -> str | None:
    if isinstance(node, ast.Identifier):
        return _full_name(node)
    if isinstance(node, ast.Attribute):
        above = _path(node.owner)
        return f"{above}/{node.attr}" if above else None
    return None


def _full_name(node: ast.Identifier) -> str:
    return ".".join((*node.namespace, node.name))


def _value(name: str, kind: Kind, node: Any) -> str | float | datetime:
    try:
        if kind is Kind.NUMBER and isinstance(node, ast.Integer | ast.Float):
            return float(node.val)
        if kind is Kind.TEXT and isinstance(node, ast.String | ast.Integer):
            return str(node.val)
        if kind is Kind.TIME and isinstance(node, ast.DateTime | ast.Date):
            moment = datetime.fromisoformat(node.val)
            return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError) as error:
        raise BadOption("$filter", f"{name}: {str(node.val)[:60]} is no {kind}") from error
    raise BadOption("$filter", f"{name} cannot be compared with a {type(node).__name__}; it is a {kind}")


def _shape(wkt: str) -> str:
    try:
        found = from_wkt(wkt)
    except (ShapelyError, ValueError) as error:
        raise BadOption("$filter", f"no shape in WKT: {str(error)[:100]}") from error
    west, south, east, north = found.bounds if not found.is_empty else (-999.0,) * 4
    if west < -180 or east > 180 or south < -90 or north > 90:
        raise BadOption("$filter", "the shape must lie within -180 -90, 180 90 degrees and not be empty")
    if not found.is_valid:
        raise BadOption("$filter", "the shape crosses itself")
    return str(found.wkt)
