"""How a partner was left: whether it has heard that nothing is shared any more, and when its things were dropped."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)
COLUMNS = (
    ("leaving_at", _TIME, "since then it is told that nothing is shared any more; its revocation follows"),
    ("farewell", sa.Text, "ACKNOWLEDGED, UNREACHED or NOTHING: what became of that"),
    ("dropped_at", _TIME, "when its things were dropped here"),
)


def upgrade() -> None:
    for name, kind, comment in COLUMNS:
        op.add_column("peer", sa.Column(name, kind, comment=comment))


def downgrade() -> None:
    for name, _, _ in reversed(COLUMNS):
        op.drop_column("peer", name)
