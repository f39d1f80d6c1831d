"""What only a deployment in AWS can suffer from: its queues, functions and tables, as a table of alarms.

:mod:`pipeline.cloudwatch` makes the template's alarms of it, :mod:`pipeline.alerts` the page for whoever is on call.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

DIMENSIONS = {
    "AWS/SQS": ("QueueName", "{}.QueueName"),
    "AWS/Lambda": ("FunctionName", "{}"),
    "AWS/ApiGateway": ("ApiId", "{}"),
    "AWS/DynamoDB": ("TableName", "{}"),
}
"""How each service names what is measured, and what the template gives for it."""


@dataclass(frozen=True, slots=True)
class ServiceAlarm:
    """One alarm: true where a metric is above ``threshold`` (below, where ``below``) in ``periods`` minutes in a row.

    ``of`` is a resource of the template, empty for metrics that are made of log lines.
    """

    name: str
    severity: Literal["page", "ticket"]
    namespace: str
    metric: str
    of: str
    statistic: Literal["Sum", "Maximum"]
    threshold: int
    means: str
    do: str
    runbook: str
    periods: int = 3
    period: int = 60
    below: bool = False

    def look(self) -> dict[str, Any]:
        """Give what CloudWatch is told of where and how to look."""
        found: dict[str, Any] = {"Namespace": self.namespace, "MetricName": self.metric}
        if self.of:
            name, value = DIMENSIONS[self.namespace]
            resource, _, attribute = value.format(self.of).partition(".")
            given = {"Fn::GetAtt": [resource, attribute]} if attribute else {"Ref": resource}
            found["Dimensions"] = [{"Name": name, "Value": given}]
        found |= {"Statistic": self.statistic, "Period": self.period, "EvaluationPeriods": self.periods}
        found["Threshold"] = self.threshold
        if self.below:
            found |= {"ComparisonOperator": "LessThanThreshold", "TreatMissingData": "breaching"}
        return found


_VISIBLE, _AGE = "ApproximateNumberOfMessagesVisible", "ApproximateAgeOfOldestMessage"
SERVICES: tuple[ServiceAlarm, ...] = (
    ServiceAlarm(
        "EventsPutAside", "ticket", "AWS/SQS", _VISIBLE, "DeadLetters", "Maximum", 0,
        "Messages were no events, or failed five times.",
        "Each says why in its attribute `Reason`, or the log of the events function does.",
        "messages-were-put-aside", periods=1,
    ),
    ServiceAlarm(
        "WorkPutAside", "ticket", "AWS/SQS", _VISIBLE, "WorkDeadLetters", "Maximum", 0,
        "Messages for operations or chores failed three times. Operations stand in the tables and are tried again.",
        "Look for what the log of the work function says of them.",
        "messages-were-put-aside", periods=1,
    ),
    ServiceAlarm(
        "EventsLate", "page", "AWS/SQS", _AGE, "EventQueue", "Maximum", 300,
        "Events wait longer than five minutes.",
        "Look for throttled tables and failing functions; else raise `EventConcurrency`.",
        "events-or-publishes-are-late",
    ),
    ServiceAlarm(
        "WorkLate", "page", "AWS/SQS", _AGE, "WorkQueue", "Maximum", 1200,
        "Publishes wait longer than 20 minutes.",
        "Look for a platform that is slow; else raise `WorkConcurrency`.",
        "events-or-publishes-are-late",
    ),
    ServiceAlarm(
        "EventsFail", "page", "AWS/Lambda", "Errors", "EventsFunction", "Sum", 0,
        "The function that takes events ends in errors.", "The log says in which.", "a-function-fails",
    ),
    ServiceAlarm(
        "WorkFails", "page", "AWS/Lambda", "Errors", "WorkFunction", "Sum", 0,
        "The function that publishes ends in errors, or takes longer than it may.", "The log says in which.",
        "a-function-fails",
    ),
    ServiceAlarm(
        "SweepFails", "page", "AWS/Lambda", "Errors", "SweepFunction", "Sum", 0,
        "The sweep ends in errors, so that what crashes leave behind stays.", "The log says in which.",
        "a-function-fails",
    ),
    ServiceAlarm(
        "SweepStands", "page", "AWS/Lambda", "Invocations", "SweepFunction", "Sum", 1,
        "The sweep has not run for five minutes.", "See whether its schedule is switched off.",
        "a-function-fails", periods=1, period=300, below=True,
    ),
    ServiceAlarm(
        "ApiFails", "page", "AWS/ApiGateway", "5xx", "Api", "Sum", 0,
        "The API answers with errors of its own.", "The log of the API function says which.", "a-function-fails",
    ),
    ServiceAlarm(
        "WorkWithoutProcess", "ticket", "AWS/Lambda", "Throttles", "WorkFunction", "Sum", 0,
        "Publishes wait because all processes that may publish do so.", "Raise `WorkConcurrency`.",
        "events-or-publishes-are-late", periods=15,
    ),
    ServiceAlarm(
        "PlatformAlerts", "ticket", "MenuSync", "Alerts", "", "Sum", 0,
        "A platform has something else than was published, a dish has been forgotten as sold out for a week, or a "
        "platform stopped to answer or to accept credentials.",
        "The log of the work function says which, in lines of `menu_sync.alerts`.",
        "something-concerns-a-platform", periods=1, period=300,
    ),
    ServiceAlarm(
        "Bugs", "ticket", "MenuSync", "Errors", "", "Sum", 0,
        "A function met a bug of this program, or a database that does not work.",
        "Its log says where, in lines whose level is ERROR.", "a-function-fails", periods=1, period=300,
    ),
    *(
        ServiceAlarm(
            f"{name}Throttled", "page", "AWS/DynamoDB", "WriteThrottleEvents", f"{name}Table", "Sum", 0,
            f"The table {table} refuses writes for their number.",
            "Nothing is lost, but everything waits; see whether one of its limits is reached.",
            "a-table-is-throttled",
        )
        for name, table in (
            ("SyncStatus", "sync-status"), ("SyncErrors", "sync-errors"), ("Operations", "operations"),
            ("Connections", "connections"), ("Data", "data"),
        )
    ),
)  # fmt: skip
