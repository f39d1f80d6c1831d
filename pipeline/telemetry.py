"""Traces and metrics for whoever is on call; off, and nearly free, unless the standard ``OTEL_*`` variables ask.

Spans: ``event``, ``menu.fetch``, ``map``, ``check``, ``publish.attempt``, ``store.write``. Metrics: see
:data:`METRICS`. The OpenTelemetry SDK is imported only where an exporter is asked for.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

Attribute: TypeAlias = "str | int | float | bool"
SECONDS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)
"""Buckets of durations; a histogram's own would put every publish into the first one."""


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric: its name, what kind of instrument, its unit, what it tells and by which attributes."""

    name: str
    kind: Literal["counter", "histogram", "gauge"]
    unit: str
    doc: str
    attributes: tuple[str, ...] = ()


_BY_PLATFORM = ("platform",)
_BY_OUTCOME = ("platform", "outcome")
_BY_STEP = ("platform", "step", "status")
METRICS: dict[str, Metric] = {
    metric.name: metric
    for metric in (
        Metric("menu_sync.syncs", "counter", "{sync}", "Ended syncs.", _BY_OUTCOME),
        Metric("menu_sync.duration", "histogram", "s", "Seconds from taking a sync up to its end.", _BY_OUTCOME),
        Metric("menu_sync.platform.request.duration", "histogram", "s", "Seconds a platform took to answer.", _BY_STEP),
        Metric("menu_sync.error_queue.depth", "gauge", "{error}", "Errors that nobody has resolved.", _BY_PLATFORM),
        Metric("menu_sync.events", "counter", "{event}", "Events received, by what became of them.", ("outcome",)),
        Metric("menu_sync.breaker.open", "gauge", "{restaurant}", "Restaurants that a platform fails.", _BY_PLATFORM),
    )
}
"""Every metric there is; alert rules, the Grafana dashboard and the docs name them by this table."""

_NOTHING: AbstractContextManager[Any] = nullcontext()


class Telemetry:
    """Where spans and metrics go: nowhere, until :meth:`start` finds that an exporter is asked for."""

    def __init__(self) -> None:
        self._tracer: Any = None
        self._instruments: dict[str, Any] = {}
        self._providers: list[Any] = []

    @property
    def on(self) -> bool:
        """Tell whether anything is recorded."""
        return self._tracer is not None

    def start(self, environment: Mapping[str, str] | None = None, *, service: str = "menu-sync") -> bool:
        """Start exporting over OTLP/HTTP where ``OTEL_EXPORTER_OTLP_ENDPOINT`` is set; tell whether it was."""
        given = os.environ if environment is None else environment
        wanted = any(given.get(name) for name in _ENDPOINTS)
        if self.on or not wanted or given.get("OTEL_SDK_DISABLED", "").lower() == "true":
            return self.on
        from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
        from opentelemetry.sdk.trace.export import BatchSpanProcessor

        self.use(
            service, [BatchSpanProcessor(OTLPSpanExporter())], [PeriodicExportingMetricReader(OTLPMetricExporter())]
        )
        return True

    def use(self, service: str, processors: Iterable[Any], readers: Iterable[Any]) -> None:
        """Record with given span processors and metric readers."""
        from opentelemetry.sdk.metrics import MeterProvider
        from opentelemetry.sdk.metrics.view import ExplicitBucketHistogramAggregation, View
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider

        resource = Resource.create({"service.name": os.environ.get("OTEL_SERVICE_NAME", service)})
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
        self._meter = meter
        self._providers = [tracers, meters]
        self._tracer = tracers.get_tracer("menu_sync")

    def watch(self, name: str, measure: Callable[[], Mapping[str, int]]) -> None:
        """Report a gauge by platform; ``measure`` is asked whenever metrics are collected."""
        if not self.on:
            return
        from opentelemetry.metrics import CallbackOptions, Observation

        metric = METRICS[name]

        def observe(_: CallbackOptions) -> Iterator[Observation]:
            for platform, value in measure().items():
                yield Observation(value, {"platform": platform})

        self._meter.create_observable_gauge(metric.name, [observe], metric.unit, metric.doc)

    def span(self, name: str, **attributes: Attribute | None) -> AbstractContextManager[Any]:
        """Record what happens inside as a span; an error that leaves it is noted by its type, never its text."""
        if self._tracer is None:
            return _NOTHING
        return self._span(name, {key: value for key, value in attributes.items() if value is not None})

    @contextmanager
    def _span(self, name: str, attributes: dict[str, Attribute]) -> Iterator[Any]:
        from opentelemetry.trace import Status, StatusCode

        with self._tracer.start_as_current_span(
            name, attributes=attributes, record_exception=False, set_status_on_exception=False
        ) as span:
            try:
                yield span
            except BaseException as error:
                span.set_status(Status(StatusCode.ERROR, type(error).__name__))
                raise

    def note(self, **attributes: Attribute | None) -> None:
        """Add attributes to the span that is open here."""
        if self._tracer is None:
            return
        from opentelemetry import trace

        trace.get_current_span().set_attributes({key: value for key, value in attributes.items() if value is not None})

    def add(self, name: str, amount: int = 1, **attributes: Attribute) -> None:
        """Count something."""
        if self._tracer is not None:
            self._instruments[name].add(amount, attributes)

    def took(self, name: str, seconds: float, **attributes: Attribute) -> None:
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
        """Send what is recorded, before a process ends or is frozen."""
        for provider in self._providers:
            provider.force_flush()

    def stop(self) -> None:
        """Send what is recorded and let go."""
        for provider in self._providers:
            provider.shutdown()
        self._providers, self._tracer, self._instruments = [], None, {}


_ENDPOINTS = (
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
    "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT",
)
telemetry = Telemetry()
"""The process's telemetry."""
