"""Running numbers of what lies in an incident: one counter each, because a number of something deleted is not used
again and because whoever asks for the next one need not see everything that has one."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

VISITOR = "lagebild_visitor"


def upgrade() -> None:
    op.create_table(
        "running_number",
        sa.Column("incident", sa.Text, primary_key=True, comment="id; empty for the numbers of the incidents"),
        sa.Column("kind", sa.Text, primary_key=True),
        sa.Column("newest", sa.Integer, nullable=False),
    )
    op.execute(f"GRANT SELECT, INSERT, UPDATE ON running_number TO {VISITOR}")


def downgrade() -> None:
    op.drop_table("running_number")
