"""Organisations, people, staffs and rooms; and the database's own check of who sees and who writes.

The role `lagebild_visitor` owns nothing. Whatever is done on behalf of somebody runs under it, with the rooms of that
somebody in `lagebild.see` and `lagebild.write`; without them it sees nothing.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

VISITOR = "lagebild_visitor"

# As sub-selects, so that they are asked once per statement and not once per row.
_SEE = "(SELECT string_to_array(current_setting('lagebild.see', true), ','))::text[]"
_WRITE = "(SELECT string_to_array(current_setting('lagebild.write', true), ','))::text[]"

_ROLE = f"""
DO $$ BEGIN
    PERFORM pg_advisory_xact_lock(7202108);
    IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = '{VISITOR}') THEN
        CREATE ROLE {VISITOR} NOLOGIN;
    END IF;
    IF NOT pg_has_role(current_user, '{VISITOR}', 'MEMBER') THEN
        EXECUTE format('GRANT {VISITOR} TO %I', current_user);
    END IF;
EXCEPTION WHEN insufficient_privilege THEN
    RAISE EXCEPTION 'the role {VISITOR} is missing and % may not make it', current_user
        USING HINT = 'As a superuser: CREATE ROLE {VISITOR} NOLOGIN; GRANT {VISITOR} TO ' || current_user;
