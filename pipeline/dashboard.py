"""The Grafana dashboard, made of a table: what an on-call person looks at first stands at the top."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Literal

from pipeline.alerts import prometheus_name

WIDTH, HEIGHT = 24, 8


@dataclass(frozen=True, slots=True)
class Panel:
    """One panel: what it asks Prometheus, by which label its lines are named, and what it tells."""

    title: str
    kind: Literal["timeseries", "stat"]
    expression: str
    legend: str
    unit: str
    tells: str
    width: int = 12

    def data(self, number: int, x: int, y: int) -> dict[str, Any]:
        """Give it as Grafana takes it."""
        source = {"type": "prometheus", "uid": "${datasource}"}
        height = HEIGHT if self.kind == "timeseries" else HEIGHT // 2
        return {
            "id": number,
            "title": self.title,
            "description": self.tells,
            "type": self.kind,
            "datasource": source,
            "gridPos": {"x": x, "y": y, "w": self.width, "h": height},
            "fieldConfig": {"defaults": {"unit": self.unit, "min": 0}, "overrides": []},
            "targets": [{"refId": "A", "datasource": source, "expr": self.expression, "legendFormat": self.legend}],
        }


_SYNCS = prometheus_name("menu_sync.syncs")
_DURATION = prometheus_name("menu_sync.duration")
_REQUESTS = prometheus_name("menu_sync.platform.request.duration")
_EVENTS = prometheus_name("menu_sync.events")
_HERE = 'platform=~"$platform"'


def _now(metric: str) -> str:
    return f"max by (platform) ({prometheus_name(metric)}{{{_HERE}}})"


def _high(histogram: str, by: str) -> str:
    return f"histogram_quantile(0.95, sum by (le, {by}) (rate({histogram}_bucket{{{_HERE}}}[$__rate_interval])))"


PANELS: tuple[Panel, ...] = (
    Panel("Platforms that do not answer", "stat", _now("menu_sync.breaker.open"), "{{platform}}", "none",
          "1 while a platform is left alone because it does not answer.", 6),
    Panel("Connections refused", "stat", _now("menu_sync.needs_reconnect"), "{{platform}}", "none",
          "Restaurants whose credentials a platform does not accept.", 6),
    Panel("Menus held", "stat", _now("menu_sync.held"), "{{platform}}", "none",
          "Menus that look like a mistake and wait for a release.", 6),
    Panel("Open errors", "stat", _now("menu_sync.error_queue.depth"), "{{platform}}", "none",
          "Errors that nobody has resolved.", 6),
    Panel("Syncs by outcome", "timeseries",
          f"sum by (platform, outcome) (rate({_SYNCS}{{{_HERE}}}[$__rate_interval])) * 60",
          "{{platform}} {{outcome}}", "short", "Ended syncs a minute."),
    Panel("Share that fails", "timeseries",
          f'sum by (platform) (rate({_SYNCS}{{{_HERE},outcome="FAILED"}}[$__rate_interval]))'
          f' / sum by (platform) (rate({_SYNCS}{{{_HERE},outcome=~"FAILED|SYNCED"}}[$__rate_interval]))',
          "{{platform}}", "percentunit", "Of the syncs that sent something."),
    Panel("Time to publish, 95th percentile", "timeseries", _high(_DURATION, "platform"), "{{platform}}", "s",
          "From taking a sync up to its end; where a platform works on menus, its time is in it."),
    Panel("Platforms' answers, 95th percentile", "timeseries", _high(_REQUESTS, "platform, step"),
          "{{platform}} {{step}}", "s", "How long single requests took."),
    Panel("Requests by status", "timeseries",
          f"sum by (platform, status) (rate({_REQUESTS}_count{{{_HERE}}}[$__rate_interval])) * 60",
          "{{platform}} {{status}}", "short", "Requests a minute; a word for a number is why there was no answer."),
    Panel("Events by what became of them", "timeseries",
          f"sum by (outcome) (rate({_EVENTS}[$__rate_interval])) * 60", "{{outcome}}", "short", "Events a minute."),
    Panel("Error queue", "timeseries", _now("menu_sync.error_queue.depth"), "{{platform}}", "short",
          "Errors that nobody has resolved, over time."),
    Panel("Sold out for over a day", "timeseries", _now("menu_sync.sold_out.stale"), "{{platform}}", "short",
          "Dishes without an end, which stay away until somebody says that they are back."),
)  # fmt: skip


def text() -> str:
    """Give ``deploy/grafana/menu-sync.json``, to be imported into Grafana as it is."""
    panels, x, y, highest = [], 0, 0, 0
    for number, panel in enumerate(PANELS, 1):
        if x + panel.width > WIDTH:
            x, y, highest = 0, y + highest, 0
        data = panel.data(number, x, y)
        x, highest = x + panel.width, max(highest, data["gridPos"]["h"])
        panels.append(data)
    choice = f"label_values({prometheus_name('menu_sync.error_queue.depth')}, platform)"
    source = {"type": "prometheus", "uid": "${datasource}"}
    dashboard = {
        "title": "Menu Sync",
        "uid": "menu-sync",
        "tags": ["menu-sync"],
        "schemaVersion": 39,
        "editable": True,
        "refresh": "1m",
        "time": {"from": "now-24h", "to": "now"},
        "templating": {
            "list": [
                {"name": "datasource", "label": "Prometheus", "type": "datasource", "query": "prometheus"},
                {
                    "name": "platform", "label": "Platform", "type": "query", "datasource": source,
                    "query": {"query": choice, "refId": "A"}, "refresh": 2, "multi": True, "includeAll": True,
                    "allValue": ".*", "current": {"text": "All", "value": "$__all"},
                },
            ]
        },
        "panels": panels,
    }  # fmt: skip
    return json.dumps(dashboard, indent=2, ensure_ascii=False) + "\n"
