"""Which reports of dispatch systems were taken already, so that a repeated one changes nothing."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0014"
branch_labels = None
depends_on = None

VISITOR = "lagebild_visitor"


def upgrade() -> None:
    op.create_table(
        "dispatch_report",
        sa.Column("sender", sa.Text, primary_key=True),
        sa.Column("digest", sa.LargeBinary, primary_key=True, comment="of the report's id"),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.clock_timestamp()),
    )
    # Lines come in the order of their time and go in it: a few pages of index instead of one entry for each.
    op.execute("CREATE INDEX ix_dispatch_report_at ON dispatch_report USING brin (at)")
    op.execute(f"GRANT SELECT, INSERT ON dispatch_report TO {VISITOR}")


def downgrade() -> None:
    op.drop_table("dispatch_report")
