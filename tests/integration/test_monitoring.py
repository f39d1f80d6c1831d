"""Alert rules and the dashboard, against metrics that were really emitted and a real Prometheus."""

from __future__ import annotations

import json
import math
import subprocess
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipeline.alerts import ALERTS, prometheus_name
from pipeline.dashboard import PANELS
from pipeline.events import Accepted, received
from pipeline.sync.from_events import EventHandler
from pipeline.telemetry import METRICS, telemetry
from tests.live import RESTAURANT, Live, served
from tests.servers.prometheus import Prometheus, program, scraping
from tests.servers.sandbox import SandboxServer, sandbox_process, sandbox_server
from tests.shared_files import REPOSITORY

__all__ = ["sandbox_process", "sandbox_server"]

RULES = REPOSITORY / "deploy" / "prometheus"
PLATFORM = "ubereats"


def test_alert_rules_do_what_their_examples_say() -> None:
    done = subprocess.run(
        [program("promtool"), "test", "rules", RULES / "alerts.test.yaml"],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def test_each_alert_has_an_example_where_it_comes_and_one_where_it_must_not() -> None:
    examples = yaml.safe_load((RULES / "alerts.test.yaml").read_text())
    cases = [case for each in examples["tests"] for case in each["alert_rule_test"]]
    names = {alert.name for alert in ALERTS}
    assert {case["alertname"] for case in cases if case.get("exp_alerts")} == names
    assert {case["alertname"] for case in cases if not case.get("exp_alerts")} == names


@pytest.fixture
def measured(sandbox_server: SandboxServer, tmp_path: Path) -> Iterator[tuple[Live, Prometheus]]:
    """Give a sync whose metrics a Prometheus scrapes."""
    from opentelemetry.exporter.prometheus import PrometheusMetricReader
    from prometheus_client import start_http_server

    server, thread = start_http_server(0, "127.0.0.1")
    telemetry.use("menu-sync-test", [], [PrometheusMetricReader()])
    try:
        with served(sandbox_server, tmp_path) as live, scraping(f"127.0.0.1:{server.server_port}", tmp_path) as store:
            yield live, store
    finally:
        telemetry.stop()
        server.shutdown()
        server.server_close()
        thread.join()


def work(live: Live, number: int) -> None:
    """Let an event come, a sync succeed, and one fail."""
    live.menu["items"][0]["price"] = f"{7 + number}.10"
    handler = EventHandler(live.runtime.service, timedelta())
    event = {
        "eventType": "menu_updated",
        "restaurantId": RESTAURANT,
        "event_id": f"e-{number}",
        "platforms": [PLATFORM],
    }
    (taken,) = live.call(handler.take_all(received(event, Accepted((), ()))))
    assert taken.outcome == "taken", taken
    for operation in taken.operations:
        assert live.settle(operation).state == "SYNCED"
    rule = live.sandbox.fault("status", PLATFORM, status=400, match={"method": "PUT", "path": "*"}, times=1)
    assert live.publish(PLATFORM, force=True).state == "FAILED"
    assert live.sandbox.fired(rule) == 1


def filled(expression: str) -> str:
    """Put in what Grafana fills in."""
    return expression.replace("$platform", ".*").replace("$__rate_interval", "1m")


def test_every_panel_and_alert_finds_its_metrics(measured: tuple[Live, Prometheus]) -> None:
    live, prometheus = measured
    for number in range(2):  # a rate needs a change between two scrapes
        work(live, number)
        count = f'{prometheus_name("menu_sync.syncs")}{{outcome="FAILED"}} == {number + 1}'
        assert prometheus.await_data(count), count
    names: list[str] = prometheus.http.get("/api/v1/label/__name__/values").json()["data"]
    for metric in METRICS:
        name = prometheus_name(metric)
        assert name in names or f"{name}_bucket" in names, (metric, names)
    for panel in PANELS:
        found = prometheus.ask(filled(panel.expression))
        assert found, panel.title
        values = [float(each["value"][1]) for each in found]
        assert any(math.isfinite(value) for value in values), (panel.title, found)
        for label in _labels(panel.legend):
            assert all(label in each["metric"] for each in found), (panel.title, label)
    shares: dict[str, float] = {
        each["metric"]["platform"]: float(each["value"][1])
        for panel in PANELS if panel.title == "Share that fails"
        for each in prometheus.ask(filled(panel.expression))
    }  # fmt: skip
    assert shares == {PLATFORM: pytest.approx(0.5)}
    for alert in ALERTS:
        left = alert.expression.partition(" > ")[0].partition(" == ")[0].rpartition(" or ")[2]
        assert prometheus.ask(left), alert.name


def _labels(legend: str) -> list[str]:
    return [part.partition("}}")[0] for part in legend.split("{{")[1:]]


def test_the_dashboard_shows_the_panels() -> None:
    shown: dict[str, Any] = json.loads((REPOSITORY / "deploy" / "grafana" / "menu-sync.json").read_text())
    assert [panel["title"] for panel in shown["panels"]] == [panel.title for panel in PANELS]
    taken: set[tuple[int, int]] = set()
    for panel in shown["panels"]:
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken, panel["title"]
        assert place["x"] + place["w"] <= 24
        taken |= cells
