"""Further addresses of partners; and parcels are given out in the order in which they were left."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    further = "where it is reached if it does not answer at url"
    op.add_column("peer", sa.Column("addresses", JSONB, nullable=False, server_default="[]", comment=further))
    order = sa.Column("number", sa.BigInteger, sa.Identity(always=True), comment="in which they were left")
    op.add_column("relay_parcel", order)
    op.drop_index("ix_relay_parcel_recipient", "relay_parcel")
    op.create_index("ix_relay_parcel_recipient", "relay_parcel", ["recipient", "number"])


def downgrade() -> None:
    op.drop_index("ix_relay_parcel_recipient", "relay_parcel")
    op.create_index("ix_relay_parcel_recipient", "relay_parcel", ["recipient", "at"])
    op.drop_column("relay_parcel", "number")
    op.drop_column("peer", "addresses")
