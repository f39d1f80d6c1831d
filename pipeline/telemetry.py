"""Traces and metrics for whoever is on call; off, and nearly free, unless the standard ``OTEL_*`` variables ask.

Spans: see :data:`SPANS`. Metrics: see :data:`METRICS`. The OpenTelemetry SDK is imported only where an exporter
is asked for.
"""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, TypeAlias

Attribute: TypeAlias = "str | int | float | bool"
SECONDS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)
"""Buckets of durations; a histogram's own would put every publish into the first one."""
SLOW, LEFT_ALONE = 1.0, 60.0
"""Sending that takes longer than this, in seconds, is not tried again for so long."""


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric: its name, what kind of instrument, its unit, what it tells and by which attributes."""

    name: str
    kind: Literal["counter", "histogram", "gauge"]
    unit: str
    doc: str
    attributes: tuple[str, ...] = ()


_BY_PLATFORM = ("platform",)
_BY_OUTCOME = ("platform", "outcome", "kind")
_BY_STEP = ("platform", "step", "status")
METRICS: dict[str, Metric] = {
    metric.name: metric
    for metric in (
        Metric("menu_sync.syncs", "counter", "{sync}", "Ended syncs.", _BY_OUTCOME),
        Metric("menu_sync.duration", "histogram", "s", "Seconds from taking a sync up to its end.", _BY_OUTCOME),
        Metric("menu_sync.platform.request.duration", "histogram", "s", "Seconds a platform took to answer.", _BY_STEP),
        Metric("menu_sync.events", "counter", "{event}", "Events received, by what became of them.", ("outcome",)),
        Metric("menu_sync.error_queue.depth", "gauge", "{error}", "Errors that nobody has resolved.", _BY_PLATFORM),
        Metric("menu_sync.breaker.open", "gauge", "{breaker}", "1 while a platform does not answer.", _BY_PLATFORM),
        Metric("menu_sync.needs_reconnect", "gauge", "{restaurant}", "Connections that are refused.", _BY_PLATFORM),
        Metric("menu_sync.held", "gauge", "{restaurant}", "Menus that wait for a release.", _BY_PLATFORM),
        Metric("menu_sync.sold_out.stale", "gauge", "{dish}", "Sold out for over a day without an end.", _BY_PLATFORM),
    )
}
"""Every metric there is; alert rules, the Grafana dashboard and the docs name them by this table."""


def log_field(metric: str) -> str:
    """Give a metric's name as a field of log lines.

    >>> log_field("menu_sync.error_queue.depth")
    'error_queue_depth'
    """
    return metric.removeprefix("menu_sync.").replace(".", "_")


SPANS: dict[str, str] = {
    "event": "One event, from its receipt until its work is in line.",
    "sync": "One operation, from taking it up to its end or pause; the parent of the ones below.",
    "menu.fetch": "Asking the menu service and reading what it gave; shared by the restaurant's platforms.",
    "map": "Shaping the menu and making the payload.",
    "check": "Holding the payload against the mapping's checks and the platform's schema.",
    "publish.attempt": "One request to the platform, each try by itself.",
    "store.write": "Writing progress or the end to the database.",
}
"""Every span there is. They carry ``restaurant_id``, ``platform``, ``operation`` and ``item_count`` where known."""

_NOTHING: AbstractContextManager[Any] = nullcontext()


class Telemetry:
    """Where spans and metrics go: nowhere, until :meth:`start` finds that an exporter is asked for."""

    def __init__(self) -> None:
        self._tracer: Any = None
        self._instruments: dict[str, Any] = {}
        self._providers: list[Any] = []
        self._measures: dict[str, Callable[[], Mapping[str, int]]] = {}
        self._kept_until = 0.0

    @property
    def on(self) -> bool:
        """Tell whether anything is recorded."""
        return self._tracer is not None

    def start(self, environment: Mapping[str, str] | None = None, *, service: str = "menu-sync") -> bool:
        """Start exporting over OTLP/HTTP where an ``OTEL_EXPORTER_OTLP_*ENDPOINT`` is set; tell whether it was.

        ``environment`` may hold more than the process's own, such as what stands in ``.env``.
        """
        given = os.environ if environment is None else environment
        wanted = any(given.get(name) for name in _ENDPOINTS)
        if self.on or not wanted or given.get("OTEL_SDK_DISABLED", "").lower() == "true":
            return self.on
        for name, value in given.items():
            if name.startswith("OTEL_"):
                os.environ.setdefault(name, value)  # where the SDK looks
        from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
        from opentelemetry.sdk.trace.export import BatchSpanProcessor

        traces, metrics = (given.get(name, "") != "none" for name in ("OTEL_TRACES_EXPORTER", "OTEL_METRICS_EXPORTER"))
        self.use(
            service,
            [BatchSpanProcessor(OTLPSpanExporter())] if traces else [],
            [PeriodicExportingMetricReader(OTLPMetricExporter())] if metrics else [],
        )
        return True

    def use(self, service: str, processors: Iterable[Any], readers: Iterable[Any]) -> None:
        """Record with given span processors and metric readers."""
        from opentelemetry.sdk.metrics import MeterProvider
        from opentelemetry.sdk.metrics.view import ExplicitBucketHistogramAggregation, View
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider

        named = {"service.name": os.environ.get("OTEL_SERVICE_NAME", service)}
        # Counters of processes that run side by side must not be taken for one counter.
        resource = Resource.create({**named, "service.instance.id": str(uuid.uuid4())})
        tracers = TracerProvider(resource=resource)
        for processor in processors:
            tracers.add_span_processor(processor)
        buckets = View(instrument_name="*.duration", aggregation=ExplicitBucketHistogramAggregation(SECONDS))
        meters = MeterProvider(list(readers), resource=resource, views=[buckets])
        meter = meters.get_meter("menu_sync")
        for metric in METRICS.values():
            if metric.kind == "counter":
                self._instruments[metric.name] = meter.create_counter(metric.name, metric.unit, metric.doc)
            elif metric.kind == "histogram":
                self._instruments[metric.name] = meter.create_histogram(metric.name, metric.unit, metric.doc)
            else:
                meter.create_observable_gauge(metric.name, [self._observer(metric.name)], metric.unit, metric.doc)
        self._providers = [tracers, meters]
        self._tracer = tracers.get_tracer("menu_sync")

    def watch(self, measures: Mapping[str, Callable[[], Mapping[str, int]]]) -> None:
        """Report gauges by platform, each asked for whenever metrics are collected; the last ones given count."""
        for name in measures:
            assert METRICS[name].kind == "gauge", name
        self._measures = dict(measures)

    def _observer(self, name: str) -> Callable[[Any], list[Any]]:
        def observe(_: Any) -> list[Any]:
            from opentelemetry.metrics import Observation

            measure = self._measures.get(name)
            found = measure() if measure is not None else {}
            return [Observation(value, {"platform": platform}) for platform, value in found.items()]

        return observe

    def span(self, name: str, *, parent: str = "", **attributes: Attribute | None) -> AbstractContextManager[Any]:
        """Record what happens inside as a span; an error that leaves it is noted by its type, never its text.

        ``parent`` is a :meth:`trace` that was kept with work that another process may do.
        """
        if self._tracer is None:
            return _NOTHING
        return self._span(name, parent, _given(attributes))

    @contextmanager
    def _span(self, name: str, parent: str, attributes: dict[str, Attribute]) -> Iterator[Any]:
        from opentelemetry.trace import Status, StatusCode
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        context = TraceContextTextMapPropagator().extract({"traceparent": parent}) if parent else None
        with self._tracer.start_as_current_span(
            name, context, attributes=attributes, record_exception=False, set_status_on_exception=False
        ) as span:
            try:
                yield span
            except BaseException as error:
                span.set_status(Status(StatusCode.ERROR, type(error).__name__))
                raise

    def happened(
        self, name: str, at: datetime, seconds: float, *, failure: str = "", **attributes: Attribute | None
    ) -> None:
        """Record a span that is over already, under the one that is open here; ``failure`` is a word, if it failed."""
        if self._tracer is None:
            return
        from opentelemetry.trace import Status, StatusCode

        start = _nanoseconds(at)
        span = self._tracer.start_span(name, attributes=_given(attributes), start_time=start)
        if failure:
            span.set_status(Status(StatusCode.ERROR, failure))
        span.end(start + int(seconds * 1e9))

    def note(self, **attributes: Attribute | None) -> None:
        """Add attributes to the span that is open here."""
        if self._tracer is None:
            return
        from opentelemetry import trace

        trace.get_current_span().set_attributes(_given(attributes))

    def failed(self, code: str) -> None:
        """Mark the span that is open here as failed; ``code`` is a word, never a message that may quote something."""
        if self._tracer is None:
            return
        from opentelemetry.trace import Status, StatusCode, get_current_span

        get_current_span().set_status(Status(StatusCode.ERROR, code))

    def trace(self) -> str:
        """Give the open span in W3C's form (``traceparent``), to be kept with work; empty where there is none."""
        ids = self.ids()
        return f"00-{ids['trace_id']}-{ids['span_id']}-01" if ids else ""

    def add(self, name: str, amount: int = 1, /, **attributes: Attribute) -> None:
        """Count something."""
        if self._tracer is not None:
            self._instruments[name].add(amount, attributes)

    def took(self, name: str, seconds: float, /, **attributes: Attribute) -> None:
        """Record how long something took."""
        if self._tracer is not None:
            self._instruments[name].record(seconds, attributes)

    def ids(self) -> dict[str, str]:
        """Give the ids of the span that is open here, for logs; nothing where there is none."""
        if self._tracer is None:
            return {}
        from opentelemetry import trace

        context = trace.get_current_span().get_span_context()
        if not context.is_valid:
            return {}
        return {"trace_id": f"{context.trace_id:032x}", "span_id": f"{context.span_id:016x}"}

    def flush(self) -> None:
        """Send what is recorded, before a process ends or is frozen; not soon again where nobody takes it.

        Meanwhile it is kept, within the SDK's limits: a collector that is down must not slow down every invocation.
        """
        begun = time.monotonic()
        if begun < self._kept_until:
            return
        for provider in self._providers:
            provider.force_flush()
        ended = time.monotonic()
        if ended - begun > SLOW:
            self._kept_until = ended + LEFT_ALONE

    def stop(self) -> None:
        """Send what is recorded and let go."""
        for provider in self._providers:
            provider.shutdown()
        self._providers, self._tracer, self._instruments, self._measures = [], None, {}, {}
        self._kept_until = 0.0


def _given(attributes: Mapping[str, Attribute | None]) -> dict[str, Attribute]:
    return {key: value for key, value in attributes.items() if value is not None}


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _nanoseconds(at: datetime) -> int:
    return (at - _EPOCH) // timedelta(microseconds=1) * 1000


_ENDPOINTS = (
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
    "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT",
)
telemetry = Telemetry()
"""The process's telemetry."""
