"""Answers that every kind of route gives."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

LEFT_OUT = ConfigDict(json_schema_serialization_defaults_required=False)
"""For answers that leave out what there is not."""


class Shape(BaseModel):
    """Every field is there, with null where there is nothing, unless the shape says LEFT_OUT."""

    model_config = ConfigDict(json_schema_serialization_defaults_required=True)


class Problem(Shape):
    """RFC 9457 problem details."""

    type: str
    title: str
    status: int
    detail: str
    field: str | None


class Done(Shape):
    done: bool
