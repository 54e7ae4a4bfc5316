"""Partners, agreements, streams in both directions, copies, what was set aside, and what we carry for others."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def _at(name: str, *, nullable: bool = True, now: bool = False) -> sa.Column[object]:
    default = sa.func.clock_timestamp() if now else None
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable, server_default=default)


def _peer(*, key: bool = False) -> sa.Column[object]:
    there = sa.ForeignKey("peer.id", ondelete="CASCADE")
    return sa.Column("peer", sa.Text, there, primary_key=key, nullable=False)


def _json(name: str, default: str = "{}") -> sa.Column[object]:
    return sa.Column(name, JSONB, nullable=False, server_default=default)


def upgrade() -> None:
    op.create_table(
        "peer",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("origin", sa.Text, nullable=False, unique=True, comment="its short name; its facts carry it"),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("ars", sa.Text),
        sa.Column("level", sa.Text, nullable=False, server_default="MUNICIPALITY", comment="FleetLevel"),
        sa.Column("mode", sa.Text, nullable=False),
        sa.Column("url", sa.Text, comment="where it is reached; none: by file or relay only"),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("state_reason", sa.Text),
        _at("state_at", nullable=False, now=True),
        sa.Column("state_by", sa.Text, nullable=False),
        sa.Column("keys", JSONB, nullable=False, comment="pinned signing keys, newest first: kid, x, from, until"),
        sa.Column("seal_key", sa.Text, nullable=False, comment="X25519, for sealed bundles"),
        sa.Column("document", JSONB, nullable=False, comment="what it last said of itself"),
        _at("compared_at"),
        sa.Column("compared_by", sa.Text),
        sa.Column("exchange_room", sa.Text, sa.ForeignKey("room.id"), comment="both sides' procedures lie here"),
        sa.Column("relay", sa.Text, sa.ForeignKey("peer.id"), comment="who carries for us what cannot go directly"),
        _json("policy"),
        _at("created_at", nullable=False, now=True),
    )
    op.create_table(
        "peer_invitation",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("digest", sa.LargeBinary, nullable=False, unique=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("created_by", sa.Text, nullable=False),
        _at("created_at", nullable=False, now=True),
        _at("expires_at", nullable=False),
        _at("used_at"),
        sa.Column("peer", sa.Text, sa.ForeignKey("peer.id", ondelete="SET NULL")),
    )
    op.create_table(
        "peer_nonce",
        _peer(key=True),
        sa.Column("nonce", sa.Text, primary_key=True),
        _at("until", nullable=False),
    )
    op.create_index("ix_peer_nonce_until", "peer_nonce", ["until"])
    op.create_table(
        "peer_outgoing",
        _peer(key=True),
        sa.Column("epoch", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("number", sa.BigInteger, nullable=False, server_default="0", comment="last envelope acknowledged"),
        sa.Column("token", sa.Text, nullable=False, server_default="", comment="where in our log that was"),
        _at("acknowledged_at"),
        _at("tried_at"),
        _at("next_try"),
        sa.Column("failures", sa.Integer, nullable=False, server_default="0"),
        sa.Column("last_error", sa.Text),
        sa.Column("items", sa.BigInteger, nullable=False, server_default="0", comment="ever acknowledged"),
        sa.Column("bytes", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("waiting", sa.BigInteger, nullable=False, server_default="0", comment="changes not yet looked at"),
        _at("digested_at"),
        sa.Column("repair", ARRAY(sa.Text), nullable=False, server_default="{}", comment="shares it wants again"),
    )
    op.create_table(
        "peer_incoming",
        _peer(key=True),
        sa.Column("epoch", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("number", sa.BigInteger, nullable=False, server_default="0", comment="last envelope applied"),
        sa.Column("token", sa.Text, nullable=False, server_default="", comment="theirs, opaque to us"),
        _at("heard_at"),
        _at("applied_at"),
        sa.Column("behind", sa.BigInteger, comment="changes it had not yet looked at when it last spoke"),
        sa.Column("skew", sa.Double, comment="seconds that its clock is ahead of ours"),
        sa.Column("items", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("last_error", sa.Text),
        sa.Column("repair", ARRAY(sa.Text), nullable=False, server_default="{}", comment="shares we want again"),
    )
    op.create_table(
        "share",
        sa.Column("id", sa.Text, primary_key=True),
        _peer(),
        sa.Column("room", sa.Text, sa.ForeignKey("room.id"), nullable=False, comment="whose facts leave"),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False, server_default="1"),
        sa.Column("holds", sa.Boolean, nullable=False, server_default="true", comment="its conditions are met now"),
        sa.Column("policy", JSONB, nullable=False),
        _at("until"),
        sa.Column("created_by", sa.Text, nullable=False),
        _at("created_at", nullable=False, now=True),
        _at("ended_at"),
        sa.Column("ended_by", sa.Text),
    )
    op.create_index("ix_share_peer", "share", ["peer"])
    op.create_index("ix_share_room", "share", ["room"])
    op.create_table(
        "received_share",
        _peer(key=True),
        sa.Column("share", sa.Text, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("room", sa.Text, sa.ForeignKey("room.id"), nullable=False),
        sa.Column("state", sa.Text, nullable=False, comment="WALKING, CURRENT, WITHDRAWN"),
        sa.Column("walk", sa.Text, comment="the walk through the whole share that is under way"),
        sa.Column("announced", JSONB, nullable=False, comment="what the sender says of it"),
        _at("announced_at", nullable=False, now=True),
        _at("compared_at"),
        sa.Column("agrees", sa.Boolean, comment="whether the last comparison of digests found the same"),
    )
    op.create_index("ix_received_share_room", "received_share", ["room"], unique=True)
    op.create_table(
        "peer_copy",
        sa.Column("ref", sa.Text, primary_key=True),
        _peer(),
        sa.Column("share", sa.Text, nullable=False),
        sa.Column("epoch", sa.BigInteger, nullable=False),
        sa.Column("seq", sa.BigInteger, nullable=False, comment="of the origin's log"),
        sa.Column("walk", sa.Text),
        sa.Column("digest", sa.LargeBinary, nullable=False, comment="SHA-256 of the item as it was sent"),
        sa.Column("hops", sa.SmallInteger, nullable=False, server_default="0"),
        sa.Column("raw", JSONB, comment="the item as it came, where we do not know all of it"),
        _at("received_at", nullable=False, now=True),
    )
    op.create_index("ix_peer_copy_share", "peer_copy", ["peer", "share", "ref"])
    op.create_table(
        "peer_aside",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        _peer(),
        sa.Column("ref", sa.Text),
        sa.Column("field", sa.Text),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("raw", sa.Text, nullable=False),
        _at("first_seen", nullable=False, now=True),
        _at("last_seen", nullable=False, now=True),
        sa.Column("times", sa.Integer, nullable=False, server_default="1"),
        _at("settled_at"),
        sa.UniqueConstraint("peer", "ref", "reason", name="uq_peer_aside"),
    )
    op.create_table(
        "relay_parcel",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("sender", sa.Text, nullable=False, comment="origin that sealed it"),
        sa.Column("recipient", sa.Text, nullable=False, comment="origin that can open it"),
        sa.Column("digest", sa.LargeBinary, nullable=False, unique=True),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        _at("at", nullable=False, now=True),
        _at("until", nullable=False),
        _at("taken_at"),
    )
    op.create_index("ix_relay_parcel_recipient", "relay_parcel", ["recipient", "at"])
    # What belongs to nobody's room is closed to the visitors' role; the node reads it for those who may.


def downgrade() -> None:
    for table in (
        "relay_parcel", "peer_aside", "peer_copy", "received_share", "share", "peer_incoming", "peer_outgoing",
        "peer_nonce", "peer_invitation", "peer",
    ):  # fmt: skip
        op.drop_table(table)
