"""Resources by the thousand: found by organisation, incident, call sign and the number a control room knows them by."""

from __future__ import annotations

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_FIELDS = ("organisation", "incident", "callsign", "opta", "external_id")


def upgrade() -> None:
    for name in _FIELDS:
        op.execute(
            f"CREATE INDEX ix_fact_resource_{name} ON fact ((body ->> '{name}')) "
            "WHERE kind IN ('resource', 'stock', 'fleet')"
        )


def downgrade() -> None:
    for name in _FIELDS:
        op.execute(f"DROP INDEX ix_fact_resource_{name}")
