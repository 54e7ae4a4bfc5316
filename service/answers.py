"""Answers that every kind of route gives."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Shape(BaseModel):
    """No defaults: what may be missing is Optional."""

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
