"""Requests across organisations: the rooms in which two of them deal, and finding what belongs to a request."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0016"
branch_labels = None
depends_on = None

_INDEXES = {
    "ix_fact_inquiry_request": "((body ->> 'request')) WHERE kind = 'inquiry'",
    "ix_fact_request_incident": "((body ->> 'incident')) WHERE kind = 'request'",
    "ix_fact_resource_parent": "((body ->> 'parent')) WHERE kind = 'resource' AND body ? 'parent'",
    "ix_fact_resource_carried_by": "((body ->> 'carried_by')) WHERE kind = 'resource' AND body ? 'carried_by'",
}


def upgrade() -> None:
    op.create_table(
        "exchange_room",
        sa.Column("requester", sa.Text, sa.ForeignKey("organisation.id"), primary_key=True),
        sa.Column("addressee", sa.Text, sa.ForeignKey("organisation.id"), primary_key=True),
        sa.Column("staff", sa.Text, primary_key=True, comment="that asks; another staff does not see its dealings"),
        sa.Column("room", sa.Text, sa.ForeignKey("room.id"), nullable=False, unique=True),
    )
    for name, what in _INDEXES.items():
        op.execute(f"CREATE INDEX {name} ON fact {what}")


def downgrade() -> None:
    for name in _INDEXES:
        op.execute(f"DROP INDEX {name}")
    op.drop_table("exchange_room")
