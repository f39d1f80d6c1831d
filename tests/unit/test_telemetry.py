"""Spans, metrics and log lines: what they hold, and what they must not."""

from __future__ import annotations

import io
import json
import logging
import subprocess
import sys
from collections.abc import Iterator

import pytest
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from pipeline import logs
from pipeline.telemetry import METRICS, SECONDS, Telemetry


@pytest.fixture
def recorded() -> Iterator[tuple[Telemetry, InMemorySpanExporter, InMemoryMetricReader]]:
    telemetry, spans, reader = Telemetry(), InMemorySpanExporter(), InMemoryMetricReader()
    telemetry.use("menu-sync-test", [SimpleSpanProcessor(spans)], [reader])
    yield telemetry, spans, reader
    telemetry.stop()


def points(reader: InMemoryMetricReader) -> dict[str, list[object]]:
    data = reader.get_metrics_data()
    assert data is not None
    return {
        metric.name: list(metric.data.data_points)
        for resource in data.resource_metrics
        for scope in resource.scope_metrics
        for metric in scope.metrics
    }


def test_spans_nest_and_keep_attributes(recorded: tuple[Telemetry, InMemorySpanExporter, InMemoryMetricReader]) -> None:
    telemetry, spans, _ = recorded
    with telemetry.span("map", platform="p-1", restaurant_id="r-2", missing=None):
        telemetry.note(item_count=3)
        with telemetry.span("check"):
            ids = telemetry.ids()
    inner, outer = spans.get_finished_spans()
    assert outer.attributes == {"platform": "p-1", "restaurant_id": "r-2", "item_count": 3}
    assert inner.parent is not None
    assert inner.parent.span_id == outer.context.span_id
    assert ids["trace_id"] == f"{outer.context.trace_id:032x}"


def test_an_error_is_noted_without_its_text(
    recorded: tuple[Telemetry, InMemorySpanExporter, InMemoryMetricReader],
) -> None:
    telemetry, spans, _ = recorded
    with pytest.raises(ValueError, match="hush"), telemetry.span("publish.attempt"):
        raise ValueError("hush-hush-secret")
    (span,) = spans.get_finished_spans()
    assert span.status.description == "ValueError"
    assert "hush" not in span.to_json()


def test_every_metric_can_be_recorded(recorded: tuple[Telemetry, InMemorySpanExporter, InMemoryMetricReader]) -> None:
    telemetry, _, reader = recorded
    for metric in METRICS.values():
        given = {name: f"{name}-7" for name in metric.attributes}
        if metric.kind == "counter":
            telemetry.add(metric.name, 2, **given)
        elif metric.kind == "histogram":
            telemetry.took(metric.name, 0.3, **given)
        else:
            telemetry.watch(metric.name, lambda: {"p-9": 4})
    found = points(reader)
    assert found.keys() == METRICS.keys()
    (duration,) = found["menu_sync.duration"]
    assert tuple(duration.explicit_bounds) == SECONDS  # type: ignore[attr-defined]
    (depth,) = found["menu_sync.error_queue.depth"]
    assert (depth.value, dict(depth.attributes)) == (4, {"platform": "p-9"})  # type: ignore[attr-defined]


def test_nothing_is_recorded_or_imported_where_nobody_asks() -> None:
    program = (
        "import sys\n"
        "from pipeline.telemetry import telemetry\n"
        "assert not telemetry.start({})\n"
        "asked = {'OTEL_EXPORTER_OTLP_ENDPOINT': 'http://127.0.0.1:1', 'OTEL_SDK_DISABLED': 'true'}\n"
        "assert not telemetry.start(asked)\n"
        "with telemetry.span('map', platform='p'):\n"
        "    telemetry.note(item_count=1)\n"
        "    telemetry.add('menu_sync.syncs', platform='p', outcome='SYNCED')\n"
        "    telemetry.took('menu_sync.duration', 1.5, platform='p', outcome='SYNCED')\n"
        "assert telemetry.ids() == {}\n"
        "assert not [name for name in sys.modules if name.startswith('opentelemetry')]\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr


def test_log_lines_are_json_without_secrets() -> None:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logs.JsonLines(["s3cret-key", 'quo"ted-secret']))
    logger = logging.getLogger("menu_sync.test_lines")
    logger.addHandler(handler)
    logger.setLevel("INFO")
    logger.propagate = False
    logger.info("published with %s", "s3cret-key", extra={"platform": "p-4", "token": 'quo"ted-secret'})
    try:
        raise RuntimeError("s3cret-key inside")
    except RuntimeError:
        logger.exception("failed")
    logger.removeHandler(handler)
    first, second = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert first["platform"] == "p-4"
    assert first["time"].endswith("+00:00")
    assert second["error"] == "RuntimeError"
    assert second["where"].startswith("test_telemetry.py:")
    for text in ("s3cret-key", "ted-secret"):
        assert text not in stream.getvalue()
