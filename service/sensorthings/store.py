"""Stations, series and values as rows of SensorThings entities. Whoever asks gets what the rooms named let them see."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from geodata.store.database import Database
from service.sensorthings.conditions import Compare, Condition, Joined, Matches, Within
from service.sensorthings.options import After, Order
from service.sensorthings.schema import PROPERTIES, Key

WITHIN_SECONDS = 15.0
"""What takes longer is given up: the answer is 503."""

_NAMED = " ".join(f"WHEN '{quantity}' THEN '{told.name}'" for quantity, told in PROPERTIES.items())
_PROPERTY = f"CASE quantity {_NAMED} ELSE quantity END"

# A replayed file's source is `name:replay`.
_TABLES = f"""
    WITH station AS (
        SELECT f.id AS thing, split_part(f.source, ':', 1) AS source, f.as_of, f.body, f.geom, f.body ->> 'name' AS name
        FROM fact f
        WHERE f.kind = 'station' AND f.origin = :origin AND f.room = ANY(cast(:rooms AS text[]))
          AND (cast(:refs AS text[]) IS NULL OR f.ref = ANY(cast(:refs AS text[])))
    ), described AS (
        SELECT s.thing, s.source, s.as_of, s.geom, s.name AS station_name, q AS body, q ->> 'quantity' AS quantity,
               s.thing || '.' || (q ->> 'quantity') AS datastream
        FROM station s CROSS JOIN LATERAL jsonb_array_elements(s.body -> 'series') q
    ), stream AS (
        SELECT d.*, n.id AS number, coalesce(n.unit, d.body ->> 'unit') AS unit,
               d.station_name || ': ' || {_PROPERTY.replace("quantity", "d.quantity")} AS name
        FROM described d
        LEFT JOIN series n ON n.origin = :origin AND n.station = d.thing AND n.quantity = d.quantity
    ), place AS (
        SELECT * FROM station WHERE geom IS NOT NULL
    ), sensor AS (
        SELECT s.source, f.body, coalesce(f.body ->> 'title', s.source) AS name
        FROM (SELECT DISTINCT source FROM station) s
        LEFT JOIN fact f ON f.ref = :origin || '/feed/' || s.source AND f.room = ANY(cast(:rooms AS text[]))
    ), property AS (
        SELECT quantity, {_PROPERTY} AS name FROM (SELECT DISTINCT quantity FROM described) d
    )
"""
_RELATIONS: dict[str, tuple[str, str]] = {
    "Things": ("station", "thing"),
    "Locations": ("place", "thing"),
    "HistoricalLocations": ("place", "thing"),
    "FeaturesOfInterest": ("station", "thing"),
    "Datastreams": ("stream", "datastream"),
    "Sensors": ("sensor", "source"),
    "ObservedProperties": ("property", "quantity"),
}
"""Relation and what the entities' ids are."""
_PLACED = frozenset({"station", "place", "stream"})

_NUMBER_OF = "d.datastream || '.' || cast(extract(epoch FROM o.at) * 1000000 AS bigint)"
_COLUMNS: dict[str, dict[str, str]] = {
    "Things": {"id": "r.thing", "name": "r.name", "Locations/location": "r.geom", "properties/source": "r.source"},
    "Locations": {"id": "r.thing", "name": "r.name", "location": "r.geom"},
    "HistoricalLocations": {"id": "r.thing", "time": "r.as_of", "Thing/id": "r.thing"},
    "FeaturesOfInterest": {"id": "r.thing", "name": "r.name", "feature": "r.geom"},
    "Datastreams": {
        "id": "r.datastream", "name": "r.name", "unitOfMeasurement/symbol": "r.unit", "observedArea": "r.geom",
        "Thing/id": "r.thing", "Thing/name": "r.station_name", "Thing/Locations/location": "r.geom",
        "ObservedProperty/id": "r.quantity",
        "ObservedProperty/name": f"({_PROPERTY.replace('quantity', 'r.quantity')})", "Sensor/id": "r.source",
    },
    "Sensors": {"id": "r.source", "name": "r.name"},
    "ObservedProperties": {"id": "r.quantity", "name": "r.name"},
    "Observations": {
        "id": f"({_NUMBER_OF})", "phenomenonTime": "o.at", "resultTime": "o.at", "result": "o.value",
        "Datastream/id": "d.datastream", "Datastream/name": "d.name", "Datastream/Thing/id": "d.thing",
        "Datastream/ObservedProperty/id": "d.quantity",
        "Datastream/ObservedProperty/name": f"({_PROPERTY.replace('quantity', 'd.quantity')})",
        "FeatureOfInterest/id": "d.thing", "FeatureOfInterest/feature": "d.geom",
    },
}  # fmt: skip
_COLUMNS["Things"] |= {
    f"properties/{name}": f"(r.body ->> '{name}')" for name in ("kind", "water", "operator", "number", "municipality")
}
_OF = _COLUMNS["Observations"]
_ACROSS = {"id": ("d.datastream", "o.at")}
_VALUES = {"phenomenonTime": "at", "resultTime": "at", "result": "value", "id": "at"}
"""By what the values of one series can be sorted before they are put together with those of others."""

