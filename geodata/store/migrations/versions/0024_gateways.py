"""What people answered by a gateway: each message once, and the texts that a human has to read."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "gateway_message",
        sa.Column("gateway", sa.Text, primary_key=True),
        sa.Column("digest", sa.LargeBinary, primary_key=True, comment="keyed, of what makes it this message"),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("helper", sa.Text, sa.ForeignKey("helper.id", ondelete="SET NULL"), comment="who wrote it, if known"),
        sa.Column("understood", sa.Boolean, nullable=False, comment="as an answer; else a human reads it"),
        sa.Column("key", sa.LargeBinary, comment="under the node's key, for `sealed` of somebody unknown"),
        sa.Column("sealed", sa.LargeBinary, comment="sender and text, under the person's own key if he is known"),
        sa.CheckConstraint("helper IS NULL OR key IS NULL", name="ck_gateway_message_key"),
    )
    op.create_index("ix_gateway_message_at", "gateway_message", ["at"])
    op.create_index("ix_gateway_message_helper", "gateway_message", ["helper"])


def downgrade() -> None:
    op.drop_table("gateway_message")
