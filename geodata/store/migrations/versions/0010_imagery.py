"""Images from satellites: who asked for which, how far it is, and the rasters that came of it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry as Geom

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

VISITOR = "lagebild_visitor"
_SEE = "(SELECT string_to_array(current_setting('lagebild.see', true), ','))::text[]"
_WRITE = "(SELECT string_to_array(current_setting('lagebild.write', true), ','))::text[]"


def _time(name: str, *, nullable: bool = True, now: bool = False) -> sa.Column[object]:
    default = sa.text("now()") if now else None
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable, server_default=default)


def upgrade() -> None:
    op.create_table(
        "imagery_job",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("asked_by", sa.Text, nullable=False, comment="id of a person"),
        sa.Column("room", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("area", Geom("POLYGON", srid=4326, spatial_index=False), nullable=False),
        sa.Column("resolution", sa.SmallInteger, nullable=False, comment="metres"),
        sa.Column("scene", sa.Text, nullable=False),
        sa.Column("before", sa.Text, comment="the scene that it is compared with"),
        _time("asked_at", nullable=False),
        _time("queued_at", nullable=False, now=True),
        _time("started_at"),
        _time("finished_at"),
        _time("beat_at"),
        sa.Column("state", sa.Text, nullable=False, server_default="QUEUED"),
        sa.Column("progress", sa.SmallInteger, nullable=False, server_default="0"),
        sa.Column("word", sa.Text, nullable=False, server_default="QUEUED"),
        sa.Column("estimate", sa.Double, nullable=False, comment="processing units"),
        sa.Column("spent", sa.Double, nullable=False, server_default="0"),
        sa.Column("attempts", sa.SmallInteger, nullable=False, server_default="0"),
        sa.Column("cancel_asked", sa.Boolean, nullable=False, server_default="false"),
        sa.Column("error_code", sa.Text),
        sa.Column("error_text", sa.Text),
        sa.Column("extent", sa.Text, comment="id of the extent's fact"),
        sa.CheckConstraint("state IN ('QUEUED', 'RUNNING', 'DONE', 'FAILED', 'CANCELLED')", name="state"),
        sa.CheckConstraint("progress BETWEEN 0 AND 100", name="progress"),
        sa.Index("ix_imagery_job_waiting", "queued_at", postgresql_where="state IN ('QUEUED', 'RUNNING')"),
        sa.Index("ix_imagery_job_room", "room", "queued_at"),
    )
    op.create_table(
        "imagery_raster",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("job", sa.Text, sa.ForeignKey("imagery_job.id", ondelete="CASCADE"), nullable=False),
        sa.Column("room", sa.Text, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("sensor", sa.Text, nullable=False),
        _time("acquired_at", nullable=False),
        sa.Column("bounds", sa.ARRAY(sa.Double), nullable=False, comment="west, south, east, north in degrees"),
        sa.Column("path", sa.Text, nullable=False, comment="below the data directory"),
        sa.Index("ix_imagery_raster_job", "job"),
        sa.CheckConstraint("role IN ('BEFORE', 'AFTER', 'MASK')", name="role"),
    )
    op.execute(f"GRANT SELECT, INSERT ON imagery_job TO {VISITOR}")
    op.execute(f"GRANT SELECT ON imagery_raster TO {VISITOR}")
    for table in ("imagery_job", "imagery_raster"):
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY see ON {table} FOR SELECT TO {VISITOR} USING (room = ANY({_SEE}))")
    op.execute(f"CREATE POLICY add ON imagery_job FOR INSERT TO {VISITOR} WITH CHECK (room = ANY({_WRITE}))")


def downgrade() -> None:
    op.drop_table("imagery_raster")
    op.drop_table("imagery_job")
