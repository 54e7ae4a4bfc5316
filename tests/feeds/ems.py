"""Answers of Copernicus EMS for tests, made up in its own format."""

from __future__ import annotations

from typing import Any

import orjson

LIST, DETAIL = "/public-activations-info/", "/public-activations/"
SQUARE = [[6.7, 50.7], [6.9, 50.7], [6.9, 50.9], [6.7, 50.9], [6.7, 50.7]]
WKT = f"POLYGON (({', '.join(f'{x} {y}' for x, y in SQUARE)}))"
KEY = "copernicus_ems.EMSR901.AOI01.{}"


def row(code: str = "EMSR901", **more: Any) -> dict[str, Any]:
    told = {"code": code, "countries": ["Germany"], "name": "Hochwasser", "centroid": "POINT (6.8 50.8)",
            "activationTime": "2026-07-13T16:38:00", "lastUpdate": "2026-07-14T11:41:14.133381", "closed": False,
            "n_aois": 1, "n_products": 1}  # fmt: skip
    return {**told, **more}


def page(*rows: dict[str, Any], **more: Any) -> bytes:
    return orjson.dumps({"count": len(rows), "next": None, "previous": None, "results": rows, **more})


def product(type: str = "DEL", status: str = "F", url: str | None = None, **more: Any) -> dict[str, Any]:
    named = [
        {"name": f"EMSR901/AOI01/X/EMSR901_AOI01_{type}_PRODUCT_observedEventA_v1_VT", "format": "vt", "json": url}
    ]
    told = {
        "id": 1,
        "type": type,
        "monitoring": False,
        "monitoringNumber": 0,
        "feasible": True,
        "extent": WKT,
        "images": [
            {
                "sensorType": "sar",
                "sensorName": "ICEYE",
                "resolutionClass": "VHR2",
                "acquisitionTime": "2026-07-14T05:30:00",
            }
        ],
        "layers": named if url else [],
        "expectedDelivery": "2026-07-14T18:00:00",
        "version": {"number": 1, "statusCode": status, "deliveryTime": "2026-07-14T10:00:00", "reason": ""},
    }
    return {**told, **more}


def detail(*products: dict[str, Any], **more: Any) -> bytes:
    aoi = {"name": "Erftstadt", "number": 1, "extent": WKT, "products": list(products)}
    told = {"code": "EMSR901", "name": "Hochwasser", "category": "Flood", "activationTime": "2026-07-13T16:38:00",
            "aois": [aoi]}  # fmt: skip
    return page({**told, **more})


def shape(ring: Any, **properties: Any) -> dict[str, Any]:
    told = {"event_type": "5-Flood", "notation": "Flooded area", "det_method": "Semi-automatic extraction"}
    geometry = ring if isinstance(ring, dict) else {"type": "Polygon", "coordinates": [ring]}
    return {"type": "Feature", "properties": {**told, **properties}, "geometry": geometry}


def layer(*features: dict[str, Any], **more: Any) -> bytes:
    return orjson.dumps({"type": "FeatureCollection", "features": features, **more})
