"""Which values of own sensors are doubted, kept beside them so that a gauge's curve shows the marks."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

VISITOR = "lagebild_visitor"


def upgrade() -> None:
    op.create_table(
        "observation_doubt",
        sa.Column("series", sa.Integer, sa.ForeignKey("series.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("at", sa.DateTime(timezone=True), primary_key=True),
        sa.Column("doubt", sa.Text, nullable=False),
    )
    op.execute(f"GRANT SELECT ON observation_doubt TO {VISITOR}")
    op.execute("ALTER TABLE observation_doubt ENABLE ROW LEVEL SECURITY")
    op.execute(
        f"CREATE POLICY see ON observation_doubt FOR SELECT TO {VISITOR} "
        "USING (EXISTS (SELECT 1 FROM series WHERE id = observation_doubt.series))"
    )


def downgrade() -> None:
    op.drop_table("observation_doubt")
