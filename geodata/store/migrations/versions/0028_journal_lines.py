"""Which lines the node itself has written into journals, by what caused them: nothing is written down twice."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "journal_line",
        sa.Column("staff", sa.Text, sa.ForeignKey("staff.id"), primary_key=True, comment="whose journal it is"),
        sa.Column("cause", sa.Text, primary_key=True, comment="what happened, the same however often it is looked at"),
        sa.Column("number", sa.BigInteger, comment="of the entry; none for what was there before lines were written"),
    )
    # What alarms did before this version is not written down afterwards.
    op.execute("""
        INSERT INTO journal_line (staff, cause)
        SELECT DISTINCT s.id, 'alarm ' || a.id || ' ' || (act ->> 'what') || ' ' || (act ->> 'at')
        FROM alarm a JOIN staff s ON s.incident = a.said ->> 'incident'
        CROSS JOIN jsonb_array_elements(coalesce(a.course -> 'protocol', '[]')) act
    """)


def downgrade() -> None:
    op.drop_table("journal_line")
