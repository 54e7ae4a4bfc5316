"""Every table of the picture as SQLAlchemy Core; rows become the model's dataclasses in the modules beside."""

from __future__ import annotations

from geoalchemy2 import Geometry as Geom
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Double,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _time(name: str, *, nullable: bool = False, now: bool = False) -> Column[object]:
    return Column(
        name, DateTime(timezone=True), nullable=nullable, server_default=func.clock_timestamp() if now else None
    )


_CORNERS = "point(extent[1], extent[2]), point(extent[3], extent[4])"

fact = Table(
    "fact",
    metadata,
    Column("ref", Text, primary_key=True),
    Column("origin", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("room", Text, nullable=False),
    Column("source", Text, nullable=False),
    _time("as_of"),
    Column("provenance", JSONB, nullable=False),
    Column("body", JSONB, nullable=False),
    Column("extent", ARRAY(Double)),
    Column("geom", Geom("GEOMETRY", srid=4326, spatial_index=False)),
    Index("ix_fact_kind_source", "kind", "source"),
    Index("ix_fact_geom", "geom", postgresql_using="gist"),
    Index("ix_fact_box", text(f"box({_CORNERS})"), postgresql_using="gist"),
    postgresql_with={"fillfactor": 70},  # room on the page, so that a new value touches no index (HOT)
)

change = Table(
    "change",
    metadata,
    Column("seq", BigInteger, Identity(always=True), primary_key=True),
    Column("at", DateTime(timezone=True), nullable=False, server_default=func.statement_timestamp()),
    Column("ref", Text, nullable=False),
    Column("op", Text, nullable=False),
    Column("room", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("provenance", JSONB),
    Column("body", JSONB),
    Column("extent", ARRAY(Double)),
    Index("ix_change_ref_seq", "ref", "seq"),
    Index("ix_change_at", "at", "seq"),
    postgresql_partition_by="RANGE (seq)",
)

series = Table(
    "series",
    metadata,
    Column("id", Integer, Identity(always=True), primary_key=True),
    Column("origin", Text, nullable=False),
    Column("station", Text, nullable=False),
    Column("quantity", Text, nullable=False),
    Column("unit", Text, nullable=False),
    UniqueConstraint("station", "quantity", "origin"),
)

observation = Table(
    "observation",
    metadata,
    Column("series", Integer, primary_key=True),
    Column("corrections", SmallInteger, nullable=False, server_default="0", comment="how often the source revised it"),
    Column("at", DateTime(timezone=True), primary_key=True),
    Column("value", Double, nullable=False),
    postgresql_partition_by="RANGE (at)",
)

latest = Table(
    "latest",
    metadata,
    Column("series", Integer, ForeignKey("series.id", ondelete="CASCADE"), primary_key=True),
    _time("at"),
    Column("value", Double, nullable=False),
    Column("geom", Geom("POINT", srid=4326, spatial_index=False)),
    Index("ix_latest_geom", "geom", postgresql_using="gist"),
    postgresql_with={"fillfactor": 50},
)

area = Table(
    "area",
    metadata,
    Column(
        "ars", Text, primary_key=True, comment="significant digits: 2 Land, 3 Regierungsbezirk, 5 Kreis, 12 Gemeinde"
    ),
    Column("ags", Text, nullable=False, index=True),
    Column("level", Text, nullable=False, comment="state, region, district, municipality"),
    Column("name", Text, nullable=False),
    Column("designation", Text, nullable=False, comment="Stadt, Gemeinde, Kreis, Kreisfreie Stadt …"),
    Column("geom", Geom("MULTIPOLYGON", srid=4326, spatial_index=False), nullable=False),
    Column("label", Geom("POINT", srid=4326, spatial_index=False), nullable=False),
    Index("ix_area_geom", "geom", postgresql_using="gist"),
    Index("ix_area_level", "level"),
)

area_shape = Table(
    "area_shape",
    metadata,
    Column("ars", Text, ForeignKey("area.ars", ondelete="CASCADE"), primary_key=True),
    Column("zoom", SmallInteger, primary_key=True, comment="drawn from this zoom on, until the next finer one"),
    Column("geom", Geom("MULTIPOLYGON", srid=3857, spatial_index=False), nullable=False),
    Index("ix_area_shape_geom", "geom", postgresql_using="gist"),
)
"""Outlines for tiles, generalised as one coverage so that neighbours still share their border exactly."""

place = Table(
    "place",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", Text, nullable=False),
    Column("population", Integer, nullable=False),
    Column("ars", Text, comment="municipality it lies in"),
    Column("geom", Geom("POINT", srid=4326, spatial_index=False), nullable=False),
    Index("ix_place_geom", "geom", postgresql_using="gist"),
)

land_source = Table(
    "land_source",
    metadata,
    Column("name", Text, primary_key=True),
    Column("attribution", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("revision", Integer, nullable=False),
    _time("imported_at", now=True),
)

raw_item = Table(
    "raw_item",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("feed", Text, nullable=False),
    Column("item", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("raw", Text, nullable=False),
    _time("first_seen", now=True),
    _time("last_seen", now=True),
    Column("times", Integer, nullable=False, server_default="1"),
    UniqueConstraint("feed", "item", "reason"),
)

idempotency = Table(
    "idempotency",
    metadata,
    Column("principal", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("request", LargeBinary, nullable=False, comment="SHA-256 of method, path and body"),
    Column("status", SmallInteger, nullable=False),
    Column("answer", JSONB),
    _time("at", now=True),
    Index("ix_idempotency_at", "at"),
)

heartbeat = Table(
    "heartbeat",
    metadata,
    Column("engine", Text, primary_key=True),
    _time("at"),
    Column("every", Double, nullable=False, comment="seconds between two beats"),
    Column("note", Text),
)

exercise = Table(
    "exercise",
    metadata,
    Column("id", Boolean, primary_key=True, server_default="true"),
    Column("scenario", Text, nullable=False),
    _time("shown"),
    _time("since"),
    Column("speed", Double, nullable=False),
    Column("paused", Boolean, nullable=False),
)
