"""When somebody is to be called, why, and what they do then: one table for rules, dashboards and the manual.

``deploy/prometheus/alerts.yaml`` and the alerts of docs/operations.md are made of :data:`ALERTS`. Expressions name
metrics as OpenTelemetry's come to Prometheus: :func:`prometheus_name`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pipeline.alarms import SERVICES
from pipeline.telemetry import METRICS, SPANS

PAGE = Path(__file__).resolve().parent.parent / "docs" / "operations.md"
_SUFFIX = {"counter": "_total", "histogram": "_seconds", "gauge": ""}


def prometheus_name(metric: str) -> str:
    """Give a metric's name in Prometheus; a histogram's goes on with ``_bucket``, ``_sum`` and ``_count``.

    >>> prometheus_name("menu_sync.syncs"), prometheus_name("menu_sync.duration")
    ('menu_sync_syncs_total', 'menu_sync_duration_seconds')
    """
    return metric.replace(".", "_") + _SUFFIX[METRICS[metric].kind]


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert. ``expression`` is PromQL, true after ``lasting``; ``{platform}`` in ``summary`` is filled in.

    ``metric``, ``threshold`` and ``window``, the time over which a counter is looked at, are for other systems that
    alert on the same: :mod:`pipeline.cloudwatch`.
    """

    name: str
    severity: Literal["page", "ticket"]
    metric: str
    threshold: float
    expression: str
    lasting: str
    summary: str
    means: str
    do: str
    runbook: str
    window: str = ""

    def rule(self) -> dict[str, object]:
        """Give it as a rule of Prometheus."""
        return {
            "alert": self.name,
            "expr": self.expression,
            "for": self.lasting,
            "labels": {"severity": self.severity},
            "annotations": {
                "summary": self.summary.replace("{platform}", "{{ $labels.platform }}"),
                "description": f"{self.means} {self.do}",
                "runbook": f"docs/operations.md#{self.runbook}",
            },
        }


def _total(metric: str, matching: str, window: str) -> str:
    return f"sum by (platform) (increase({prometheus_name(metric)}{{{matching}}}[{window}]))"


LEAST_FAILURES = 3
"""Of fewer failures no rate is made."""
_FAILED = 'outcome="FAILED"'
_TRIED = 'outcome=~"FAILED|SYNCED"'

ALERTS: tuple[Alert, ...] = (
    Alert(
        "MenuSyncFailureRate", "page", "menu_sync.syncs", 0.2,
        f"{_total('menu_sync.syncs', _FAILED, '30m')} / {_total('menu_sync.syncs', _TRIED, '30m')} > 0.2"
        f" and {_total('menu_sync.syncs', _FAILED, '30m')} >= {LEAST_FAILURES}",
        "5m",
        "More than a fifth of the syncs to {platform} fail",
        "Of the syncs that sent something to this platform in the last half hour, over 20 % failed, at least three.",
        "Look at what they have in common: `errors list --platform NAME`. One code for all of them points at the "
        "platform, its credentials or the mapping; one restaurant points at its menu.",
        "many-syncs-fail",
        "30m",
    ),
    Alert(
        "MenuSyncFailures", "ticket", "menu_sync.syncs", 10,
        f"{_total('menu_sync.syncs', _FAILED, '1h')} > 10",
        "0m",
        "More than 10 syncs to {platform} failed within an hour",
        "However many succeeded, this many failures are more than retries make good.",
        "Go through `errors list --platform NAME`; what is put right is published by `errors retry`.",
        "many-syncs-fail",
        "1h",
    ),
    Alert(
        "MenuSyncPlatformDown", "page", "menu_sync.breaker.open", 0,
        f"max by (platform) ({prometheus_name('menu_sync.breaker.open')}) > 0",
        "5m",
        "{platform} does not answer",
        "Three syncs in a row got no answer, or one of the kind 5xx, so the platform is left alone and probed with "
        "growing pauses. Nothing is lost: what waits is published once when it answers, with the newest menu.",
        "See whether the platform reports an outage. There is nothing to do here while it does.",
        "a-platform-is-down",
    ),
    Alert(
        "MenuSyncErrorQueue", "ticket", "menu_sync.error_queue.depth", 50,
        f"max by (platform) ({prometheus_name('menu_sync.error_queue.depth')}) > 50",
        "15m",
        "More than 50 errors of {platform} wait for somebody",
        "Errors are resolved by a later success or by people; these are left.",
        "Read them with `errors list --platform NAME`, put the cause right, then retry or resolve them as a set.",
        "the-error-queue-grows",
    ),
    Alert(
        "MenuSyncNeedsReconnect", "page", "menu_sync.needs_reconnect", 0,
        f"max by (platform) ({prometheus_name('menu_sync.needs_reconnect')}) > 0",
        "5m",
        "{platform} refuses credentials",
        "At least one restaurant's publishes are kept back until its credentials are right; they are tried again "
        "once a day only, so that the account is not locked.",
        "Put the credentials right, then `connect RESTAURANT PLATFORM`, which lets everything go on at once.",
        "credentials-are-refused",
    ),
    Alert(
        "MenuSyncHeld", "ticket", "menu_sync.held", 0,
        f"max by (platform) ({prometheus_name('menu_sync.held')}) > 0",
        "15m",
        "Menus for {platform} are held back",
        "A menu lost all or most of its dishes, or its prices jumped as a whole, and was not published.",
        "Ask the restaurant whether it is meant; `release OPERATION` if so, else correct the menu.",
        "a-menu-is-held",
    ),
    Alert(
        "MenuSyncStaleSoldOut", "ticket", "menu_sync.sold_out.stale", 0,
        f"max by (platform) ({prometheus_name('menu_sync.sold_out.stale')}) > 0",
        "1h",
        "Dishes are sold out on {platform} for over a day, without an end",
        "Nobody said until when, so they will stay away until somebody says that they are back.",
        "Ask the restaurants; `back RESTAURANT ITEM`, or take the dish off the menu.",
        "stale-sold-outs",
    ),
    Alert(
        "MenuSyncNothing", "page", "menu_sync.syncs", 0,
        f"absent({prometheus_name('menu_sync.syncs')}) or"
        f" sum(increase({prometheus_name('menu_sync.syncs')}[6h])) == 0",
        "30m",
        "Nothing was synced for six hours",
        "No sync ended, not even one that found nothing changed: events do not arrive, the worker does not run, or its "
        "metrics are lost.",
        "Ask `/ready`, look at the last log lines, at the event rule and at the queue; `sweep` takes up what waits.",
        "nothing-is-synced",
        "6h",
    ),
)  # fmt: skip


