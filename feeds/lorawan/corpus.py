"""Recorded sensor messages for `lagebild feed corpus`: through the reader that webhook and broker use."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from feeds.contract import Batch, Dropped
from feeds.decoding import excerpt
from feeds.lorawan import reading
from feeds.lorawan.undecodable import Undecodable
from geodata.model.observation import Observation


class UplinkFile:
    name = "lorawan"

    def recognises(self, path: str, payload: bytes) -> bool:
        return reading.recognises(payload)

    def parse(self, path: str, payload: bytes, now: datetime) -> Batch:
        """Every value of every uplink as an observation of its device. Raises Garbled."""
        batch = Batch(unknown=Counter())
        for uplink in reading.read(payload):
            try:
                decoded = reading.decode(uplink)
            except Undecodable as error:
                batch.dropped.append(Dropped(uplink.device, str(error), excerpt(payload)))
                continue
            batch.observations += [
                Observation(uplink.device, value.name, uplink.at, value.value, value.unit) for value in decoded.values
            ]
            batch.unknown.update(f"channel {part[:4]}" for part in decoded.unknown)
        return batch