_SPANS = text("""
    SELECT n.number, (SELECT min(at) FROM observation WHERE series = n.number) AS first,
           (SELECT at FROM latest WHERE series = n.number) AS last
    FROM unnest(cast(:numbers AS int4[])) AS n (number)
""")


@dataclass(frozen=True, slots=True)
class Asked:
    """Entities of a kind, `limit` of each value of `key`, or of all if there is none. `things` are the only stations
    that come into question, `at` the only moment, if that is known."""

    name: str
    limit: int
    skip: int = 0
    key: Key | None = None
    values: tuple[str, ...] = ()
    things: tuple[str, ...] | None = None
    at: datetime | None = None
    condition: Condition | None = None
    order: tuple[Order, ...] = ()
    after: After | None = None

    @property
    def pages_by_time(self) -> bool:
        """Whether these are Observations sorted by time alone: then a page can go on after the last one before."""
        by = [o.field for o in self.order]
        return self.name == "Observations" and by in ([], ["phenomenonTime"], ["resultTime"])


class Entities:
    """Rows of entities as somebody with these rooms sees them. Every call raises StoreUnavailable."""

    def __init__(self, database: Database, rooms: Collection[str], origin: str) -> None:
        self._database, self._rooms, self._origin = database, rooms, origin

    async def rows(self, asked: Asked) -> list[Any]:
        """Sorted within each value of the key."""
        given = self._given(asked)
        query = _observations(asked, given) if asked.name == "Observations" else _others(asked, given)
        async with self._connection() as connection:
            return list(await connection.execute(text(_TABLES + query), given))

    async def counts(self, asked: Asked) -> dict[str, int]:
        """How many there are for each value of the key; under "" if there is none."""
        given = self._given(asked)
        if asked.name == "Observations":
            source, alias, conditions = (
                "stream d JOIN observation o ON o.series = d.number",
                "d",
                _of_value(asked, given),
            )
        else:
            source, alias, conditions = f"{_RELATIONS[asked.name][0]} r", "r", []
        key = f"{alias}.{asked.key.value}" if asked.key else "''"
        where = _where([*conditions, *_common(asked, given, alias)])
        async with self._connection() as connection:
            found = await connection.execute(
                text(f"{_TABLES} SELECT {key}, count(*) FROM {source} {where} GROUP BY 1"), given
            )
            return {row[0]: row[1] for row in found}

    async def spans(self, numbers: Sequence[int]) -> dict[int, tuple[datetime, datetime]]:
        """Times of the first and the last value of each series that has any."""
        if not numbers:
            return {}
        async with self._connection() as connection:
            found = await connection.execute(_SPANS, {"numbers": list(numbers)})
            return {row.number: (row.first, row.last) for row in found if row.first and row.last}

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[AsyncConnection]:
        async with self._database.reading(self._rooms) as connection, asyncio.timeout(WITHIN_SECONDS):
            yield connection

    def _given(self, asked: Asked) -> dict[str, Any]:
        refs = [f"{self._origin}/station/{thing}" for thing in asked.things] if asked.things is not None else None
        return {"origin": self._origin, "rooms": self._database.asked(self._rooms), "refs": refs}


def _others(asked: Asked, given: dict[str, Any]) -> str:
    relation, id = _RELATIONS[asked.name]
    columns = _COLUMNS[asked.name]
    order = ", ".join([*(_sorted(columns[o.field], o) for o in asked.order), f"r.{id}"])
    over = f"PARTITION BY r.{asked.key.value} ORDER BY {order}" if asked.key else f"ORDER BY {order}"
    point = ", ST_X(r.geom) AS longitude, ST_Y(r.geom) AS latitude" if relation in _PLACED else ""
    given |= {"skip": asked.skip, "limit": asked.limit}
    return f"""
        SELECT * FROM (
            SELECT r.*{point}, row_number() OVER ({over}) AS rank FROM {relation} r {_where(_common(asked, given, "r"))}
        ) found WHERE rank > :skip AND rank <= cast(:skip AS bigint) + :limit ORDER BY rank
    """