END $$
"""


def upgrade() -> None:
    op.execute(_ROLE)
    _people()
    _rooms()
    _row_level_security()


def _people() -> None:
    op.create_table(
        "organisation",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("ars", sa.Text),
        _time("created_at"),
        sa.Column("closed_at", sa.DateTime(timezone=True)),
    )
    op.create_table(
        "person",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("login", sa.Text, unique=True, comment="lower case; null for who only comes by link or identity"),
        sa.Column("admin", sa.Boolean, nullable=False, server_default="false"),
        sa.Column("active", sa.Boolean, nullable=False, server_default="true"),
        _time("created_at"),
    )
    op.create_table(
        "person_organisation",
        sa.Column("person", sa.Text, sa.ForeignKey("person.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("organisation", sa.Text, sa.ForeignKey("organisation.id"), primary_key=True),
    )
    op.create_table(
        "password",
        sa.Column("person", sa.Text, sa.ForeignKey("person.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("hash", sa.Text, nullable=False),
        _time("changed_at"),
    )
    op.create_table(
        "passkey",
        sa.Column("credential", sa.LargeBinary, primary_key=True),
        sa.Column("person", sa.Text, sa.ForeignKey("person.id", ondelete="CASCADE"), nullable=False, index=True),
        sa.Column("public_key", sa.LargeBinary, nullable=False),
        sa.Column("sign_count", sa.BigInteger, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        _time("created_at"),
        sa.Column("used_at", sa.DateTime(timezone=True)),
    )
    op.create_table(
        "identity",
        sa.Column("issuer", sa.Text, primary_key=True),
        sa.Column("subject", sa.Text, primary_key=True),
        sa.Column("person", sa.Text, sa.ForeignKey("person.id", ondelete="CASCADE"), nullable=False, index=True),
        _time("created_at"),
    )
    # Sessions of before knew a name only; whoever has one signs in again.
    op.execute("DELETE FROM session")
    op.execute("DELETE FROM sign_in_link")
    op.add_column("session", sa.Column("method", sa.Text, nullable=False, server_default="link"))
    op.add_column("session", sa.Column("device", sa.Text, nullable=False, server_default=""))
    op.add_column("session", _time("seen_at"))
    for table in ("session", "sign_in_link"):
        op.create_foreign_key(f"fk_{table}_person", table, "person", ["person"], ["id"], ondelete="CASCADE")
    op.create_table(
        "audit",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        _time("at"),
        sa.Column("person", sa.Text, nullable=False, comment="who did it; no foreign key, it outlives people"),
        sa.Column("session", sa.Text),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False, comment="what or whom it was done to"),
        sa.Column("detail", sa.dialects.postgresql.JSONB),
        sa.Index("ix_audit_at", "at"),
        sa.Index("ix_audit_subject", "subject"),
    )


def _rooms() -> None:
    op.create_table(
        "staff",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("incident", sa.Text, nullable=False, comment="id of the incident it works in"),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("model", sa.Text, nullable=False, comment="KRISENSTAB, EINSATZLEITUNG, SAE, GESAMTSTAB"),
        sa.Column("organisation", sa.Text, sa.ForeignKey("organisation.id")),
        sa.Column("room", sa.Text, nullable=False),
        _time("created_at"),
        sa.Column("closed_at", sa.DateTime(timezone=True)),
    )
    op.create_table(
        "assignment",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("staff", sa.Text, sa.ForeignKey("staff.id"), nullable=False, index=True),
        sa.Column("function", sa.Text, nullable=False),
        sa.Column("person", sa.Text, sa.ForeignKey("person.id"), nullable=False, index=True),
        sa.Column("deputy", sa.Boolean, nullable=False, server_default="false"),
        sa.Column("state", sa.Text, nullable=False, comment="PLANNED, ON_DUTY, HANDOVER, OFF"),
        sa.Column("starts", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends", sa.DateTime(timezone=True)),
        sa.Column("note", sa.Text, comment="what was handed over"),
    )
    op.create_table(
        "room",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("note", sa.Text, nullable=False, server_default=""),
        sa.Column("incident", sa.Text, comment="id of the incident it belongs to, if any"),
        _time("created_at"),
        sa.Column("closed_at", sa.DateTime(timezone=True)),
    )
    op.create_table(
        "room_member",
        sa.Column("room", sa.Text, sa.ForeignKey("room.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("kind", sa.Text, primary_key=True, comment="everyone, organisation, staff, function, person"),
        sa.Column("member", sa.Text, primary_key=True),
        sa.Column("can_write", sa.Boolean, nullable=False, server_default="false"),
        sa.Column("can_share", sa.Boolean, nullable=False, server_default="false"),
        sa.Column("until", sa.DateTime(timezone=True)),
    )
    op.execute("INSERT INTO room (id, name, note) VALUES ('public', 'Öffentlich', 'Amtliche öffentliche Daten')")


def _row_level_security() -> None:
    op.execute(f"GRANT USAGE ON SCHEMA public TO {VISITOR}")
    op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON fact, idempotency TO {VISITOR}")
    op.execute(f"GRANT SELECT, INSERT ON change TO {VISITOR}")
    op.execute(f"GRANT SELECT ON area, area_shape, place, land_source, series, observation, latest TO {VISITOR}")
    for table in ("fact", "change"):
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY see ON {table} FOR SELECT TO {VISITOR} USING (room = ANY({_SEE}))")
        op.execute(f"CREATE POLICY add ON {table} FOR INSERT TO {VISITOR} WITH CHECK (room = ANY({_WRITE}))")
    op.execute(
        f"CREATE POLICY edit ON fact FOR UPDATE TO {VISITOR} USING (room = ANY({_WRITE})) "
        f"WITH CHECK (room = ANY({_WRITE}))"
    )
    op.execute(f"CREATE POLICY remove ON fact FOR DELETE TO {VISITOR} USING (room = ANY({_WRITE}))")
    # Who may see little of the log still follows all of it: its end is a number and the same for everybody.
    op.execute(
        "CREATE FUNCTION log_end() RETURNS bigint LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog "
        "AS 'SELECT coalesce(max(seq), 0) FROM public.change'"
    )
    op.execute(f"REVOKE EXECUTE ON FUNCTION log_end() FROM PUBLIC; GRANT EXECUTE ON FUNCTION log_end() TO {VISITOR}")
    # Values are seen by whoever sees their station. A function of its own, because a query of its own under row-level
    # security could not use the index of a ref that is put together; dear, so that it is not asked for every series.
    op.execute(
        "CREATE FUNCTION station_seen(origin text, station text) RETURNS boolean LANGUAGE plpgsql STABLE "
        "SECURITY DEFINER SET search_path = pg_catalog COST 1000 AS $$ BEGIN "
        "RETURN EXISTS (SELECT 1 FROM public.fact WHERE ref = station_seen.origin || '/station/' || "
        "station_seen.station AND room = ANY(string_to_array(current_setting('lagebild.see', true), ','))); END $$"
    )
    op.execute("REVOKE EXECUTE ON FUNCTION station_seen(text, text) FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION station_seen(text, text) TO {VISITOR}")
    op.execute("ALTER TABLE series ENABLE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY see ON series FOR SELECT TO {VISITOR} USING (station_seen(origin, station))")
    # Not as `series IN (…)`, which looks at all series there are for the values of one.
    for table in ("observation", "latest"):
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY see ON {table} FOR SELECT TO {VISITOR} "
            f"USING (EXISTS (SELECT 1 FROM series WHERE id = {table}.series))"
        )


def _time(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now())


def downgrade() -> None:
    for table in ("fact", "change", "series", "observation", "latest"):
        op.execute(f"DROP POLICY see ON {table}")
        op.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
    op.execute("DROP POLICY add ON change")
    for policy in ("add", "edit", "remove"):
        op.execute(f"DROP POLICY {policy} ON fact")
    op.execute("DROP FUNCTION log_end()")
    op.execute("DROP FUNCTION station_seen(text, text)")
    # The role stays: another database of the same server may need it.
    op.execute(f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {VISITOR}")
    op.execute(f"REVOKE ALL ON SCHEMA public FROM {VISITOR}")
    for table in ("session", "sign_in_link"):
        op.drop_constraint(f"fk_{table}_person", table)
    for column in ("method", "device", "seen_at"):
        op.drop_column("session", column)
    for table in (
        "room_member", "room", "assignment", "staff", "audit", "identity", "passkey", "password",
        "person_organisation", "person", "organisation",
    ):  # fmt: skip
        op.drop_table(table)
