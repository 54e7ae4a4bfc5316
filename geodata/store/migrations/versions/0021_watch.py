"""Custody of warnings with its deadlines, what each rule has said of each subject, and how far the log was followed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from geodata.store.behalf import ROLE

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_SEE = "(SELECT string_to_array(current_setting('lagebild.see', true), ','))::text[]"
_WRITE = "(SELECT string_to_array(current_setting('lagebild.write', true), ','))::text[]"


def upgrade() -> None:
    op.create_table(
        "custody",
        sa.Column("id", sa.Text, primary_key=True, comment="of the fact"),
        sa.Column("room", sa.Text, nullable=False),
        sa.Column("chain", ARRAY(sa.Text), nullable=False, comment="refs of what it is about, all versions"),
        sa.Column("due_at", sa.DateTime(timezone=True), comment="by the clock of the node"),
        sa.Column("open", sa.Boolean, nullable=False, server_default="true", comment="not yet cleared"),
    )
    op.create_index("ix_custody_due", "custody", ["due_at"], postgresql_where=sa.text("due_at IS NOT NULL"))
    op.create_index("ix_custody_chain", "custody", ["chain"], postgresql_using="gin")
    op.create_index("ix_custody_room", "custody", ["room"])
    op.execute(f"GRANT SELECT, UPDATE ON custody TO {ROLE}")
    op.execute("ALTER TABLE custody ENABLE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY see ON custody FOR SELECT TO {ROLE} USING (room = ANY({_SEE}))")
    op.execute(
        f"CREATE POLICY edit ON custody FOR UPDATE TO {ROLE} USING (room = ANY({_WRITE})) "
        f"WITH CHECK (room = ANY({_WRITE}))"
    )
    op.create_table(
        "alarm_rule_state",
        sa.Column("rule", sa.Text, primary_key=True),
        sa.Column("subject", sa.Text, primary_key=True),
        sa.Column("standing", JSONB, nullable=False),
        sa.Column("alert", sa.Text, comment="id of the risk alert that is out"),
        sa.Column("unknown_alert", sa.Text, comment="id of the one about missing data"),
        sa.Column("due_at", sa.DateTime(timezone=True), comment="when time alone may change it, by the node's clock"),
        sa.Column("judged_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index(
        "ix_alarm_rule_state_due", "alarm_rule_state", ["due_at"], postgresql_where=sa.text("due_at IS NOT NULL")
    )
    op.create_table(
        "watch_cursor",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("seq", sa.BigInteger, nullable=False, comment="followed up to here"),
    )


def downgrade() -> None:
    for table in ("watch_cursor", "alarm_rule_state", "custody"):
        op.drop_table(table)
