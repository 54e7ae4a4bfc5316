"""Volunteers: places in slots that cannot be overbooked, bookings with every step, contacts not yet proven."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from geodata.store.behalf import ROLE

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

_SEE = "(SELECT string_to_array(current_setting('lagebild.see', true), ','))::text[]"
_WRITE = "(SELECT string_to_array(current_setting('lagebild.write', true), ','))::text[]"
_STATES = (
    "'PRE_REGISTERED', 'INVITED', 'CONFIRMED', 'CHECKED_IN', 'BRIEFED', 'ASSIGNED', 'WORKING', 'BREAK', 'CHECKED_OUT', "
    "'THANKED', 'NO_SHOW', 'SENT_HOME', 'BLOCKED'"
)


def _time(name: str, *, nullable: bool = True, comment: str | None = None) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable, comment=comment)


def upgrade() -> None:
    op.create_table(
        "job_slot",
        sa.Column("job", sa.Text, primary_key=True, comment="id of the fact"),
        sa.Column("slot", sa.Text, primary_key=True),
        sa.Column("room", sa.Text, sa.ForeignKey("room.id"), nullable=False, comment="the job's"),
        sa.Column("wanted", sa.Integer, nullable=False),
        sa.Column("taken", sa.Integer, nullable=False, server_default="0"),
        _time("begins", nullable=False),
        _time("ends", nullable=False),
        sa.CheckConstraint("taken >= 0 AND taken <= wanted", name="ck_job_slot_places"),
    )
    op.create_table(
        "job_booking",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("room", sa.Text, sa.ForeignKey("room.id"), nullable=False, comment="the roster's"),
        sa.Column("helper", sa.Text, nullable=False, comment="stays when the helper is erased"),
        sa.Column("job", sa.Text),
        sa.Column("slot", sa.Text),
        sa.Column("point", sa.Text, comment="meeting point where he checked in"),
        sa.Column("state", sa.Text, nullable=False),
        _time("made_at", nullable=False),
        _time("state_at", nullable=False),
        _time("invited_at"),
        _time("confirmed_at"),
        _time("checked_in_at"),
        _time("briefed_at"),
        sa.Column("briefed_by", sa.Text, comment="actor, or the helper himself"),
        _time("assigned_at"),
        _time("started_at"),
        _time("break_at"),
        _time("checked_out_at"),
        _time("thanked_at"),
        _time("safe_at", comment="said that he is safe"),
        sa.Column("commission", JSONB, comment="job, place, who commissioned, as it stood"),
        sa.Column("shuttle", sa.Text, comment="leg that takes him there"),
        sa.Column("reason", sa.Text),
        _time("keep_until", comment="when the evidence may go"),
        sa.CheckConstraint(f"state IN ({_STATES})", name="ck_job_booking_state"),
        sa.CheckConstraint("(job IS NULL) = (slot IS NULL)", name="ck_job_booking_slot"),
        sa.CheckConstraint(
            "state NOT IN ('ASSIGNED', 'WORKING', 'BREAK') OR (job IS NOT NULL AND briefed_at IS NOT NULL "
            "AND assigned_at IS NOT NULL AND commission IS NOT NULL)",
            name="ck_job_booking_evidence",
        ),
    )
    op.create_index("ix_job_booking_job", "job_booking", ["job", "slot"])
    op.create_index("ix_job_booking_helper", "job_booking", ["helper"])
    op.create_index("ix_job_booking_room", "job_booking", ["room", "state"])
    op.create_index("ix_job_booking_point", "job_booking", ["point"])
    op.create_index(
        "uq_job_booking_present", "job_booking", ["helper"], unique=True,
        postgresql_where=sa.text("state IN ('CHECKED_IN', 'BRIEFED', 'ASSIGNED', 'WORKING', 'BREAK')"),
    )  # fmt: skip
    op.create_index(
        "uq_job_booking_slot", "job_booking", ["job", "slot", "helper"], unique=True,
        postgresql_where=sa.text("job IS NOT NULL AND state NOT IN ('THANKED', 'CHECKED_OUT', 'SENT_HOME', 'NO_SHOW')"),
    )  # fmt: skip
    op.create_table(
        "job_step",
        sa.Column("id", sa.Text, primary_key=True, comment="made by whoever acted: what comes twice counts once"),
        sa.Column("booking", sa.Text, sa.ForeignKey("job_booking.id", ondelete="CASCADE"), nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False, comment="after it"),
        _time("at", nullable=False, comment="when it was done, by the clock of whoever did it"),
        _time("recorded_at", nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("job", sa.Text),
        sa.Column("slot", sa.Text),
        sa.Column("reason", sa.Text),
        sa.Column("commission", JSONB, comment="of ASSIGN: the evidence for the insurance"),
    )
    op.create_index("ix_job_step_booking", "job_step", ["booking", "at"])
    op.create_table(
        "job_dirty",
        sa.Column("ref", sa.Text, primary_key=True, comment="kind and id of the fact whose counts lag behind"),
        _time("since", nullable=False),
    )
    op.create_table(
        "volunteer_contact",
        sa.Column(
            "helper", sa.Text, sa.ForeignKey("helper.id", ondelete="CASCADE"), primary_key=True,
            comment="whose contact this is, once it is proven",
        ),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False, comment="the address under the person's key"),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("code", sa.LargeBinary, comment="keyed digest of what was sent; none until it is sent"),
        sa.Column("tries", sa.Integer, nullable=False, server_default="0"),
        sa.Column("sent", sa.Integer, nullable=False, server_default="0"),
        _time("due_at", comment="when to send the code"),
        _time("expires_at"),
        sa.Column("problem", sa.Text),
        _time("made_at", nullable=False),
    )  # fmt: skip
    op.create_index("ix_volunteer_contact_digest", "volunteer_contact", ["digest"])
    op.create_table(
        "helper_block",
        sa.Column("helper", sa.Text, sa.ForeignKey("helper.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column(
            "lifting", sa.Boolean, nullable=False, server_default="false", comment="proposed is to let him again"
        ),
        sa.Column("proposed_by", sa.Text, nullable=False),
        _time("proposed_at", nullable=False),
        sa.Column("confirmed_by", sa.Text),
        _time("confirmed_at"),
        sa.CheckConstraint("confirmed_by <> proposed_by", name="ck_helper_block_four_eyes"),
    )
    op.execute(f"GRANT SELECT ON job_booking TO {ROLE}")
    op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON job_slot TO {ROLE}")
    for table in ("job_slot", "job_booking"):
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY see ON {table} FOR SELECT TO {ROLE} USING (room = ANY({_SEE}))")
    op.execute(f"CREATE POLICY add ON job_slot FOR INSERT TO {ROLE} WITH CHECK (room = ANY({_WRITE}))")
    op.execute(
        f"CREATE POLICY edit ON job_slot FOR UPDATE TO {ROLE} USING (room = ANY({_WRITE})) "
        f"WITH CHECK (room = ANY({_WRITE}))"
    )
    op.execute(f"CREATE POLICY remove ON job_slot FOR DELETE TO {ROLE} USING (room = ANY({_WRITE}))")


def downgrade() -> None:
    for table in ("helper_block", "volunteer_contact", "job_dirty", "job_step", "job_booking", "job_slot"):
        op.drop_table(table)
