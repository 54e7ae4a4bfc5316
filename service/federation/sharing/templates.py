"""Agreements that are often made, to begin from. Their names stand in the frontend's words.

`area` None is everywhere; `"neighbour"` is the partner's area and so many km around it."""

from __future__ import annotations

from typing import Any

TEMPLATES: tuple[dict[str, Any], ...] = (
    {
        "id": "border",
        "kinds": ["incident", "site", "zone", "sector", "facility", "warning", "extent", "feature"],
        "area": {"around": "neighbour", "km": 5},
        "from_level": None,
        "only_free": False,
    },
    {
        "id": "free",
        "kinds": ["resource", "fleet", "resource_type"],
        "area": None,
        "from_level": "GROSSEINSATZLAGE",
        "only_free": True,
    },
    {
        "id": "everything",
        "kinds": [
            "incident", "staff", "site", "zone", "sector", "facility", "task", "resource", "position", "fleet",
            "resource_type", "stock", "request", "warning", "extent", "feature", "station", "reading",
        ],
        "area": None,
        "from_level": None,
        "only_free": False,
    },
)  # fmt: skip
