"""Alembic runs this for each migration."""

from __future__ import annotations

from alembic import context
from sqlalchemy import create_engine, pool

from geodata.store.tables import metadata

engine = create_engine(context.config.attributes["url"], poolclass=pool.NullPool)
with engine.connect() as connection:
    context.configure(connection=connection, target_metadata=metadata, transaction_per_migration=True)
    with context.begin_transaction():
        context.run_migrations()
