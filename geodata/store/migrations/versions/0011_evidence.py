"""Raw answers of sources, kept some days as evidence: what was seen when, and each different content once."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "raw_content",
        sa.Column("sha256", sa.Text, primary_key=True, comment="of the bytes as they came, in hexadecimal"),
        sa.Column("size", sa.BigInteger, nullable=False, comment="bytes as they came"),
        sa.Column("packed", sa.LargeBinary, nullable=False, comment="gzip"),
        sa.Column("packed_size", sa.BigInteger, nullable=False),
    )
    op.execute("ALTER TABLE raw_content ALTER COLUMN packed SET STORAGE EXTERNAL")
    op.create_table(
        "raw_payload",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("feed", sa.Text, nullable=False),
        sa.Column("url", sa.Text, nullable=False, comment="without access keys"),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False, comment="first seen, by the node's clock"),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False, comment="last seen without a change between"),
        sa.Column("times", sa.Integer, nullable=False, server_default="1"),
        sa.Column("status", sa.SmallInteger, nullable=False),
        sa.Column("content_type", sa.Text, nullable=False),
        sa.Column("sha256", sa.Text, sa.ForeignKey("raw_content.sha256"), nullable=False),
    )
    op.create_index("ix_raw_payload_feed_until", "raw_payload", ["feed", "until"])
    op.create_index("ix_raw_payload_until", "raw_payload", ["until"])
    op.create_index("ix_raw_payload_sha256", "raw_payload", ["sha256"])


def downgrade() -> None:
    op.drop_table("raw_payload")
    op.drop_table("raw_content")
