"""The CloudWatch dashboard: the alarms' states, then what an on-call person looks at first, then AWS's services."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

NAMESPACE = "MenuSync"
FUNCTIONS = ("Events", "Work", "Sweep", "Api")
TABLES = ("SyncStatus", "SyncErrors", "Operations", "Connections", "Data")
COUNTED_EVERY = 300
"""Seconds between two counts of the gauges by the sweep."""
WIDTH, HEIGHT = 24, 6


def _searched(metric: str, statistic: str, label: str = "") -> list[Any]:
    query = f"SEARCH('{{{NAMESPACE},platform}} MetricName=\"{metric}\"', '{statistic}', {COUNTED_EVERY})"
    return [{"expression": query, "label": label or "${!PROP('Dim.platform')}"}]


def _of(namespace: str, dimension: str, resource: str, *metrics: str, **more: Any) -> list[list[Any]]:
    return [[namespace, metric, dimension, f"${{{resource}}}", *([more] if more else [])] for metric in metrics]


def _widgets() -> Iterator[tuple[str, int, list[list[Any]], dict[str, Any]]]:
    """Give title, width, metrics and settings of each widget; what an on-call person looks at first comes first."""
    yield "Open errors", 6, [_searched("ErrorQueueDepth", "Maximum")], {}
    yield "Platforms that do not answer", 6, [_searched("BreakerOpen", "Maximum")], {}
    yield "Connections refused", 6, [_searched("NeedsReconnect", "Maximum")], {}
    yield "Menus held", 6, [_searched("Held", "Maximum")], {}
    yield "Syncs that failed", 8, [_searched("Failed", "Sum")], {}
    yield "Share that fails", 8, [_searched("Failed", "Average")], {"yAxis": {"left": {"min": 0, "max": 1}}}
    yield "Sold out for over a day", 8, [_searched("SoldOutStale", "Maximum")], {}
    ended = [[NAMESPACE, name] for name in ("Ended", "EventsRefused", "Alerts", "Errors")]
    yield "Syncs ended, events refused, alerts, errors", 12, ended, {"stat": "Sum"}
    queues: list[list[Any]] = []
    for label, queue in (("events", "EventQueue"), ("work", "WorkQueue")):
        name = f"{queue}.QueueName"
        queues += _of("AWS/SQS", "QueueName", name, "ApproximateNumberOfMessagesVisible", label=label)
        queues += _of("AWS/SQS", "QueueName", name, "ApproximateAgeOfOldestMessage", label=f"oldest of {label}, s",
                      yAxis="right")  # fmt: skip
    for label, queue in (("events", "DeadLetters"), ("work", "WorkDeadLetters")):
        queues += _of("AWS/SQS", "QueueName", f"{queue}.QueueName", "ApproximateNumberOfMessagesVisible",
                      label=f"{label} put aside")  # fmt: skip
    yield "Queues", 12, queues, {"stat": "Maximum"}
    functions, times, tables = [], [], []
    for name in FUNCTIONS:
        function = f"{name}Function"
        functions += _of("AWS/Lambda", "FunctionName", function, "Invocations", "Errors", "Throttles")
        times += _of("AWS/Lambda", "FunctionName", function, "Duration", stat="p95")
        times += _of("AWS/Lambda", "FunctionName", function, "ConcurrentExecutions", stat="Maximum", yAxis="right")
    yield "Functions: invocations, errors, throttles", 12, functions, {"stat": "Sum"}
    yield "Functions: milliseconds (95th percentile) and processes", 12, times, {}
    for name in TABLES:
        table = f"{name}Table"
        tables += _of("AWS/DynamoDB", "TableName", table, "ConsumedWriteCapacityUnits", "ConsumedReadCapacityUnits")
        tables += _of("AWS/DynamoDB", "TableName", table, "WriteThrottleEvents", yAxis="right")
    yield "Tables: units used and writes throttled", 24, tables, {"stat": "Sum"}


def dashboard(alarms: Iterable[str]) -> dict[str, Any]:
    """Give the dashboard's properties; ``alarms`` are their names in the template."""
    states = {"title": "Alarms", "alarms": [f"${{{name}.Arn}}" for name in alarms]}
    widgets: list[dict[str, Any]] = [
        {"type": "alarm", "x": 0, "y": 0, "width": WIDTH, "height": HEIGHT, "properties": states}
    ]
    x, y = 0, HEIGHT
    for title, width, metrics, more in _widgets():
        if x + width > WIDTH:
            x, y = 0, y + HEIGHT
        properties = {"title": title, "region": "${AWS::Region}", "period": COUNTED_EVERY, "metrics": metrics, **more}
        widgets.append({"type": "metric", "x": x, "y": y, "width": width, "height": HEIGHT, "properties": properties})
        x += width
    lines = ",\n".join(json.dumps(widget) for widget in widgets)
    body = f'{{"widgets": [\n{lines}\n]}}\n'
    return {"DashboardName": {"Fn::Sub": "${AWS::StackName}"}, "DashboardBody": {"Fn::Sub": body}}
