"""Whether somebody is free stands beside each of his skills, kept by the database itself whoever changes it."""

from __future__ import annotations

from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_FREE = "({row}.available AND {row}.state = 'ACTIVE' AND {row}.bound_to IS NULL)"


def upgrade() -> None:
    op.execute(f"""
        CREATE FUNCTION helper_copied() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            UPDATE helper_skill s SET available = {_FREE.format(row="NEW")}, home = NEW.home, room = NEW.room
            WHERE s.helper = NEW.id AND (s.available <> {_FREE.format(row="NEW")}
                OR s.home IS DISTINCT FROM NEW.home OR s.room <> NEW.room);
            RETURN NULL;
        END $$
    """)
    op.execute("""
        CREATE TRIGGER copied AFTER UPDATE OF available, state, bound_to, home, room ON helper
        FOR EACH ROW EXECUTE FUNCTION helper_copied()
    """)
    # As a number: texts that begin alike (B, BE, BETREUUNG) share pages of a GiST index and are walked in vain (28x).
    op.execute("DROP INDEX ix_helper_skill_near")
    op.execute("CREATE INDEX ix_helper_skill_near ON helper_skill USING gist (hashtext(code), home) WHERE available")
    op.execute(f"""
        UPDATE helper_skill s SET available = {_FREE.format(row="h")} FROM helper h
        WHERE h.id = s.helper AND s.available <> {_FREE.format(row="h")}
    """)


def downgrade() -> None:
    op.execute("DROP INDEX ix_helper_skill_near")
    op.execute("CREATE INDEX ix_helper_skill_near ON helper_skill USING gist (code, home) WHERE available")
    op.execute("DROP TRIGGER copied ON helper")
    op.execute("DROP FUNCTION helper_copied()")
