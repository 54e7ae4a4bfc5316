"""What travels, as JSON Schema: published by every node, so that another vendor's engineer needs nobody of us."""

from __future__ import annotations

from typing import Any

import msgspec
from fastapi import APIRouter, Response

from service.federation.identity.document import Document
from service.federation.wire.envelope import MOST_BYTES, MOST_ITEMS, VERSION, Ack, Digest, Drop, Envelope, Put, Share
from service.federation.wire.envelope import Walked as WalkedItem

PATH = "/federation/v1/schema"
MEDIA_TYPE = "application/schema+json"
_TOLD = (Document, Envelope, Put, Drop, Share, WalkedItem, Digest, Ack)


def schema() -> dict[str, Any]:
    """JSON Schema 2020-12 of the document, the envelope, each kind of item and the acknowledgement."""
    _, parts = msgspec.json.schema_components(_TOLD, ref_template="#/$defs/{name}")
    for part in parts.values():
        for told in (part, *part.get("properties", {}).values()):
            if "enum" in told:
                told["enum"].sort()
    parts["Envelope"]["properties"]["items"]["items"] = {
        "oneOf": [{"$ref": f"#/$defs/{kind.__name__}"} for kind in (Put, Drop, Share, WalkedItem, Digest)]
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Lagebild federation",
        "description": f"Version {VERSION}; at most {MOST_ITEMS} items and {MOST_BYTES} bytes of JSON in an envelope.",
        "$defs": dict(sorted(parts.items())),
    }


def routes() -> APIRouter:
    router = APIRouter(tags=["federation"])

    @router.get(
        PATH,
        summary="What travels between nodes, as JSON Schema",
        response_class=Response,
        responses={200: {"content": {MEDIA_TYPE: {"schema": {"type": "object"}}}}},
    )
    async def get_schema() -> Response:
        return Response(msgspec.json.encode(schema()), media_type=MEDIA_TYPE)

    return router


if __name__ == "__main__":
    print(msgspec.json.format(msgspec.json.encode(schema(), order="deterministic"), indent=2).decode())
