"""Bodies of every kind, made from the kind's own model: each text in them stands nowhere else."""

from __future__ import annotations

import re
from itertools import count
from random import Random
from typing import Any

import msgspec
from msgspec import inspect

from geodata.model.body import from_body, to_body
from geodata.model.editing import BadEdit
from geodata.model.geometry import Geometry
from geodata.model.request import WHATS, Request

_numbers = count(1)
_PATTERNED = ("1/3/18//22", "053340002", "1", "5", "0", "a1")
_SHAPES = (
    {"type": "Point", "coordinates": [6.08471, 50.77643]},
    {"type": "Polygon", "coordinates": [[[6.1, 50.7], [6.2, 50.7], [6.2, 50.8], [6.1, 50.7]]]},
    {"type": "LineString", "coordinates": [[6.1, 50.7], [6.2, 50.8]]},
)


def body_of(model: type[Any], random: Random, *, full: bool = False) -> dict[str, Any]:
    """A body that the model accepts; with `full` every field that can stand beside the others is in it."""
    for attempt in range(400):
        body = _object(inspect.type_info(model), random, 1.0 if full and attempt < 200 else random.random())
        if model is Request:
            body = {name: value for name, value in body.items() if name not in WHATS} | {
                "quantity": random.randint(1, 9), random.choice(WHATS): "DREHLEITER"
            }  # fmt: skip
        try:
            return to_body(from_body(body, model))
        except (msgspec.ValidationError, BadEdit, ValueError):
            continue
    raise AssertionError(f"no body of {model.__name__} in 400 attempts")


def _object(kind: Any, random: Random, share: float) -> dict[str, Any]:
    return {
        field.encode_name: _value(field.type, random, share)
        for field in kind.fields
        if field.required or random.random() < share
    }


def _value(kind: Any, random: Random, share: float) -> Any:
    match kind:
        case inspect.UnionType():
            return _value(
                random.choice([one for one in kind.types if not isinstance(one, inspect.NoneType)]), random, share
            )
        case inspect.DataclassType(cls=cls) if cls is Geometry:
            return random.choice(_SHAPES)
        case inspect.DataclassType():
            return _object(kind, random, share)
        case inspect.StrType():
            return _text(kind, random)
        case inspect.IntType():
            low = int(kind.ge if kind.ge is not None else (kind.gt or 0) + 1)
            return random.randint(low, int(min(kind.le if kind.le is not None else low + 90, low + 90)))
        case inspect.FloatType():
            least = kind.ge if kind.ge is not None else (kind.gt if kind.gt is not None else -90.0)
            most = kind.le if kind.le is not None else kind.lt if kind.lt is not None else least + 90
            return round(random.uniform(least, min(most, least + 5_000)) * 0.999 + 0.0001234, 7)
        case inspect.BoolType():
            return random.random() < 0.5
        case inspect.EnumType():
            return random.choice(list(kind.cls)).value
        case inspect.LiteralType():
            return random.choice(kind.values)
        case inspect.DateTimeType():
            return f"2026-11-{random.randint(10, 28)}T{random.randint(10, 23)}:15:{random.randint(10, 59)}Z"
        case inspect.DateType():
            return "2026-11-22"
        case inspect.VarTupleType() | inspect.ListType():
            return [_value(kind.item_type, random, share) for _ in range(random.randint(1, 3))]
        case inspect.TupleType():
            return [_value(one, random, share) for one in kind.item_types]
        case inspect.DictType():
            return {_value(kind.key_type, random, share): _value(kind.value_type, random, share)}
        case inspect.AnyType():
            return f"Wort-{next(_numbers)}"
    raise AssertionError(f"no value for {kind}")


def _text(kind: inspect.StrType, random: Random) -> str:
    fresh = f"Wort-{next(_numbers):06}"
    if kind.max_length == kind.min_length == 24:
        return f"NW AC  FW{fresh[-6:]}         "[:24]
    able = [fresh] if kind.pattern is None or re.search(kind.pattern, fresh) else list(_PATTERNED)
    fits = [
        one for one in able
        if len(one) <= (kind.max_length or 10_000) and (kind.pattern is None or re.search(kind.pattern, one))
    ]  # fmt: skip
    return random.choice(fits or [fresh[-(kind.max_length or 11) :]])
