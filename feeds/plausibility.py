"""What cannot be true is kept aside item by item, before anybody sees it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from feeds.contract import Batch, Dropped
from geodata.model.observation import FUTURE_TOLERANCE, Observation, implausible
from geodata.model.warning import OfficialWarning


def sift(batch: Batch, now: datetime) -> Batch:
    """The batch without observations that cannot be true, forecasts of no use, warnings and features from the future.

    A warning kept aside does not end what we have of it: an earlier text of the same warning stays in force.
    """
    dropped: list[Dropped] = []
    observations: list[Observation] = []
    for observation in batch.observations:
        reason = implausible(observation, now)
        if reason is None:
            observations.append(observation)
        else:
            item = f"{observation.station}.{observation.quantity}"
            dropped.append(Dropped(item, _general(reason), f"{observation.at.isoformat()} {observation.value!r}"))
    warnings: list[OfficialWarning] = []
    still = set(batch.still_in_force)
    for warning in batch.warnings:
        if warning.sent > now + FUTURE_TOLERANCE:
            dropped.append(Dropped(warning.key, "sent lies in the future", warning.sent.isoformat()))
            still.update((warning.key, *warning.references))
        else:
            warnings.append(warning)
    forecasts = []
    for forecast in batch.forecasts:
        if forecast.issued_at > now + FUTURE_TOLERANCE:
            item = f"{forecast.station}.{forecast.quantity} forecast"
            dropped.append(Dropped(item, "issued_at lies in the future", forecast.issued_at.isoformat()))
        else:
            forecasts.append(forecast)
    features = []
    for feature in batch.features:
        if feature.at is not None and feature.at > now + FUTURE_TOLERANCE:
            dropped.append(Dropped(feature.key, "at lies in the future", feature.at.isoformat()))
        else:
            features.append(feature)
    newest = batch.newest
    if newest is not None and newest > now + FUTURE_TOLERANCE:
        newest = max((o.at for o in observations), default=None)
    if not dropped and newest == batch.newest:
        return batch
    return replace(
        batch,
        observations=observations,
        warnings=warnings,
        forecasts=forecasts,
        features=features,
        still_in_force=still,
        dropped=[*batch.dropped, *dropped],
        newest=newest,
    )


def _general(reason: str) -> str:
    """The reason without the value, so that a hundred of the same kind are counted as one kind."""
    if reason.startswith("time ") and "future" in reason:
        return "time lies in the future"
    if reason.startswith("time ") and "older" in reason:
        return "time is older than 30 years"
    return "value is outside the possible range" if reason.startswith("value ") and "outside" in reason else reason
