"""A thing that a partner lets out by two agreements, or that reaches us by two ways, has a copy for each of them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_constraint("pk_peer_copy", "peer_copy")
    op.drop_index("ix_peer_copy_share", "peer_copy")
    op.create_primary_key("pk_peer_copy", "peer_copy", ["peer", "share", "ref"])
    op.create_index("ix_peer_copy_ref", "peer_copy", ["ref"])
    op.add_column("received_share", sa.Column("epoch", sa.BigInteger, nullable=False, server_default="0",
                                              comment="of the stream that told it last"))  # fmt: skip


def downgrade() -> None:
    op.drop_column("received_share", "epoch")
    op.drop_index("ix_peer_copy_ref", "peer_copy")
    op.execute("DELETE FROM peer_copy c USING peer_copy d WHERE c.ref = d.ref AND c.ctid > d.ctid")
    op.drop_constraint("pk_peer_copy", "peer_copy")
    op.create_primary_key("pk_peer_copy", "peer_copy", ["ref"])
    op.create_index("ix_peer_copy_share", "peer_copy", ["peer", "share", "ref"])
