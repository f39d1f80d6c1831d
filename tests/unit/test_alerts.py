"""The alerts' table, and what is made of it."""

from __future__ import annotations

import re

import yaml

from pipeline.alerts import ALERTS, PAGE, page, prometheus_name, rules
from pipeline.cli.application import COMMANDS
from pipeline.telemetry import METRICS


def test_alerts_speak_of_metrics_that_there_are() -> None:
    known = {prometheus_name(metric) for metric in METRICS}
    for alert in ALERTS:
        assert alert.metric in METRICS
        named = set(re.findall(r"\bmenu_sync_\w+", alert.expression))
        assert named
        assert named <= known, alert.name
        assert prometheus_name(alert.metric) in named
        assert f"{alert.threshold:g}" in alert.expression, alert.name


def test_the_rules_are_the_alerts() -> None:
    (group,) = yaml.safe_load(rules())["groups"]
    assert group["rules"] == [alert.rule() for alert in ALERTS]


def test_every_alert_has_a_runbook() -> None:
    text = page()
    headings = {line[4:].lower().replace(" ", "-") for line in text.splitlines() if line.startswith("### ")}
    for alert in ALERTS:
        assert alert.runbook in headings, alert.name
        assert alert.name.lower() in headings
    assert text == PAGE.read_text(encoding="utf-8")


def test_the_page_names_commands_that_there_are() -> None:
    text = page()
    named = set(re.findall(r"`([a-z][a-z-]+) (?:[A-Z]{2,}|--|list|show|retry|resolve)", text))
    assert {"errors", "release", "rollback", "connect", "sync"} <= named
    assert named <= set(COMMANDS)
