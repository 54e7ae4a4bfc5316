"""People who can be called, alarms, and every single call. What identifies somebody is sealed with his own key."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geography
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from geodata.store.behalf import ROLE

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_SEE = "(SELECT string_to_array(current_setting('lagebild.see', true), ','))::text[]"
_WRITE = "(SELECT string_to_array(current_setting('lagebild.write', true), ','))::text[]"
_SECURED = ("helper", "helper_skill")


def _time(name: str, *, nullable: bool = True, comment: str | None = None) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable, comment=comment)


def _place(name: str) -> sa.Column[object]:
    return sa.Column(name, Geography("POINT", 4326, spatial_index=False))


def _words(name: str) -> sa.Column[object]:
    return sa.Column(name, ARRAY(sa.Text), nullable=False, server_default="{}")


def _helper(*, key: bool = False) -> sa.Column[object]:
    whose = sa.ForeignKey("helper.id", ondelete="CASCADE")
    return sa.Column("helper", sa.Text, whose, nullable=False, primary_key=key)


def upgrade() -> None:
    op.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
    op.create_table(
        "helper",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("room", sa.Text, sa.ForeignKey("room.id"), nullable=False),
        sa.Column("organisation", sa.Text, sa.ForeignKey("organisation.id")),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False, server_default="ACTIVE"),
        sa.Column("external_id", sa.Text, comment="number in the organisation's own list"),
        sa.Column("name", sa.Text, comment="none once erased"),
        sa.Column("key", sa.LargeBinary, comment="the person's own key under the node's; without it `sealed` is noise"),
        sa.Column("sealed", sa.LargeBinary, comment="what only few need: birth year, emergency contact, note"),
        sa.Column("adult", sa.Boolean),
        _words("units"),
        _words("functions"),
        _words("languages"),
        _words("equipment"),
        _place("home"),
        sa.Column("home_ars", sa.Text),
        sa.Column("language", sa.Text, nullable=False, server_default="de", comment="that pages and texts are in"),
        sa.Column("legal_basis", sa.Text, nullable=False),
        sa.Column("consent", JSONB, nullable=False, server_default="{}"),
        sa.Column("availability", JSONB, nullable=False, server_default="{}"),
        sa.Column("available", sa.Boolean, nullable=False, server_default="true"),
        _time("available_next", comment="when `available` has to be looked at again"),
        sa.Column("bound_to", sa.Text, comment="the alarm that this person comes for"),
        _time("keep_until"),
        _time("made_at", nullable=False),
        _time("changed_at", nullable=False),
        _time("erased_at"),
        sa.Column("version", sa.Integer, nullable=False, server_default="1"),
        sa.CheckConstraint("kind IN ('INSTITUTIONAL', 'SPONTANEOUS')", name="ck_helper_kind"),
        sa.CheckConstraint("state IN ('ACTIVE', 'PAUSED', 'BLOCKED', 'ERASED')", name="ck_helper_state"),
        sa.CheckConstraint("legal_basis IN ('BHKG_46', 'CONSENT')", name="ck_helper_legal_basis"),
        sa.CheckConstraint(
            "state <> 'ERASED' OR (name IS NULL AND key IS NULL AND sealed IS NULL)", name="ck_helper_erased"
        ),
    )
    op.create_index("ix_helper_room", "helper", ["room"])
    op.create_index("ix_helper_organisation", "helper", ["organisation"])
    op.create_index(
        "uq_helper_external", "helper", ["room", "external_id"], unique=True,
        postgresql_where=sa.text("external_id IS NOT NULL"),
    )  # fmt: skip
    op.create_index("ix_helper_units", "helper", ["units"], postgresql_using="gin")
    op.create_index("ix_helper_functions", "helper", ["functions"], postgresql_using="gin")
    op.create_index(
        "ix_helper_available_next", "helper", ["available_next"],
        postgresql_where=sa.text("available_next IS NOT NULL"),
    )  # fmt: skip
    op.create_table(
        "helper_skill",
        _helper(key=True),
        sa.Column("code", sa.Text, primary_key=True, comment="of the catalogue; LANG:<BCP 47> for a language"),
        sa.Column("room", sa.Text, nullable=False, comment="the helper's"),
        sa.Column("level", sa.Text),
        sa.Column("verification", sa.Text, nullable=False),
        sa.Column("acquired_on", sa.Date),
        sa.Column("valid_until", sa.Date),
        sa.Column("verified_by", sa.Text),
        _time("verified_at"),
        sa.Column("restrictions", sa.Text),
        sa.Column("available", sa.Boolean, nullable=False, server_default="true", comment="the helper's, copied"),
        _place("home"),
        sa.CheckConstraint(
            "verification IN ('SELF_DECLARED', 'DOCUMENT_SEEN', 'ORGANISATION_VOUCHES')",
            name="ck_helper_skill_verification",
        ),
    )
    op.execute("CREATE INDEX ix_helper_skill_near ON helper_skill USING gist (code, home) WHERE available")
    op.create_table(
        "helper_channel",
        sa.Column("id", sa.Text, primary_key=True),
        _helper(),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("position", sa.Integer, nullable=False, comment="in the order in which this person is called"),
        sa.Column("sealed", sa.LargeBinary, nullable=False, comment="the address under the person's key"),
        sa.Column("digest", sa.LargeBinary, nullable=False, comment="keyed, to know who answers"),
        _time("made_at", nullable=False),
        _time("tested_at", comment="last time that something sent here was received"),
        sa.Column("failures", sa.Integer, nullable=False, server_default="0"),
        sa.Column("problem", sa.Text, comment="what the last failure said"),
        _time("closed_at", comment="the provider says that it is gone for good"),
    )
    op.create_index("ix_helper_channel_helper", "helper_channel", ["helper", "position"])
    op.create_index("ix_helper_channel_digest", "helper_channel", ["digest"])
    op.create_table(
        "helper_link",
        sa.Column("id", sa.LargeBinary, primary_key=True, comment="8 bytes; a token is this and its signature"),
        _helper(),
        sa.Column("purpose", sa.Text, nullable=False),
        sa.Column("alarm", sa.Text),
        _time("made_at", nullable=False),
        _time("expires_at", nullable=False),
        _time("opened_at"),
        _time("revoked_at"),
        sa.CheckConstraint("purpose IN ('SELF', 'ALARM', 'JOB')", name="ck_helper_link_purpose"),
    )
    op.create_index("ix_helper_link_helper", "helper_link", ["helper"])
    op.create_table(
        "alarm",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("room", sa.Text, sa.ForeignKey("room.id"), nullable=False, comment="of the fact that shows it"),
        sa.Column("mode", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("code", sa.Text, nullable=False, unique=True, comment="short, stands on every message"),
        sa.Column("plan", JSONB, nullable=False, comment="the plan as it stood when the alarm began"),
        sa.Column("said", JSONB, nullable=False, comment="title, text, meeting point, what to bring"),
        sa.Column("rooms", ARRAY(sa.Text), nullable=False, comment="rosters from which it may call"),
        sa.Column("step", sa.Integer, nullable=False, server_default="0"),
        sa.Column("round", sa.Integer, nullable=False, server_default="0"),
        _time("due_at", comment="when the engine has to decide again, by the clock of the node"),
        _time("dirty_at", comment="since when the fact that shows it lags behind its recipients"),
        _time("started_at", nullable=False),
        sa.Column("started_by", sa.Text, nullable=False),
        _time("ended_at"),
        sa.CheckConstraint("mode IN ('ACTUAL', 'EXERCISE', 'TEST')", name="ck_alarm_mode"),
    )
    op.create_index("ix_alarm_due", "alarm", ["due_at"], postgresql_where=sa.text("due_at IS NOT NULL"))
    op.create_index("ix_alarm_dirty", "alarm", ["dirty_at"], postgresql_where=sa.text("dirty_at IS NOT NULL"))
    op.create_table(
        "alarm_recipient",
        sa.Column("alarm", sa.Text, sa.ForeignKey("alarm.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("helper", sa.Text, primary_key=True, comment="stays when the helper is erased"),
        sa.Column("step", sa.Integer, nullable=False),
        sa.Column("round", sa.Integer, nullable=False, server_default="0"),
        sa.Column("state", sa.Text, nullable=False),
        _words("skills"),
        sa.Column(
            "rank", sa.Integer, nullable=False, server_default="0", comment="place in the person's order of channels"
        ),
        _time("due_at", comment="when to try the next channel, by the clock of the node"),
        _time("notified_at", comment="first message handed to a provider"),
        sa.Column("answer", sa.Text),
        _time("answered_at"),
        sa.Column("answered_by", sa.Text, comment="channel of the answer"),
        _time("eta"),
        _time("arrived_at"),
        _time("left_at"),
        _time("safe_at", comment="said that he is safe"),
        sa.Column("link", sa.LargeBinary, comment="of helper_link"),
        sa.Column("reason", sa.Text, comment="why he could not be reached"),
        sa.CheckConstraint("answer IN ('COMING', 'COMING_LATER', 'NOT_COMING')", name="ck_alarm_recipient_answer"),
    )
    op.create_index(
        "ix_alarm_recipient_due", "alarm_recipient", ["due_at"], postgresql_where=sa.text("due_at IS NOT NULL")
    )
    op.create_index("ix_alarm_recipient_helper", "alarm_recipient", ["helper"])
    op.create_table(
        "alarm_call",
        sa.Column("id", sa.Text, primary_key=True, comment="the key by which provider and phone know a repetition"),
        sa.Column("alarm", sa.Text, nullable=False),
        sa.Column("helper", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("step", sa.Integer, nullable=False),
        sa.Column("round", sa.Integer, nullable=False),
        sa.Column("mode", sa.Text, nullable=False),
        sa.Column("channel", sa.Text, nullable=False, comment="kind of channel"),
        sa.Column("address", sa.Text, comment="id of helper_channel"),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False, server_default="0"),
        _time("due_at", comment="next try, by the clock of the node"),
        _time("lease_until", comment="by the clock of the database"),
        sa.Column("gateway", sa.Text),
        sa.Column("provider_id", sa.Text),
        _time("queued_at", nullable=False),
        _time("sent_at"),
        _time("delivered_at"),
        _time("read_at"),
        _time("failed_at"),
        sa.Column("error", sa.Text),
        sa.ForeignKeyConstraint(
            ["alarm", "helper"], ["alarm_recipient.alarm", "alarm_recipient.helper"], ondelete="CASCADE"
        ),
        sa.CheckConstraint("kind IN ('ALARM', 'INFO', 'UPDATE', 'ALL_CLEAR', 'THANKS')", name="ck_alarm_call_kind"),
        sa.CheckConstraint(
            "state IN ('QUEUED', 'SENDING', 'SENT', 'DELIVERED', 'READ', 'FAILED', 'CANCELLED')",
            name="ck_alarm_call_state",
        ),
    )
    op.create_index("ix_alarm_call_of", "alarm_call", ["alarm", "helper"])
    op.create_index(
        "ix_alarm_call_due", "alarm_call", ["due_at"], postgresql_where=sa.text("state IN ('QUEUED', 'SENDING')")
    )
    op.create_index(
        "ix_alarm_call_provider", "alarm_call", ["gateway", "provider_id"],
        postgresql_where=sa.text("provider_id IS NOT NULL"),
    )  # fmt: skip
    op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON helper, helper_skill TO {ROLE}")
    for table in _SECURED:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY see ON {table} FOR SELECT TO {ROLE} USING (room = ANY({_SEE}))")
        op.execute(f"CREATE POLICY add ON {table} FOR INSERT TO {ROLE} WITH CHECK (room = ANY({_WRITE}))")
        op.execute(
            f"CREATE POLICY edit ON {table} FOR UPDATE TO {ROLE} USING (room = ANY({_WRITE})) "
            f"WITH CHECK (room = ANY({_WRITE}))"
        )
        op.execute(f"CREATE POLICY remove ON {table} FOR DELETE TO {ROLE} USING (room = ANY({_WRITE}))")


def downgrade() -> None:
    for table in ("alarm_call", "alarm_recipient", "alarm", "helper_link", "helper_channel", "helper_skill", "helper"):
        op.drop_table(table)
    op.execute("DROP EXTENSION IF EXISTS btree_gist")
