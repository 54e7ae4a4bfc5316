"""A town's own sensors: who they are, what they last sent, which messages were there already, and who may send."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def _time(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    op.create_table(
        "device",
        sa.Column("id", sa.Text, primary_key=True, comment="DevEUI, or the name of a device without one"),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("name", sa.Text, comment="as the network server calls it"),
        sa.Column("network", sa.Text, nullable=False),
        sa.Column("model", sa.Text),
        _time("first_seen"),
        _time("last_seen"),
        _time("newest", nullable=True),
        sa.Column("battery", sa.Double),
        sa.Column("battery_unit", sa.Text),
        sa.Column("rssi", sa.Double),
        sa.Column("snr", sa.Double),
        sa.Column("longitude", sa.Double, comment="as the network server says"),
        sa.Column("latitude", sa.Double),
        sa.Column("messages", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("doubles", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("undecoded", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("adoption", JSONB),
        sa.Column("alarms", ARRAY(sa.Text), nullable=False, server_default="{}"),
        sa.CheckConstraint("state <> 'ADOPTED' OR adoption IS NOT NULL", name="ck_device_adopted"),
    )
    op.create_table(
        "device_uplink",
        sa.Column("device", sa.Text, primary_key=True),
        sa.Column("session", sa.Text, primary_key=True),
        sa.Column("counter", sa.BigInteger, primary_key=True),
        _time("at"),
        _time("received_at"),
    )
    op.create_index("ix_device_uplink_received_at", "device_uplink", ["received_at"])
    op.create_table(
        "device_message",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("device", sa.Text, sa.ForeignKey("device.id", ondelete="CASCADE"), nullable=False),
        _time("at"),
        _time("received_at"),
        sa.Column("counter", sa.BigInteger),
        sa.Column("port", sa.Integer),
        sa.Column("payload", sa.Text, comment="the device's bytes in hexadecimal"),
        sa.Column("values", JSONB, nullable=False, comment="decoded: quantity, value, unit, name"),
        sa.Column("reason", sa.Text, comment="why it could not be decoded"),
        sa.Column("doubt", sa.Text),
    )
    op.create_index("ix_device_message_device_at", "device_message", ["device", "at"])
    op.create_table(
        "sensor_key",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False, comment="SHA-256 of the secret"),
        _time("made_at"),
        sa.Column("made_by", sa.Text, nullable=False),
        _time("used_at", nullable=True),
    )
    op.create_index("ix_sensor_key_source", "sensor_key", ["source"])


def downgrade() -> None:
    for table in ("sensor_key", "device_message", "device_uplink", "device"):
        op.drop_table(table)
