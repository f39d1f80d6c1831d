"""What functions' processes export over OTLP: spans and counters of each, gauges of the sweep alone."""

from __future__ import annotations

import json
from pathlib import Path

from pipeline.telemetry import METRICS
from tests.integration.functions.chain import batch, message
from tests.servers.lambda_runtime import LambdaFunction
from tests.servers.otlp import Collector, attributes, collecting
from tests.servers.sandbox import SandboxServer

GAUGES = {name for name, metric in METRICS.items() if metric.kind == "gauge"}


def exported(collector: Collector) -> set[str]:
    return {metric.name for metric in collector.metrics}


def test_functions_export_before_they_are_frozen(
    sandbox_server: SandboxServer, package_folder: Path, lambda_client: Path, tmp_path: Path
) -> None:
    with collecting() as collector:
        environment = {
            "SYNC_DATABASE": str(tmp_path / "sync.db"), "PLATFORM_CONFIGS": json.dumps(sandbox_server.configs),
            "OTEL_EXPORTER_OTLP_ENDPOINT": collector.address,
        }  # fmt: skip
        events, sweep = (
            LambdaFunction(f"handlers.{name}.handler", package_folder, lambda_client, environment, tmp_path / name)
            for name in ("events", "sweep")
        )
        try:
            events.invoke(batch(message(1, "rest_001"), message("poisoned", "")))
            (span,) = collector.named("event")
            assert attributes(span)["restaurant_id"] == "rest_001"
            assert {point["outcome"] for point in map(dict, collector.points("menu_sync.events"))} == {
                "taken",
                "rejected",
            }
            assert not exported(collector) & GAUGES, "each process would count the same in the database"
            sweep.invoke({})
            assert exported(collector) >= GAUGES
            for name in GAUGES:
                platforms = {dict(point)["platform"] for point in collector.points(name)}
                assert platforms == set(sandbox_server.configs), name
        finally:
            events.close()
            sweep.close()
