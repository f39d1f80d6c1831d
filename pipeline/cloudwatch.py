"""The alerts in CloudWatch: metrics made of log lines, an alarm for each alert and platform.

What they say comes from :data:`pipeline.alerts.ALERTS`; :data:`pipeline.alarms.SERVICES` adds what only a deployment
in AWS has. With the dashboard it is a section of ``deploy/template.yaml``, written by ``make generated``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias

from pipeline.alarms import SERVICES, ServiceAlarm
from pipeline.alerts import ALERTS, LEAST_FAILURES, Alert
from pipeline.cloudwatch_dashboard import COUNTED_EVERY, FUNCTIONS, NAMESPACE, dashboard
from pipeline.mapping_files import mapping_files
from pipeline.telemetry import METRICS, log_field

TEMPLATE = Path(__file__).resolve().parent.parent / "deploy" / "template.yaml"
START = "  # -- made from pipeline/cloudwatch.py by `make generated` "
END = "  # -- end of what is made "
HOUR = 3600
SECONDS = {"m": 60, "h": HOUR}
Resource: TypeAlias = dict[str, Any]


@dataclass(frozen=True, slots=True)
class LogMetric:
    """A metric that CloudWatch makes of one function's log lines: of which, and with which value."""

    name: str
    function: str
    lines: str
    value: str = "1"
    by_platform: bool = False

    def filter(self) -> Resource:
        """Give it as a resource."""
        made: Resource = {"MetricNamespace": NAMESPACE, "MetricName": self.name, "MetricValue": self.value}
        # CloudWatch takes no default where there are dimensions.
        made |= (
            {"Dimensions": [{"Key": "platform", "Value": "$.platform"}]} if self.by_platform else {"DefaultValue": 0}
        )
        return _resource(
            "AWS::Logs::MetricFilter",
            LogGroupName={"Ref": f"{self.function}Log"},
            FilterPattern=f"{{ {self.lines} }}",
            MetricTransformations=[made],
        )


def gauge_name(metric: str) -> str:
    """Give a gauge's name in CloudWatch.

    >>> gauge_name("menu_sync.error_queue.depth")
    'ErrorQueueDepth'
    """
    return "".join(part.capitalize() for part in log_field(metric).split("_"))


_ENDED = '$.logger = "menu_sync.outcomes"'
LOG_METRICS: dict[str, LogMetric] = {
    "Ended": LogMetric("Ended", "Work", _ENDED),
    "SyncFailed": LogMetric("Failed", "Work", f'{_ENDED} && $.outcome = "FAILED"', "1", by_platform=True),
    "SyncSucceeded": LogMetric("Failed", "Work", f'{_ENDED} && $.outcome = "SYNCED"', "0", by_platform=True),
    "EventRefused": LogMetric("EventsRefused", "Events", '$.logger = "menu_sync.events" && $.outcome = "rejected"'),
    "AlertTold": LogMetric("Alerts", "Work", '$.logger = "menu_sync.alerts"'),
    **{f"{each}Error": LogMetric("Errors", each, '$.logger = "menu_sync*" && $.level = "ERROR"') for each in FUNCTIONS},
    **{
        f"{gauge_name(name)}Counted": LogMetric(
            gauge_name(name), "Sweep", '$.logger = "menu_sync.gauges"', f"$.{log_field(name)}", by_platform=True
        )
        for name, metric in METRICS.items()
        if metric.kind == "gauge"
    },
}
"""The filters by their names in the template. ``Failed`` is 1 or 0, so that its mean is the share that fails."""


def alarms() -> dict[str, Resource]:
    """Give every alarm by its name in the template."""
    found = {}
    for alert in ALERTS:
        if "{platform}" not in alert.summary:
            found[alert.name] = _alarm(alert, alert.summary, **_nothing(alert))
            continue
        for platform in mapping_files():
            summary = alert.summary.replace("{platform}", platform)
            look = _COUNTERS.get(alert.name, _gauge)
            found[alert.name + _word(platform)] = _alarm(alert, summary, **look(alert, platform))
    return found | {alarm.name: _service_alarm(alarm) for alarm in SERVICES}


