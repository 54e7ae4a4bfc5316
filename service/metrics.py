"""What Prometheus is told, read from the living objects when it asks."""

from __future__ import annotations

from collections.abc import Iterable

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from geodata.model.clock import Clock
from service.live.hub import Hub
from service.sources import Sources


class Readings(Collector):
    def __init__(self, hub: Hub, sources: Sources, clock: Clock) -> None:
        self.hub, self.sources, self.clock = hub, sources, clock

    def collect(self) -> Iterable[Metric]:
        for name, value in self.hub.counters().items():
            yield GaugeMetricFamily(f"lagebild_live_{name}", f"live hub: {name}", value=value)
        now = self.clock.now()
        age = GaugeMetricFamily("lagebild_feed_age_seconds", "time since the last success", labels=["feed"])
        fresh = GaugeMetricFamily(
            "lagebild_feed_condition", "1 for the condition it is in", labels=["feed", "condition"]
        )
        failures = GaugeMetricFamily("lagebild_feed_failures", "failures in a row", labels=["feed"])
        dropped = CounterMetricFamily("lagebild_feed_dropped", "items kept aside in the last look", labels=["feed"])
        for health in self.sources.health.values():
            if health.last_success:
                age.add_metric([health.name], (now - health.last_success).total_seconds())
            fresh.add_metric([health.name, health.condition(now).value], 1)
            failures.add_metric([health.name], health.failures)
            dropped.add_metric([health.name], health.dropped)
        yield from (age, fresh, failures, dropped)


def registry(hub: Hub, sources: Sources, clock: Clock, *more: Collector) -> CollectorRegistry:
    found = CollectorRegistry()
    for readings in (Readings(hub, sources, clock), *more):
        found.register(readings)
    return found
