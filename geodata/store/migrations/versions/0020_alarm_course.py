"""An alarm keeps its course (when steps began, protocol, problems); calls are found by channel. What belongs to an
alarm goes with it, without a look at the parent for each row written: 10,000 people take half the time."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_OPEN = "state IN ('QUEUED', 'SENDING')"
_OF_ALARM = "fk_alarm_recipient_alarm"
_OF_PERSON = "fk_alarm_call_alarm_helper"
# Recipients and calls are written by one statement with the alarm's row locked: there is none without its alarm.
_GONE = {
    "alarm": "DELETE FROM alarm_recipient r USING gone WHERE r.alarm = gone.id",
    "alarm_recipient": "DELETE FROM alarm_call c USING gone WHERE c.alarm = gone.alarm AND c.helper = gone.helper",
}


def upgrade() -> None:
    course = "what happened so far: steps, protocol, problems, why it began; no personal data"
    op.add_column("alarm", sa.Column("course", JSONB, nullable=False, server_default="{}", comment=course))
    shown = "when the fact was last brought up to date, by the clock of the database"
    op.add_column("alarm", sa.Column("shown_at", sa.DateTime(timezone=True), comment=shown))
    op.drop_index("ix_alarm_call_due", "alarm_call")
    op.create_index("ix_alarm_call_due", "alarm_call", ["channel", "mode", "due_at"], postgresql_where=sa.text(_OPEN))
    op.drop_constraint(_OF_PERSON, "alarm_call")
    op.drop_constraint(_OF_ALARM, "alarm_recipient")
    for table, statement in _GONE.items():
        op.execute(f"""
            CREATE FUNCTION {table}_gone() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN {statement}; RETURN NULL; END $$
        """)
        op.execute(f"""
            CREATE TRIGGER gone AFTER DELETE ON {table} REFERENCING OLD TABLE AS gone
            FOR EACH STATEMENT EXECUTE FUNCTION {table}_gone()
        """)


def downgrade() -> None:
    for table in _GONE:
        op.execute(f"DROP TRIGGER gone ON {table}")
        op.execute(f"DROP FUNCTION {table}_gone()")
    op.create_foreign_key(_OF_ALARM, "alarm_recipient", "alarm", ["alarm"], ["id"], ondelete="CASCADE")
    pair = ["alarm", "helper"]
    op.create_foreign_key(_OF_PERSON, "alarm_call", "alarm_recipient", pair, pair, ondelete="CASCADE")
    op.drop_index("ix_alarm_call_due", "alarm_call")
    op.create_index("ix_alarm_call_due", "alarm_call", ["due_at"], postgresql_where=sa.text(_OPEN))
    op.drop_column("alarm", "shown_at")
    op.drop_column("alarm", "course")