def _gauge(alert: Alert, platform: str) -> Resource:
    return {
        **_metric(gauge_name(alert.metric), platform),
        "Statistic": "Maximum",
        "Period": COUNTED_EVERY,
        "EvaluationPeriods": max(1, seconds(alert.lasting) // COUNTED_EVERY),
        "Threshold": alert.threshold,
    }


def _failures(alert: Alert, platform: str) -> Resource:
    period = seconds(alert.window)
    return {
        **_metric("Failed", platform),
        "Statistic": "Sum", "Period": period, "EvaluationPeriods": 1, "Threshold": alert.threshold,
    }  # fmt: skip


def _rate(alert: Alert, platform: str) -> Resource:
    def asked(name: str, statistic: str) -> Resource:
        stat = {"Metric": _metric("Failed", platform), "Period": seconds(alert.window), "Stat": statistic}
        return {"Id": name, "MetricStat": stat, "ReturnData": False}

    share = {"Id": "share", "Expression": f"IF(failed >= {LEAST_FAILURES}, failed / tried, 0)", "ReturnData": True}
    return {
        "Metrics": [share, asked("failed", "Sum"), asked("tried", "SampleCount")],
        "EvaluationPeriods": 1,
        "Threshold": alert.threshold,
    }


_COUNTERS = {"MenuSyncFailureRate": _rate, "MenuSyncFailures": _failures}
"""How the alerts look that are made of a counter; all others look at a gauge."""


def _nothing(alert: Alert) -> Resource:
    """Look at the whole, hour by hour: nothing in each of them, or no line at all."""
    return {
        "Namespace": NAMESPACE, "MetricName": "Ended", "Statistic": "Sum", "Period": HOUR,
        "EvaluationPeriods": seconds(alert.window) // HOUR, "Threshold": alert.threshold,
        "ComparisonOperator": "LessThanOrEqualToThreshold", "TreatMissingData": "breaching",
    }  # fmt: skip


def seconds(text: str) -> int:
    """Read a time as Prometheus writes it.

    >>> seconds("30m"), seconds("1h")
    (1800, 3600)
    """
    return int(text[:-1]) * SECONDS[text[-1]]


def _metric(name: str, platform: str) -> Resource:
    return {
        "Namespace": NAMESPACE, "MetricName": name, "Dimensions": [{"Name": "platform", "Value": platform}],
    }  # fmt: skip


def _alarm(alert: Alert, summary: str, **look: Any) -> Resource:
    text = f"{summary}. {alert.do} docs/operations.md#{alert.runbook}"
    return _told(alert.severity, text, **look)


def _service_alarm(alarm: ServiceAlarm) -> Resource:
    look = alarm.look()
    return _told(alarm.severity, f"{alarm.means} {alarm.do} docs/operations.md#{alarm.runbook}", **look)


def _told(severity: Literal["page", "ticket"], text: str, **look: Any) -> Resource:
    told = {"Fn::If": ["Alarmed", [{"Ref": "AlarmTopicArn"}], {"Ref": "AWS::NoValue"}]}
    usual = {"ComparisonOperator": "GreaterThanThreshold", "TreatMissingData": "notBreaching"}
    return _resource(
        "AWS::CloudWatch::Alarm", AlarmDescription=f"{severity}: {text}", **{**usual, **look}, AlarmActions=told
    )


def _resource(kind: str, **properties: Any) -> Resource:
    return {"Type": kind, "Properties": properties}


def _word(platform: str) -> str:
    return "".join(part.capitalize() for part in platform.replace("-", "_").split("_"))


# -- the template's section --------------------------------------------------------------------


def resources() -> dict[str, Resource]:
    """Give everything that is made, by its name in the template."""
    filters = {name: metric.filter() for name, metric in LOG_METRICS.items()}
    watched = alarms()
    return {**filters, **watched, "Dashboard": _resource("AWS::CloudWatch::Dashboard", **dashboard(watched))}


def template() -> str:
    """Give ``deploy/template.yaml``: as it is, with its section made anew."""
    text = TEMPLATE.read_text(encoding="utf-8")
    before, start, rest = text.partition(START)
    made, end, after = rest.partition(END)
    if not start or not end:
        raise ValueError(f"{TEMPLATE.name} has no place for its alarms")
    rule = made.partition("\n")[0]
    return "\n".join([f"{before}{start}{rule}", "", *_lines(), f"{end}{after}"])


def _lines() -> Iterator[str]:
    """Give the resources as YAML, whose values may be JSON."""
    for name, resource in resources().items():
        yield f"  {name}:"
        yield f"    Type: {resource['Type']}"
        yield "    Properties:"
        for key, value in resource["Properties"].items():
            yield from _property(key, value)
        yield ""


def _property(key: str, value: Any) -> Iterator[str]:
    if key == "DashboardBody":
        yield f"      {key}:"
        yield "        Fn::Sub: |"
        yield from (f"          {line}" for line in value["Fn::Sub"].splitlines())
    else:
        yield f"      {key}: {json.dumps(value, ensure_ascii=False)}"
