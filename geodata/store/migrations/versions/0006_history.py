"""Any past moment: when each line of the log was written, the picture from before its oldest line, and every setting
of the exercise clock."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

VISITOR = "lagebild_visitor"
_SEE = "(SELECT string_to_array(current_setting('lagebild.see', true), ','))::text[]"


def upgrade() -> None:
    # One time for all lines of a statement: no moment lies in the middle of a thing's way from room to room.
    op.execute("ALTER TABLE change ALTER COLUMN at SET DEFAULT statement_timestamp()")
    op.execute("CREATE INDEX IF NOT EXISTS ix_change_at ON change (at, seq)")
    op.create_table(
        "checkpoint",
        sa.Column("id", sa.Boolean, primary_key=True, server_default="true"),
        sa.Column("seq", sa.BigInteger, nullable=False, comment="checkpoint_fact is the picture at this cursor"),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "checkpoint_fact",
        sa.Column("ref", sa.Text, primary_key=True),
        sa.Column("room", sa.Text, nullable=False),
        sa.Column("provenance", JSONB, nullable=False),
        sa.Column("body", JSONB, nullable=False),
        sa.Column("extent", ARRAY(sa.Double)),
    )
    op.create_table(
        "exercise_clock",
        sa.Column("since", sa.DateTime(timezone=True), primary_key=True, comment="wall clock"),
        sa.Column("shown", sa.DateTime(timezone=True), nullable=False, comment="clock of the picture at `since`"),
        sa.Column("speed", sa.Double, nullable=False),
        sa.Column("paused", sa.Boolean, nullable=False),
    )
    op.execute(f"GRANT SELECT ON checkpoint_fact, checkpoint TO {VISITOR}")
    op.execute("ALTER TABLE checkpoint_fact ENABLE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY see ON checkpoint_fact FOR SELECT TO {VISITOR} USING (room = ANY({_SEE}))")
    # What was swept before this is lost: where the log has lost lines already, history begins now.
    op.execute(
        "INSERT INTO checkpoint (seq, at) SELECT max(seq), max(at) FROM change HAVING min(seq) > 1 "
        "AND EXISTS (SELECT FROM fact)"
    )
    op.execute(
        "INSERT INTO checkpoint_fact SELECT ref, room, provenance, body, extent FROM fact "
        "WHERE EXISTS (SELECT FROM checkpoint)"
    )
    op.execute(
        "INSERT INTO exercise_clock (since, shown, speed, paused) SELECT since, shown, speed, paused FROM exercise"
    )


def downgrade() -> None:
    for table in ("exercise_clock", "checkpoint_fact", "checkpoint"):
        op.drop_table(table)
    op.execute("DROP INDEX ix_change_at")
    op.execute("ALTER TABLE change ALTER COLUMN at SET DEFAULT clock_timestamp()")
