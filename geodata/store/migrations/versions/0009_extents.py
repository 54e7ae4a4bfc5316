"""The shapes of extents, beside the fact that tells of each: too many and too large for the picture."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry as Geom
from sqlalchemy.dialects.postgresql import JSONB

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

VISITOR = "lagebild_visitor"
_SEE = "(SELECT string_to_array(current_setting('lagebild.see', true), ','))::text[]"
_WRITE = "(SELECT string_to_array(current_setting('lagebild.write', true), ','))::text[]"


def upgrade() -> None:
    op.create_table(
        "extent_part",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("extent", sa.Text, nullable=False, comment="id of the extent's fact"),
        sa.Column("room", sa.Text, nullable=False),
        sa.Column("layer", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("area", sa.Double, comment="hectares; null for points and lines"),
        sa.Column("properties", JSONB, nullable=False),
        sa.Column("geom", Geom("GEOMETRY", srid=4326, spatial_index=False), nullable=False),
        sa.Index("ix_extent_part_extent", "extent"),
        sa.Index("ix_extent_part_geom", "geom", postgresql_using="gist"),
    )
    op.execute(f"GRANT SELECT, INSERT, DELETE ON extent_part TO {VISITOR}")
    op.execute("ALTER TABLE extent_part ENABLE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY see ON extent_part FOR SELECT TO {VISITOR} USING (room = ANY({_SEE}))")
    op.execute(f"CREATE POLICY add ON extent_part FOR INSERT TO {VISITOR} WITH CHECK (room = ANY({_WRITE}))")
    op.execute(f"CREATE POLICY remove ON extent_part FOR DELETE TO {VISITOR} USING (room = ANY({_WRITE}))")


def downgrade() -> None:
    op.drop_table("extent_part")
