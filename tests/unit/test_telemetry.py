"""Spans, metrics and log lines: what they hold, and what they must not."""

from __future__ import annotations

import io
import json
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from pipeline import logs
from pipeline.settings import load_settings
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
    telemetry.watch({metric.name: lambda: {"p-9": 4} for metric in METRICS.values() if metric.kind == "gauge"})
    found = points(reader)
    assert found.keys() == METRICS.keys()
    (duration,) = found["menu_sync.duration"]
    assert tuple(duration.explicit_bounds) == SECONDS  # type: ignore[attr-defined]
    (depth,) = found["menu_sync.error_queue.depth"]
    assert (depth.value, dict(depth.attributes)) == (4, {"platform": "p-9"})  # type: ignore[attr-defined]


def test_a_span_that_is_over_stands_under_the_open_one(
    recorded: tuple[Telemetry, InMemorySpanExporter, InMemoryMetricReader],
) -> None:
    telemetry, spans, _ = recorded
    at = datetime(2031, 2, 3, 4, 5, 6, 789_000, tzinfo=UTC)
    with telemetry.span("sync"):
        telemetry.happened("publish.attempt", at, 1.25, failure="503", step="menu", absent=None)
        telemetry.failed("platform-unavailable")
    inner, outer = spans.get_finished_spans()
    assert inner.parent is not None
    assert inner.parent.span_id == outer.context.span_id
    assert (inner.start_time, inner.end_time) == (1_927_857_906_789_000_000, 1_927_857_908_039_000_000)
    assert inner.attributes == {"step": "menu"}
    assert (inner.status.description, outer.status.description) == ("503", "platform-unavailable")


def test_a_kept_trace_goes_on_elsewhere(
    recorded: tuple[Telemetry, InMemorySpanExporter, InMemoryMetricReader],
) -> None:
    telemetry, spans, _ = recorded
    assert telemetry.trace() == ""
    with telemetry.span("event"):
        kept = telemetry.trace()
    with telemetry.span("sync", parent=kept):
        pass
    with telemetry.span("sync", parent="no trace at all"):
        pass
    event, sync, other = spans.get_finished_spans()
    assert sync.parent is not None
    assert (sync.parent.span_id, sync.context.trace_id) == (event.context.span_id, event.context.trace_id)
    assert other.parent is None


def test_dotenv_can_ask_for_an_export(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_SERVICE_NAME", "from-the-environment")
    for name in ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_TRACES_EXPORTER", "OTEL_METRICS_EXPORTER"):
        monkeypatch.delenv(name, raising=False)
    telemetry = Telemetry()
    filed = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9", "OTEL_SERVICE_NAME": "from-the-file"}
    nothing = {"OTEL_TRACES_EXPORTER": "none", "OTEL_METRICS_EXPORTER": "none"}
    try:
        assert telemetry.start({**filed, **nothing})
        assert os.environ["OTEL_EXPORTER_OTLP_ENDPOINT"] == "http://127.0.0.1:9"
        assert os.environ["OTEL_SERVICE_NAME"] == "from-the-environment"
    finally:
        telemetry.stop()
        for name in ("OTEL_EXPORTER_OTLP_ENDPOINT", *nothing):
            os.environ.pop(name, None)


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


@pytest.mark.parametrize("plain", [False, True])
@pytest.mark.parametrize(
    "token", ["Bearer opaque-token-0123", "eyJhbGciOi.eyJpc3MiOi.c2lnbmF0dXJl", "basic dXNlcjpwYXNz"]
)
def test_tokens_are_known_by_their_looks(token: str, plain: bool) -> None:
    record = logging.makeLogRecord({"name": "menu_sync", "levelname": "INFO", "msg": f"sent {token} there"})
    line = (logs.PlainLines() if plain else logs.JsonLines()).format(record)
    assert token.split()[-1] not in line
    assert "sent *** there" in line


def test_secrets_of_the_settings_are_found_by_place_and_by_name() -> None:
    platform = {
        "a_key_id": "public-or-not-1",
        "pin": "77",
        "base_url": "https://platform.example",
        "environment": "production",
    }
    keys = "ann:operator:key-of-ann,bob:reader:rest_1|rest_2:key-of-bob"
    settings, findings = load_settings(
        {
            "PLATFORM_CONFIGS": json.dumps({"p": {**platform, "stores": {"r": {"store_id": "store-id-123"}}}}),
            "API_KEYS": keys,
            "SIGNING_KEY": "sign-sign-sign",
            "MENU_SERVICE_API_KEY": "menu-service-key",
            "OTHER_CLIENT_SECRET": "other-secret",
            "AWS_SECRET_ACCESS_KEY": "aws-secret-key",
            "OTEL_EXPORTER_OTLP_HEADERS": "api-key=collector-key,x-team=kitchen",
            "LOG_LEVEL": "warning",
        },
        env_file=None,
    )
    assert settings is not None, findings
    assert logs.known_secrets(settings) == {
        keys, "public-or-not-1", "key-of-ann", "key-of-bob", "sign-sign-sign", "menu-service-key", "other-secret",
        "aws-secret-key", "collector-key", "kitchen",
    }  # fmt: skip


def test_libraries_are_not_heard_below_warnings() -> None:
    stream = io.StringIO()
    root, ours = logging.getLogger(), logging.getLogger("menu_sync")
    before = root.handlers[:], root.level, ours.level
    try:
        logs.start_logs("DEBUG", stream=stream)
        logging.getLogger("httpx2").info("HTTP Request: GET https://platform.example/?key=1")
        logging.getLogger("httpcore2.http11").debug("send_request_headers authorization")
        logging.getLogger("menu_sync.worker").debug("ours")
    finally:
        root.handlers[:], root.level, ours.level = before  # type: ignore[misc]
        root.setLevel(before[1])
    assert [json.loads(line)["message"] for line in stream.getvalue().splitlines()] == ["ours"]


def test_a_collector_that_is_slow_is_left_alone_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[str] = []

    class Provider:
        def force_flush(self) -> None:
            sent.append("flushed")

    telemetry = Telemetry()
    telemetry._providers = [Provider()]
    telemetry.flush()
    telemetry.flush()
    assert len(sent) == 2
    monkeypatch.setattr("pipeline.telemetry.SLOW", -1.0)  # whatever it takes is too long
    telemetry.flush()
    telemetry.flush()
    assert len(sent) == 3
    telemetry._kept_until = 0.0
    telemetry.flush()
    assert len(sent) == 4
