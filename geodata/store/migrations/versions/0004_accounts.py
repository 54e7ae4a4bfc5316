"""What signing in needs beside the people: an idle limit, challenges that count once, who waits and who is erased."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("session", sa.Column("idle", sa.Interval, comment="ends when unused for so long; null: never"))
    op.create_index("ix_session_person", "session", ["person"])
    op.create_index("ix_room_member", "room_member", ["kind", "member"])
    op.add_column(
        "person",
        sa.Column(
            "waiting", sa.Boolean, nullable=False, server_default="false", comment="came by identity, not yet admitted"
        ),
    )
    op.add_column("person", sa.Column("erased_at", sa.DateTime(timezone=True)))
    op.create_table(
        "challenge",
        sa.Column("digest", sa.LargeBinary, primary_key=True, comment="SHA-256 of the secret the browser holds"),
        sa.Column("purpose", sa.Text, nullable=False, comment="passkey-sign-in, passkey-add, oidc"),
        sa.Column("person", sa.Text, sa.ForeignKey("person.id", ondelete="CASCADE")),
        sa.Column("content", sa.dialects.postgresql.JSONB, nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False, index=True),
    )


def downgrade() -> None:
    op.drop_table("challenge")
    op.drop_column("person", "erased_at")
    op.drop_column("person", "waiting")
    op.drop_index("ix_room_member", "room_member")
    op.drop_index("ix_session_person", "session")
    op.drop_column("session", "idle")