def _observations(asked: Asked, given: dict[str, Any]) -> str:
    """Each series gives no more values than could all be wanted, from its index; the few are then put together."""
    orders = asked.order or (Order("phenomenonTime", False),)
    within = ", ".join(_sorted(f"o.{_VALUES[o.field]}", o) for o in orders if o.field in _VALUES) or "o.at"
    across = ", ".join(_sorted(column, o) for o in orders for column in _ACROSS.get(o.field, (_OF[o.field],)))
    if asked.pages_by_time:
        across += f", {_sorted('d.datastream', orders[0])}"
    else:
        across += ", d.datastream, o.at"
    over = f"PARTITION BY d.{asked.key.value} ORDER BY {across}" if asked.key else f"ORDER BY {across}"
    values = _of_value(asked, given)
    if asked.after is not None:
        sign = "<" if orders[0].descending else ">"
        given |= {"after_at": asked.after.at, "after_stream": asked.after.datastream}
        values.append(f"o.at {sign}= :after_at AND (o.at {sign} :after_at OR d.datastream {sign} :after_stream)")
    if asked.condition is not None:
        values.append(_sql(asked.condition, asked.name, given))
    given |= {"skip": asked.skip, "limit": asked.limit, "most": asked.skip + asked.limit}
    streams = _where(["d.number IS NOT NULL", *_keyed(asked, given, "d")])
    return f"""
        SELECT * FROM (
            SELECT d.thing, d.datastream, d.quantity, d.source, o.at, o.value, o.corrections,
                   row_number() OVER ({over}) AS rank
            FROM stream d CROSS JOIN LATERAL (
                SELECT o.at, o.value, o.corrections FROM observation o
                {_where(["o.series = d.number", *values])} ORDER BY {within} LIMIT :most
            ) o {streams}
        ) found WHERE rank > :skip AND rank <= cast(:skip AS bigint) + :limit ORDER BY rank
    """


def _of_value(asked: Asked, given: dict[str, Any]) -> list[str]:
    if asked.at is None:
        return []
    given["at"] = asked.at
    return ["o.at = :at"]


def _common(asked: Asked, given: dict[str, Any], alias: str) -> list[str]:
    conditions = _keyed(asked, given, alias)
    if asked.condition is not None:
        conditions.append(_sql(asked.condition, asked.name, given))
    return conditions


def _keyed(asked: Asked, given: dict[str, Any], alias: str) -> list[str]:
    if asked.key is None:
        return []
    given["keys"] = list(asked.values)
    return [f"{alias}.{asked.key.value} = ANY(cast(:keys AS text[]))"]


def _where(conditions: list[str]) -> str:
    return f"WHERE {' AND '.join(f'({c})' for c in conditions)}" if conditions else ""


def _sorted(column: str, order: Order) -> str:
    # a value and its time are never null; said so, PostgreSQL would not use their index backwards
    last = "" if column.startswith("o.") else " NULLS LAST"
    return f"{column} DESC{last}" if order.descending else column


def _sql(condition: Condition, name: str, given: dict[str, Any]) -> str:
    """The columns are ours, the values are parameters."""
    if isinstance(condition, Joined):
        left, right = _sql(condition.left, name, given), _sql(condition.right, name, given)
        return f"({left} {condition.word} {right})"
    if isinstance(condition, Compare | Matches | Within):
        column = _COLUMNS[name][condition.field]
        if isinstance(condition, Compare) and condition.value is None:
            return f"{column} IS {'NOT ' if condition.operator == '<>' else ''}NULL"
        parameter = f"v{len(given)}"
        if isinstance(condition, Within):
            given[parameter] = condition.shape
            return f"coalesce(ST_Intersects({column}, ST_GeomFromText(:{parameter}, 4326)), false)"
        if isinstance(condition, Matches):
            given[parameter] = condition.text
            return f"coalesce({_FUNCTIONS[condition.how].format(column, parameter)}, false)"
        given[parameter] = condition.value
        kind = {str: "text", float: "float8"}.get(type(condition.value), "timestamptz")
        return f"coalesce({column} {condition.operator} cast(:{parameter} AS {kind}), false)"
    return f"(NOT {_sql(condition.condition, name, given)})"


_FUNCTIONS: dict[str, LiteralString] = {
    "startswith": "starts_with({0}, cast(:{1} AS text))",
    "endswith": "right({0}, length(cast(:{1} AS text))) = cast(:{1} AS text)",
    "contains": "strpos({0}, cast(:{1} AS text)) > 0",
}
