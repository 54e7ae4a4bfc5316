"""The operations log: entries that are only ever added, by anybody, the owner of the table included."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

VISITOR = "lagebild_visitor"
_SEE = "(SELECT string_to_array(current_setting('lagebild.see', true), ','))::text[]"
_WRITE = "(SELECT string_to_array(current_setting('lagebild.write', true), ','))::text[]"

_REFUSE = """
CREATE FUNCTION journal_refuses() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the operations log is only ever added to: % refused', TG_OP
        USING ERRCODE = 'insufficient_privilege', HINT = 'Put an entry right with a new one that corrects it.';
END $$
"""


def upgrade() -> None:
    op.create_table(
        "journal_entry",
        sa.Column("staff", sa.Text, sa.ForeignKey("staff.id"), primary_key=True, comment="whose journal it is"),
        sa.Column("number", sa.BigInteger, primary_key=True, comment="from 1, without gaps"),
        sa.Column("incident", sa.Text, nullable=False),
        sa.Column("room", sa.Text, nullable=False),
        sa.Column("event_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("author", sa.Text, nullable=False, comment="id of a person; no foreign key, it outlives people"),
        sa.Column("function", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("refs", sa.ARRAY(sa.Text), nullable=False),
        sa.Column("corrects", sa.BigInteger),
        sa.Column("previous", sa.LargeBinary, nullable=False, comment="hash of the entry before it"),
        sa.Column("hash", sa.LargeBinary, nullable=False, comment="SHA-256 of previous and the canonical entry"),
        sa.Column("signature", sa.LargeBinary, comment="of a closing: Ed25519 over its hash"),
        sa.Column("key", sa.LargeBinary, comment="public key to the signature"),
        sa.Column(
            "search",
            sa.dialects.postgresql.TSVECTOR,
            sa.Computed("to_tsvector('german', text) || to_tsvector('simple', text)", persisted=True),
        ),
        sa.ForeignKeyConstraint(["staff", "corrects"], ["journal_entry.staff", "journal_entry.number"]),
        sa.CheckConstraint("number >= 1", name="number"),
        sa.CheckConstraint("corrects < number", name="corrects"),
        sa.CheckConstraint("octet_length(hash) = 32 AND octet_length(previous) = 32", name="hash"),
        sa.CheckConstraint("(signature IS NULL) = (key IS NULL)", name="signature"),
        sa.Index("ix_journal_entry_search", "search", postgresql_using="gin"),
        sa.Index("ix_journal_entry_staff_event_time", "staff", "event_time"),
        sa.Index("ix_journal_entry_staff_corrects", "staff", "corrects", postgresql_where="corrects IS NOT NULL"),
    )
    op.execute(_REFUSE)
    op.execute(
        "CREATE TRIGGER journal_entry_stays BEFORE UPDATE OR DELETE ON journal_entry "
        "FOR EACH ROW EXECUTE FUNCTION journal_refuses()"
    )
    op.execute(
        "CREATE TRIGGER journal_entry_is_not_emptied BEFORE TRUNCATE ON journal_entry "
        "FOR EACH STATEMENT EXECUTE FUNCTION journal_refuses()"
    )
    op.execute(f"GRANT SELECT, INSERT ON journal_entry TO {VISITOR}")
    op.execute("ALTER TABLE journal_entry ENABLE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY see ON journal_entry FOR SELECT TO {VISITOR} USING (room = ANY({_SEE}))")
    op.execute(f"CREATE POLICY add ON journal_entry FOR INSERT TO {VISITOR} WITH CHECK (room = ANY({_WRITE}))")


def downgrade() -> None:
    op.drop_table("journal_entry")
    op.execute("DROP FUNCTION journal_refuses()")
