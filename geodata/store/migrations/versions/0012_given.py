"""What we give: views of the picture for OGC API Features and GeoJSON, and every alert that was ever issued of ours.

The views run with the rights of whoever asks, so that row-level security of what lies below holds in them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

VISITOR = "lagebild_visitor"


def _text(*names: str) -> str:
    return ", ".join(f"body->>'{name}' AS {name}" for name in names)


def _time(*names: str) -> str:
    return ", ".join(f"(body->>'{name}')::timestamptz AS {name}" for name in names)


def _number(*names: str) -> str:
    return ", ".join(f"(body->>'{name}')::float8 AS {name}" for name in names)


def _facts(kind: str, *columns: str) -> str:
    listed = ", ".join(("id", "room", "source", "as_of", *columns, "geom"))
    return f"SELECT {listed} FROM public.fact WHERE kind = '{kind}'"


VIEWS = {
    "gauges": """
        SELECT f.id, f.room, f.source, f.body->>'name' AS name, f.body->>'water' AS water,
               f.body->>'operator' AS operator, f.body->>'municipality' AS municipality, r.as_of AS measured_at,
               (r.body->>'value')::float8 AS value, r.body->>'unit' AS unit, (r.body->>'level')::int AS level,
               (r.body->>'trend')::float8 AS trend, r.body->>'state' AS state, f.geom
        FROM public.fact f
        LEFT JOIN public.fact r ON r.ref = f.origin || '/reading/' || f.id || '.W'
        WHERE f.kind = 'station'
    """,
    "warnings": _facts(
        "warning", "body->'texts'->0->>'headline' AS headline", "body->'texts'->0->>'description' AS description",
        _text("channel", "severity", "urgency", "certainty", "sender_name"), "(body->>'level')::int AS level",
        _time("sent", "onset", "expires"),
    ),
    "features": _facts(
        "feature", _text("layer", "title", "text", "severity", "link"), "(body->>'level')::int AS level",
        _time("at", "expires"),
    ),
    "extents": _facts(
        "extent", _text("maker", "type", "title", "sensor", "activation", "aoi", "product", "status", "link"),
        _time("acquired_at", "issued_at"), _number("confidence"),
    ),
    "sites": _facts(
        "site", _text("incident", "title", "text", "priority", "state", "sector", "address"),
        "(body->>'number')::int AS number",
    ),
    "sectors": _facts("sector", _text("incident", "name", "mission"), "(body->>'number')::int AS number"),
    "facilities": _facts(
        "facility", _text("incident", "type", "name", "state"), "(body->>'number')::int AS number",
        _number("capacity", "used"),
    ),
    "zones": _facts(
        "zone", _text("incident", "type", "name", "reason"), "(body->>'number')::int AS number",
        _time("valid_until"), "coalesce((body->>'released')::boolean, false) AS released",
    ),
    "municipalities": "SELECT ars AS id, 'public' AS room, name, geom FROM public.area WHERE level = 'municipality'",
}  # fmt: skip


def upgrade() -> None:
    op.execute("CREATE SCHEMA ogc")
    op.execute(f"GRANT USAGE ON SCHEMA ogc TO {VISITOR}")
    for name, query in VIEWS.items():
        op.execute(f"CREATE VIEW ogc.{name} WITH (security_invoker = true) AS {query}")
        op.execute(f"GRANT SELECT ON ogc.{name} TO {VISITOR}")
    op.create_table(
        "given_alert",
        sa.Column("identifier", sa.Text, primary_key=True),
        sa.Column("zone", sa.Text, nullable=False, comment="id of the released hazard area"),
        sa.Column("number", sa.Integer, nullable=False, comment="1 for the first message of the area"),
        sa.Column("msg_type", sa.Text, nullable=False, comment="Alert, Update, Cancel"),
        sa.Column("sent", sa.DateTime(timezone=True), nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False, comment="SHA-256 of what the message says"),
        sa.Column("content", sa.dialects.postgresql.JSONB, nullable=False, comment="what the message says"),
        sa.UniqueConstraint("zone", "number"),
    )


def downgrade() -> None:
    op.drop_table("given_alert")
    op.execute("DROP SCHEMA ogc CASCADE")
