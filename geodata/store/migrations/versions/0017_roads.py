"""Roads, where somebody loaded them: for travel times, and to find which of them are closed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry

revision = "0017"
down_revision = "0015"
branch_labels = None
depends_on = None

VISITOR = "lagebild_visitor"


def upgrade() -> None:
    op.create_table(
        "road_edge",
        sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("way", sa.BigInteger, nullable=False, comment="of OpenStreetMap"),
        sa.Column("start_node", sa.BigInteger, nullable=False),
        sa.Column("end_node", sa.BigInteger, nullable=False),
        sa.Column("seconds", sa.REAL, nullable=False),
        sa.Column("oneway", sa.Boolean, nullable=False, comment="only from its start to its end"),
        sa.Column("class", sa.Text, nullable=False),
        sa.Column("geom", Geometry("LINESTRING", srid=4326, spatial_index=False), nullable=False),
    )
    op.execute("CREATE INDEX ix_road_edge_geom ON road_edge USING gist (geom)")
    op.create_table(
        "road_source",
        sa.Column("sole", sa.Boolean, primary_key=True, server_default=sa.true()),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("state", sa.DateTime(timezone=True), comment="the file is true for"),
        sa.Column("edges", sa.BigInteger, nullable=False),
        sa.Column("revision", sa.BigInteger, nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.clock_timestamp()),
        sa.CheckConstraint("sole", name="one_road_source"),
    )
    op.execute(f"GRANT SELECT ON road_edge, road_source TO {VISITOR}")


def downgrade() -> None:
    op.drop_table("road_edge")
    op.drop_table("road_source")
