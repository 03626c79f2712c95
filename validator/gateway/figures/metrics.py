"""Figures for Prometheus: what happens is counted as it happens, how things stand is looked up.

One registry for each gateway, nothing global. Labels are gates, devices, sources and our own
words, never a code, a ticket, a person or an address; what a stranger could invent is no label.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import generate_latest
from prometheus_client.registry import Collector

from validator.clock import Instant
from validator.feed.names import kind_of
from validator.gateway.feeds.lanes import LinkedLane
from validator.gateway.ledger.committer import Committed
from validator.gateway.store.totals import VerdictTotal

_CLAIM_S = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
"""Up to the 200 ms that a lane waits, and beyond."""

_COMMIT_S = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 2.0)
_BATCH = (1, 2, 4, 8, 16, 32, 64, 128, 256)


class Metrics:
    """What one gateway has counted since its start.

    Attributes:
        registry: Of this gateway alone.
    """

    def __init__(self) -> None:
        self.registry = CollectorRegistry(auto_describe=False)
        into = self.registry
        self._claims = Histogram(
            "entrance_claim_seconds",
            "From a lane's claim to its answer on disk.",
            buckets=_CLAIM_S,
            registry=into,
        )
        self._commits = Histogram(
            "entrance_commit_seconds", "Of one commit.", buckets=_COMMIT_S, registry=into
        )
        self._batches = Histogram(
            "entrance_commit_items", "Items in one commit.", buckets=_BATCH, registry=into
        )
        self._failures = Counter(
            "entrance_commit_failures", "Commits that the disk did not take.", registry=into
        )
        self._frames = Counter(
            "entrance_frames_published",
            "Sealed frames, by kind of stream.",
            ("stream",),
            registry=into,
        )
        self._rejected = Counter(
            "entrance_rejected_uploads",
            "Rows of devices' journals that were kept, not accepted.",
            registry=into,
        )
        self._limited = Counter(
            "entrance_rate_limited", "Requests that came too often.", registry=into
        )

    def claim(self) -> AbstractContextManager[object]:
        """Time a claim: `with metrics.claim(): ...`."""
        return self._claims.time()

    def timed(self, items: int, took_s: float, failed: bool) -> None:
        """Count a commit; called in the writer's thread.

        Args:
            items: In the batch.
            took_s: Seconds, the sync included.
            failed: The disk did not take it.
        """
        if failed:
            self._failures.inc()
        else:
            self._batches.observe(items)
            self._commits.observe(took_s)

    def committed(self, what: Committed) -> None:
        """Count frames; of a stream's name only its kind counts."""
        for stream, frames in what.frames:
            self._frames.labels(kind_of(stream)).inc(len(frames))

    def rejected(self, rows: int) -> None:
        """Count rows of an upload that were not accepted."""
        self._rejected.inc(rows)

    def limited(self) -> None:
        """Count a request that came too often."""
        self._limited.inc()

    def text(self, present: PresentFigures) -> bytes:
        """Return everything as Prometheus reads it.

        Args:
            present: How things are now.

        Source: Prometheus exposition formats, text format 0.0.4.
        """
        now = CollectorRegistry(auto_describe=False)
        now.register(present)
        return generate_latest(self.registry) + generate_latest(now)


@dataclass(frozen=True, slots=True, eq=False)
class PresentFigures(Collector):
    """How things stand, looked up when Prometheus asks.

    Args:
        shown: Verdicts of the journal; they outlive a restart.
        conflicts: Of now.
        lanes: Connected ones.
        owed: Check-ins that sources are owed.
        as_of: When each source was last heard out.
        aside: Rows of each source that can't be read.
        verified: Nothing speaks against the gateway's clock.
        ready: Nothing speaks against sending lanes here.
        now: Gateway's wall clock.
    """

    shown: tuple[VerdictTotal, ...]
    conflicts: int
    lanes: tuple[LinkedLane, ...]
    owed: Mapping[str, int]
    as_of: Mapping[str, Instant]
    aside: Mapping[str, int]
    verified: bool
    ready: bool
    now: Instant

    def collect(self) -> Iterator[Metric]:
        """Yield the gauges."""
        check_ins = CounterMetricFamily(
            "entrance_check_ins",
            "Verdicts in the journal.",
            labels=["decision", "reason", "assurance"],
        )
        for row in self.shown:
            check_ins.add_metric([row.decision, row.reason, row.assurance], row.times)
        yield check_ins
        yield GaugeMetricFamily(
            "entrance_conflicts",
            "Shown entries that should have been refused.",
            self.conflicts,
        )
        yield GaugeMetricFamily(
            "entrance_lanes_connected", "Lanes that have a link.", len(self.lanes)
        )
        yield GaugeMetricFamily("entrance_ready", "1 = /readyz says so.", self.ready)
        yield GaugeMetricFamily(
            "entrance_clock_verified", "1 = nothing speaks against the clock.", self.verified
        )
        owed = GaugeMetricFamily(
            "entrance_source_backlog", "Check-ins that a source is owed.", labels=["source"]
        )
        for source in self.as_of.keys() | self.owed.keys():
            owed.add_metric([source], self.owed.get(source, 0))
        yield owed
        age = GaugeMetricFamily(
            "entrance_source_age_seconds",
            "Since a source was last heard out in full.",
            labels=["source"],
        )
        for source, as_of in self.as_of.items():
            age.add_metric([source], max(0, self.now - as_of) / 1000)
        yield age
        aside = GaugeMetricFamily(
            "entrance_source_rows_set_aside", "Rows that can't be read.", labels=["source"]
        )
        for source in self.as_of.keys() | self.aside.keys():
            aside.add_metric([source], self.aside.get(source, 0))
        yield aside
        yield from self._devices()

    def _devices(self) -> Iterator[Metric]:
        labels = ["device", "gate"]
        backlog = GaugeMetricFamily(
            "entrance_device_backlog", "Journal rows that a lane still owes.", labels=labels
        )
        battery = GaugeMetricFamily("entrance_device_battery_percent", "Of a lane.", labels=labels)
        offset = GaugeMetricFamily(
            "entrance_device_clock_offset_seconds", "How far a lane's clock is off.", labels=labels
        )
        for lane in self.lanes:
            said, of = lane.telemetry, [lane.device, lane.gate]
            if said is None:
                continue
            backlog.add_metric(of, said.backlog)
            if said.battery is not None:
                battery.add_metric(of, said.battery)
            if said.offset_ms is not None:
                offset.add_metric(of, said.offset_ms / 1000)
        yield from (backlog, battery, offset)
