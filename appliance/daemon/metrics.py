"""The unit's metrics in Prometheus' text format: the tally's counts, and status as gauges."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

GAUGES = {
    "uptime_s": ("maum_uptime_seconds", "Since the unit was started."),
    "frames_per_s": ("maum_frames_per_second", "Frames looked at a second, smoothed."),
    "faces": ("maum_faces", "Faces in the latest frame."),
    "fixtures": ("maum_fixtures", "Faces left out since they never move."),
    "clips": ("maum_clips", "Clips that could be shown."),
    "queue": ("maum_inbox_messages", "Messages that wait for the control loop."),
    "page_silent_s": ("maum_page_silent_seconds", "Since frames of the panel's page went on."),
    "reports_refused": ("maum_reports_refused", "Reports not of the page, or that cannot be true."),
    "temperature_c": ("maum_temperature_celsius", "Of the processor."),
    "disk_free_bytes": ("maum_disk_free_bytes", "For the state directory."),
    "clock_synchronised": ("maum_clock_synchronised", "1: the wall clock is right."),
}
"""Of status; one that is None there is left out."""

CAMERA_STATES = ("on", "paused", "unavailable")


class StatusCollector(Collector):
    """Asked at each scrape."""

    def __init__(
        self, status: Callable[[], dict[str, Any]], logged: Callable[[], dict[str, int]]
    ) -> None:
        self._status = status
        self._logged = logged

    def collect(self) -> Iterator[GaugeMetricFamily | CounterMetricFamily]:
        status = self._status()
        for key, (name, meaning) in GAUGES.items():
            if status.get(key) is not None:
                yield GaugeMetricFamily(name, meaning, value=float(status[key]))
        sensing = GaugeMetricFamily(
            "maum_sensing", "Whether the camera looks: 1 for the state it is in.", labels=["state"]
        )
        for state in CAMERA_STATES:
            sensing.add_metric([state], float(status.get("sensing") == state))
        yield sensing
        logged = CounterMetricFamily(
            "maum_log_messages", "Warnings and errors logged.", labels=["level"]
        )
        for level, count in self._logged().items():
            logged.add_metric([level], count)
        yield logged


def exposition(registry: CollectorRegistry) -> bytes:
    """Everything the registry knows, as version 0.0.4 of the text format."""
    return generate_latest(registry)
