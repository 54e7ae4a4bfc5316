"""The picture, its log, the time series and the land."""

from __future__ import annotations

from alembic import op
from sqlalchemy import text

from geodata.store.tables import metadata

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

CHANGES_PER_PARTITION = 10_000_000


def upgrade() -> None:
    connection = op.get_bind()
    # A managed server may have PostGIS already while our role may not create it.
    if not connection.execute(text("SELECT 1 FROM pg_extension WHERE extname = 'postgis'")).scalar():
        op.execute("CREATE EXTENSION postgis")
    metadata.create_all(connection)
    for number in range(2):
        low, high = number * CHANGES_PER_PARTITION, (number + 1) * CHANGES_PER_PARTITION
        op.execute(f"CREATE TABLE change_{number} PARTITION OF change FOR VALUES FROM ({low}) TO ({high})")


def downgrade() -> None:
    metadata.drop_all(op.get_bind())
