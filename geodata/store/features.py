"""Features of sources as facts: closures, outages, fires. Known until their source no longer tells of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime

from sqlalchemy import text

from geodata.model.body import to_body
from geodata.model.fact import PUBLIC, Confidence, Fact, Provenance
from geodata.model.feature import Feature
from geodata.model.level import Level
from geodata.model.ref import Ref
from geodata.store.database import Transaction

MOST = 2_000
"""Features of one source at a time: a list nobody can read is no picture."""

_KNOWN = text("""
    SELECT id, (body ->> 'expires')::timestamptz <= :now AS over
    FROM fact WHERE kind = 'feature' AND source = :source AND origin = :origin
""")
_LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)


async def record(
    tx: Transaction,
    origin: str,
    features: Sequence[Feature],
    *,
    source: str,
    received_at: datetime,
    all_features: bool = False,
    still: Collection[str] = (),
    confidence: Confidence = Confidence.REPORTED,
) -> list[tuple[Feature, str]]:
    """Put the features and drop this source's that have expired; with `all_features` also those it no longer states,
    except those named in `still`.

    Returns those not taken, each with the reason. Beyond `MOST` the gravest and then the newest are kept.
    """
    refused: list[tuple[Feature, str]] = []
    given: dict[str, Feature] = {}
    for feature in features:
        if feature.expires is not None and feature.expires <= received_at:
            refused.append((feature, "has expired"))
        else:
            given[feature.key] = feature
    rows = (await tx.connection.execute(_KNOWN, {"source": source, "origin": origin, "now": received_at})).all()
    kept = given.keys() | set(still)
    gone = {row.id for row in rows if (row.over and row.id not in given) or (all_features and row.id not in kept)}
    gone |= {feature.key for feature, _ in refused if feature.key not in given} & {row.id for row in rows}
    room = MOST - len({row.id for row in rows} - gone - given.keys())
    ranked = sorted(given.values(), key=_rank, reverse=True)
    for feature in ranked[max(room, 0) :]:
        refused.append((feature, f"more than {MOST} features of one source: the gravest and newest are shown"))
        gone.add(feature.key)
    for feature in ranked[: max(room, 0)]:
        tx.put(
            Fact(
                Ref(origin, "feature", feature.key),
                PUBLIC,
                Provenance(source, feature.at or received_at, received_at, confidence),
                to_body(feature),
                geometry=feature.geometry,
            ),
            timeless=feature.at is None,
        )
    for key in sorted(gone):
        tx.drop(Ref(origin, "feature", key))
    return refused


def _rank(feature: Feature) -> tuple[int, datetime, str]:
    """An unknown level stands between low and medium: it may be grave."""
    known = Level.LOW + 0.5 if feature.level is None else float(feature.level)
    return int(known * 2), feature.at or _LONG_AGO, feature.key
