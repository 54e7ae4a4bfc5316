"""On behalf of somebody it can be asked whether a thing is a partner's copy, and nothing else of the copies."""

from __future__ import annotations

from alembic import op

from geodata.store.behalf import ROLE

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(f"GRANT SELECT (ref) ON peer_copy TO {ROLE}")


def downgrade() -> None:
    op.execute(f"REVOKE SELECT (ref) ON peer_copy FROM {ROLE}")
