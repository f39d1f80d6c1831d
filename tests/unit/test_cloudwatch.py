"""CloudWatch's alarms and dashboard: of the same table as Prometheus's, and of metrics that are made of log lines."""

from __future__ import annotations

import json
import re
from typing import Any

from pipeline.alarms import SERVICES
from pipeline.alerts import ALERTS, PAGE
from pipeline.cloudwatch import LOG_METRICS, TEMPLATE, alarms, gauge_name, resources, seconds, template
from pipeline.mapping_files import mapping_files
from pipeline.telemetry import METRICS

MADE = {name: each["Properties"] for name, each in alarms().items()}
COUNTED = {metric.name: metric.by_platform for metric in LOG_METRICS.values()}


def looked_at(alarm: dict[str, Any]) -> list[dict[str, Any]]:
    """Give the metrics of our own that an alarm looks at."""
    found = [each["MetricStat"]["Metric"] for each in alarm.get("Metrics", []) if "MetricStat" in each] or [alarm]
    return [each for each in found if each["Namespace"] == "MenuSync"]


def test_each_alert_is_an_alarm_for_each_platform() -> None:
    names = set(MADE) - {alarm.name for alarm in SERVICES}
    for alert in ALERTS:
        mine = {name for name in names if re.fullmatch(rf"{alert.name}([A-Z][a-z0-9]*)*", name)}
        names -= mine
        platforms = {
            each["Value"] for name in mine for look in looked_at(MADE[name]) for each in look.get("Dimensions", [])
        }
        expected = set(mapping_files()) if "{platform}" in alert.summary else set()
        assert platforms == expected, alert.name
        assert len(mine) == max(1, len(expected)), alert.name
        for name in mine:
            assert MADE[name]["Threshold"] == alert.threshold
            assert MADE[name]["AlarmDescription"].startswith(f"{alert.severity}: ")
    assert names == set()


def test_alarms_look_at_metrics_that_log_lines_make_with_their_dimensions() -> None:
    used = set()
    for name, alarm in MADE.items():
        for look in looked_at(alarm):
            assert COUNTED[look["MetricName"]] == bool(look.get("Dimensions")), name
            used.add(look["MetricName"])
    assert COUNTED.keys() - used == {"EventsRefused"}  # what is refused is put aside, which has an alarm of its own
    gauges = {gauge_name(name) for name, metric in METRICS.items() if metric.kind == "gauge"}
    assert gauges <= used


def test_an_alert_on_a_counter_looks_over_the_same_time_as_its_rule() -> None:
    for alert in ALERTS:
        assert bool(alert.window) == (METRICS[alert.metric].kind == "counter"), alert.name
        if alert.window:
            assert f"[{alert.window}]" in alert.expression
            for name, alarm in MADE.items():
                if name.startswith(alert.name):
                    stats = [each["MetricStat"] for each in alarm.get("Metrics", []) if "MetricStat" in each] or [alarm]
                    periods = {each["Period"] * alarm["EvaluationPeriods"] for each in stats}
                    assert periods & {seconds(alert.window)}, name


def test_what_cloudwatch_takes() -> None:
    assert len(resources()) < 300
    for name, alarm in MADE.items():
        assert len(alarm["AlarmDescription"]) <= 1024, name
        for each in [alarm, *(m["MetricStat"] for m in alarm.get("Metrics", []) if "MetricStat" in m)]:
            if "Period" in each:
                assert each["Period"] % 60 == 0
                assert each["Period"] * alarm["EvaluationPeriods"] <= 86_400, name
    for metric in LOG_METRICS.values():
        (made,) = metric.filter()["Properties"]["MetricTransformations"]
        assert ("Dimensions" in made) != ("DefaultValue" in made)


def test_every_alarm_says_where_to_read_on() -> None:
    headings = {
        line.lstrip("# ").lower().replace(" ", "-")
        for line in PAGE.read_text("utf-8").splitlines()
        if line[:3] == "###"
    }
    for name, alarm in MADE.items():
        page, _, anchor = alarm["AlarmDescription"].rpartition(" ")[2].partition("#")
        assert page == "docs/operations.md"
        assert anchor in headings, name
    text = PAGE.read_text("utf-8")
    assert all(f"| {alarm.name} (" in text for alarm in SERVICES)


def test_the_dashboard_shows_every_alarm_and_metrics_that_there_are() -> None:
    text = resources()["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"]
    known = set(re.findall(r"^  (\w+):$", TEMPLATE.read_text("utf-8"), re.MULTILINE))
    named = set(re.findall(r"\$\{(\w+)[.}]", text))
    assert named <= known
    shown = json.loads(re.sub(r"\$\{!?", "", text))["widgets"]
    assert len(shown[0]["properties"]["alarms"]) == len(MADE)
    searched = set(re.findall(r'MetricName=\\"(\w+)\\"', text))
    assert searched == {name for name, by_platform in COUNTED.items() if by_platform}
    taken: set[tuple[int, int]] = set()
    for widget in shown:
        cells = {
            (x, y)
            for x in range(widget["x"], widget["x"] + widget["width"])
            for y in range(widget["y"], widget["y"] + widget["height"])
        }
        assert not cells & taken
        assert widget["x"] + widget["width"] <= 24
        taken |= cells


def test_the_template_has_what_is_made() -> None:
    assert template() == TEMPLATE.read_text("utf-8")
