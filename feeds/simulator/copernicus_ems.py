"""Copernicus EMS Rapid Mapping (FEEDS section 7.1) as a pure function from a scenario and a moment to a reply.

Beside the scenario's own activations there are two of elsewhere, one of them changing every hour, as the real list is
never empty and never still. The source does not know its own address: layers are named by a path.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from feeds.simulator.activations import Activation, Aoi, Product, ring
from feeds.simulator.reply import Moment, Reply, json_bytes
from feeds.simulator.scenario import Scenario

ROOT = "/copernicus_ems/dashboard-api"
_LAYER = re.compile(
    r"layers/(EMSR\d+)_AOI(\d\d)_([A-Z]{3}_(?:PRODUCT|MONIT\d\d))_(observedEventA|builtUpP)_v(\d)\.json"
)

Query = Mapping[str, str]


def answer(scenario: Scenario, moment: Moment, path: str, query: Query) -> Reply:
    """`path` below ROOT, beginning with a slash."""
    path = path.strip("/")
    called = [a for a in scenario.satellite if a.activated <= moment.now]
    if path == "public-activations-info":
        return _page([_row(a, moment) for a in called] + _elsewhere(moment), query)
    if path == "public-activations":
        return _page([_detail(a, moment) for a in called if a.code == query.get("code")], query)
    found = _LAYER.fullmatch(path)
    if found:
        code, number, name, layer, version = found.groups()
        for activation, aoi, product in _products(called):
            told = (activation.code, f"{aoi.number:02d}", product.name, str(product.version(moment.now)))
            if told == (code, number, name, version) and _finished(product, moment):
                return _json(_layer(activation, aoi, product, layer, int(version)))
    return Reply(404, b'{"detail":"Not found."}', "application/json")


def _json(value: Any) -> Reply:
    return Reply(200, json_bytes(value, pretty=False), "application/json")


def _page(rows: list[dict[str, Any]], query: Query) -> Reply:
    limit, offset = (
        int(query.get(n, d)) if query.get(n, d).isdigit() else 0 for n, d in (("limit", "10"), ("offset", "0"))
    )
    shown = rows[offset : offset + limit]
    more = f"?limit={limit}&offset={offset + limit}" if offset + limit < len(rows) else None
    return _json({"count": len(rows), "next": more, "previous": None, "results": shown})


def _naive(at: datetime, moment: Moment) -> str:
    """UTC without saying so, as the source writes it."""
    return (at + moment.ahead).astimezone(UTC).replace(tzinfo=None).isoformat()


def _products(activations: list[Activation]) -> list[tuple[Activation, Aoi, Product]]:
    return [(a, aoi, p) for a in activations for aoi in a.aoi for p in aoi.product]


def _finished(product: Product, moment: Moment) -> bool:
    return product.delivered <= moment.now and not product.refused


def _listed(activation: Activation, moment: Moment) -> list[tuple[Aoi, list[Product]]]:
    listed = ((aoi, [p for p in aoi.product if p.ordered <= moment.now]) for aoi in activation.aoi)
    return [(aoi, products) for aoi, products in listed if products]


def _row(activation: Activation, moment: Moment) -> dict[str, Any]:
    listed = _listed(activation, moment)
    points = [point for aoi in activation.aoi for point in ring(aoi.ring)[:-1]]
    longitude, latitude = (sum(axis) / len(points) for axis in zip(*points, strict=True)) if points else (0.0, 0.0)
    return {
        "code": activation.code,
        "countries": [activation.country],
        "eventTime": _naive(activation.event, moment),
        "name": activation.name,
        "centroid": f"POINT ({longitude} {latitude})",
        "activationTime": _naive(activation.activated, moment),
        "category": activation.category,
        "lastUpdate": _naive(activation.changed(moment.now), moment),
        "closed": False,
        "gdacsId": None,
        "n_aois": len(listed),
        "n_products": sum(len(products) for _, products in listed),
    }


def _elsewhere(moment: Moment) -> list[dict[str, Any]]:
    """Two activations far from here, made up."""
    hour = moment.now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    rows = []
    for code, name, country, centroid, called, updated in (
        ("EMSR999002", "Wildfire in exercise land", "Spain", "POINT (-6.1 42.3)", timedelta(days=4), hour),
        (
            "EMSR999001",
            "Storm in exercise land",
            "Haiti",
            "POINT (-72.3 18.5)",
            timedelta(days=30),
            hour - timedelta(days=9),
        ),
    ):
        start = hour.replace(hour=0) - called
        rows.append(
            {
                "code": code, "countries": [country], "eventTime": _naive(start, moment), "name": name,
                "centroid": centroid, "activationTime": _naive(start, moment), "category": "Wildfire",
                "lastUpdate": _naive(updated, moment), "closed": False, "gdacsId": None, "n_aois": 1, "n_products": 2,
            }
        )  # fmt: skip
    return rows


def _detail(activation: Activation, moment: Moment) -> dict[str, Any]:
    return {
        "code": activation.code,
        "name": activation.name,
        "reason": activation.reason,
        "category": activation.category,
        "subCategory": activation.sub_category,
        "sensitive": False,
        "eventTime": _naive(activation.event, moment),
        "activationTime": _naive(activation.activated, moment),
        "closed": False,
        "countries": [{"name": activation.country}],
        "aois": [
            {
                "name": aoi.name,
                "extent": _wkt(aoi.ring),
                "number": aoi.number,
                "activationCode": activation.code,
                "products": [_product(activation, aoi, product, moment) for product in products],
            }
            for aoi, products in _listed(activation, moment)
        ],
    }


def _product(activation: Activation, aoi: Aoi, product: Product, moment: Moment) -> dict[str, Any]:
    ended, version = product.delivered <= moment.now, product.version(moment.now)
    stem = f"{activation.code}_AOI{aoi.number:02d}_{product.name}"
    layers = [name for name, has in (("observedEventA", product.water), ("builtUpP", product.houses)) if has]
    told = product.corrected if version > 1 and product.corrected else product.delivered
    reason = product.refused if ended else ""
    image = {
        "new": True,
        "sensorType": product.sensor_type,
        "sensorName": product.sensor,
        "resolutionClass": product.resolution,
        "acquisitionTime": _naive(product.acquired, moment),
    }
    return {
        "id": aoi.number * 100 + product.monitoring,
        "type": product.type,
        "monitoring": product.monitoring > 0,
        "monitoringNumber": product.monitoring,
        "feasible": True,
        "images": [image],
        "extent": _wkt(aoi.ring),
        "expectedDelivery": _naive(product.expected, moment),
        "layers": [
            {
                "name": f"{stem}_{layer}_v{version}_VT",
                "format": "vt",
                "json": f"{ROOT}/layers/{stem}_{layer}_v{version}.json",
            }
            for layer in layers
            if _finished(product, moment)
        ],
        "version": {
            "number": version,
            "statusCode": ("N" if product.refused else "F") if ended else "W",
            "deliveryTime": _naive(told, moment) if ended else None,
            "reason": "Correction of the observed event layer" if version > 1 else reason,
        },
    }


def _layer(activation: Activation, aoi: Aoi, product: Product, layer: str, version: int) -> dict[str, Any]:
    features: list[dict[str, Any]] = []
    if layer == "observedEventA":
        told = {"event_type": "5-Flood", "obj_desc": "Riverine flood", "det_method": "Semi-automatic extraction"}
        for water in product.water:
            if water.since_version <= version:
                shape = {"type": "Polygon", "coordinates": [ring(water.ring)]}
                features.append(_feature({**told, "notation": water.notation, "dmg_src_id": 1}, shape))
    else:
        building = {"obj_type": "11-Residential Buildings", "det_method": "Photo-interpretation", "dmg_src_id": 1}
        for position, grade in product.graded():
            features.append(_feature({**building, "damage_gra": grade}, {"type": "Point", "coordinates": position}))
    return {
        "type": "FeatureCollection",
        "name": f"{activation.code}_AOI{aoi.number:02d}_{product.name}_{layer}_v{version}",
        "crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}},
        "features": features,
    }


def _feature(properties: dict[str, Any], geometry: dict[str, Any]) -> dict[str, Any]:
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def _wkt(text: str) -> str:
    return f"POLYGON (({', '.join(f'{x} {y}' for x, y in ring(text))}))"