def rules() -> str:
    """Give ``deploy/prometheus/alerts.yaml``; JSON values are YAML, and keep every quote right."""
    lines = ["# Made from pipeline/alerts.py by `make generated`.", "groups:", "  - name: menu-sync", "    rules:"]
    for alert in ALERTS:
        for place, (key, value) in enumerate(alert.rule().items()):
            start = "      - " if place == 0 else "        "
            if isinstance(value, dict):
                lines.append(f"{start}{key}:")
                lines += [f"          {name}: {json.dumps(text)}" for name, text in value.items()]
            else:
                lines.append(f"{start}{key}: {json.dumps(value)}")
    return "\n".join(lines) + "\n"


def page() -> str:
    """Give ``docs/operations.md``: as it is, with its tables made anew."""
    text = PAGE.read_text(encoding="utf-8")
    for name, lines in (("recorded", _recorded()), ("alerts", _alerts()), ("alarms", _alarms())):
        before, start, rest = text.partition(f"<!-- {name} -->\n")
        _, end, after = rest.partition(f"<!-- /{name} -->\n")
        if not start or not end:
            raise ValueError(f"{PAGE.name} has no place for its {name}")
        text = "\n".join([f"{before}{start}", *lines, "", f"{end}{after}"])
    return text


def _recorded() -> list[str]:
    lines = ["| span | what |", "| --- | --- |", *(f"| `{name}` | {means} |" for name, means in SPANS.items()), ""]
    lines += ["| metric | in Prometheus | kind | by | what |", "| --- | --- | --- | --- | --- |"]
    for metric in METRICS.values():
        by = ", ".join(f"`{name}`" for name in metric.attributes)
        lines.append(f"| `{metric.name}` | `{prometheus_name(metric.name)}` | {metric.kind} | {by} | {metric.doc} |")
    return lines


def _alerts() -> list[str]:
    lines: list[str] = []
    for alert in ALERTS:
        title = alert.runbook.replace("-", " ").capitalize()
        summary = alert.summary.replace("{platform}", "a platform")
        lines += [
            f"### {alert.name}",
            "",
            f"**{summary[:1].upper()}{summary[1:]}** ({alert.severity}, for {alert.lasting}). {alert.means}",
            "",
            f"{alert.do} Runbook: [{title}](#{alert.runbook}).",
            "",
            "```promql",
            alert.expression,
            "```",
            "",
        ]
    return lines[:-1]


def _alarms() -> list[str]:
    lines = ["| alarm | when | what it means, and what to do |", "| --- | --- | --- |"]
    for alarm in SERVICES:
        title = alarm.runbook.replace("-", " ").capitalize()
        when = (
            f"`{alarm.metric}`{f' of {alarm.of}' if alarm.of else ''} {'<' if alarm.below else '>'} {alarm.threshold}"
        )
        told = f"{alarm.means} {alarm.do} Runbook: [{title}](#{alarm.runbook})."
        lines.append(f"| {alarm.name} ({alarm.severity}) | {when} | {told} |")
    return lines
