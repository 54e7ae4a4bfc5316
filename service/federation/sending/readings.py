"""What Prometheus is told of the streams to partners, read from the living lanes when it asks."""

from __future__ import annotations

from collections.abc import Iterable

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from service.federation.sending.sender import Sender


class Readings(Collector):
    def __init__(self, sender: Sender) -> None:
        self.sender = sender

    def collect(self) -> Iterable[Metric]:
        waiting = GaugeMetricFamily(
            "lagebild_federation_waiting", "changes of the log not yet looked at for a partner", labels=["partner"]
        )
        counters = {
            name: CounterMetricFamily(f"lagebild_federation_{name}", meaning, labels=["partner"])
            for name, meaning in (
                ("envelopes", "acknowledged by a partner"),
                ("items", "acknowledged by a partner"),
                ("bytes", "sent to a partner, before compression"),
                ("failures", "tries that a partner did not answer or refused"),
            )
        }
        for lane in list(self.sender.lanes.values()):
            waiting.add_metric([lane.origin], lane.counted.waiting)
            for name, family in counters.items():
                family.add_metric([lane.origin], getattr(lane.counted, name))
        yield from (waiting, *counters.values())
