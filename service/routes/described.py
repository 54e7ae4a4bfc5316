"""The OpenAPI description, as the answers really are: errors are problem details, bodies checked by msgspec."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from service.alarms import sent as alarms
from service.arrivals import routes as arrivals
from service.custody import routes as custody
from service.dispatch import sent as dispatch
from service.federation.islands import routes as islands
from service.federation.peers import sent as partners
from service.federation.procedures.alarms import sent as alarm_requests
from service.federation.procedures.joint import sent as joint
from service.federation.procedures.marches import sent as marches
from service.federation.procedures.messages import sent as messages
from service.federation.procedures.reports import sent as reports
from service.federation.receiving import routes as receiving
from service.federation.sending import routes as outbox
from service.federation.sharing import sent as sharing
from service.incidents import sent
from service.priority import routes as priority
from service.requests import sent as requests
from service.resources import catalogue_routes as catalogue
from service.resources import overview_sent as overview
from service.resources import routes as resources
from service.roster import routes as roster
from service.roster import shapes as people
from service.routes import sending
from service.routes.shapes import Problem
from service.shifts import routes as shifts
from service.volunteers import routes as volunteers

_SENT = (
    sending,
    sent,
    resources,
    overview,
    catalogue,
    dispatch,
    arrivals,
    requests,
    shifts,
    priority,
    roster,
    people,
    alarms,
    custody,
    volunteers,
    marches,
    joint,
    messages,
    partners,
    alarm_requests,
    reports,
    outbox,
    receiving,
    sharing,
    islands,
)
_REF = "#/components/schemas/{name}"
_PROBLEM = {"application/problem+json": {"schema": {"$ref": _REF.format(name="Problem")}}}
_EVERYWHERE = {"429": "Too many requests", "500": "Our fault", "503": "The database does not answer; try again"}


def description(app: FastAPI) -> Callable[[], dict[str, Any]]:
    """What `app.openapi` should be."""

    def described() -> dict[str, Any]:
        if not app.openapi_schema:
            app.openapi_schema = _corrected(
                get_openapi(title=app.title, version=app.version, summary=app.summary, routes=app.routes)
            )
        return app.openapi_schema

    return described


def _corrected(schema: dict[str, Any]) -> dict[str, Any]:
    parts = schema.setdefault("components", {}).setdefault("schemas", {})
    parts.setdefault("Problem", Problem.model_json_schema(mode="serialization"))
    parts.update(msgspec.json.schema_components([body for part in _SENT for body in part.BODIES], ref_template=_REF)[1])
    for operations in schema["paths"].values():
        for operation in operations.values():
            answers = operation["responses"]
            for status, answer in answers.items():
                if int(status) >= 400 and _says_what_went_wrong(answer):
                    answer["content"] = _PROBLEM
            for status, meaning in _EVERYWHERE.items():
                answers.setdefault(status, {"description": meaning, "content": _PROBLEM})
            if "requestBody" in operation:
                answers.setdefault("413", {"description": "The body is too large", "content": _PROBLEM})
                answers.setdefault("403", {"description": "Sent from a page that is not ours", "content": _PROBLEM})
    for unused in ("HTTPValidationError", "ValidationError"):
        parts.pop(unused, None)
    return schema


def _says_what_went_wrong(answer: dict[str, Any]) -> bool:
    schema = answer.get("content", {}).get("application/json", {}).get("schema", {})
    return str(schema.get("$ref", "/Problem")).rsplit("/", 1)[1] in ("Problem", "HTTPValidationError")
