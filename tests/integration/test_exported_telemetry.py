"""What a real ``cli.py sync`` says over OTLP, in its logs and in its database: the whole story, and no secret."""

from __future__ import annotations

import json
import os
import re
import sqlite3
import subprocess
import sys
import zlib
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pipeline.store.open import open_store
from pipeline.telemetry import METRICS, SPANS
from tests.live import RESTAURANT, small_menu
from tests.servers.menu_service import menu_server
from tests.servers.otlp import Collector, attributes, collecting
from tests.servers.sandbox import SandboxServer, sandbox_process, sandbox_server
from tests.shared_files import REPOSITORY

__all__ = ["sandbox_process", "sandbox_server"]

MENU_KEY = "menu-service-key-4711"
COLLECTOR_KEY = "collector-key-0815"
SIGNING_KEY = "a signing key of forty-two characters, yes"
ADMIN_KEY = "admin-key-of-ann-2342"
_TOKEN = re.compile(rb"eyJ[\w-]{10,}\.|(?i:bearer)\s+\w|MAC id=")
"""How tokens and signatures look, whoever made them."""


@dataclass
class World:
    """Everything that a process of the product is given here."""

    server: SandboxServer
    collector: Collector
    folder: Path
    menu_service: str

    @property
    def database(self) -> Path:
        return self.folder / "sync.db"

    def run(self, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        environment = {
            "PATH": os.environ["PATH"],
            "PLATFORM_CONFIGS": json.dumps(self.server.configs),
            "SYNC_DATABASE": str(self.database),
            "MENU_SERVICE_URL": self.menu_service,
            "MENU_SERVICE_API_KEY": MENU_KEY,
            "SIGNING_KEY": SIGNING_KEY,
            "API_KEYS": f"ann:operator:{ADMIN_KEY}",
            "PUBLIC_BASE_URL": "http://127.0.0.1:9",
            "OTEL_EXPORTER_OTLP_ENDPOINT": self.collector.address,
            "OTEL_EXPORTER_OTLP_HEADERS": f"x-key={COLLECTOR_KEY}",
            **more,
        }
        return subprocess.run(
            [sys.executable, str(REPOSITORY / "cli.py"), *arguments],
            cwd=self.folder, env=environment, capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip

    def secrets(self) -> list[str]:
        """Give every credential, and every token that a platform gave."""
        found = [MENU_KEY, COLLECTOR_KEY, SIGNING_KEY, ADMIN_KEY]
        for config in self.server.configs.values():
            found += [
                v for k, v in config.items() if isinstance(v, str) and k not in ("environment", "base_url", "auth_url")
            ]
        with closing(sqlite3.connect(self.database)) as database:
            keys = [key for (key,) in database.execute("SELECT key FROM tokens") if not key.startswith("health:")]
        with closing(open_store(self.database)) as store:
            tokens = [store.token(key) for key in keys]
        return [*found, *(token.value for token in tokens if token is not None)]


@pytest.fixture
def world(sandbox_server: SandboxServer, tmp_path: Path) -> Iterator[World]:
    with collecting() as collector, menu_server() as menus:
        menus.whole(small_menu())
        yield World(sandbox_server, collector, tmp_path, menus.address)
        assert menus.keys == {MENU_KEY}


def dump(database: Path) -> bytes:
    """Give everything in the database but the tokens, which are there to be used."""
    found = []
    with closing(sqlite3.connect(database)) as opened:
        tables = {name for (name,) in opened.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        for table in tables - {"tokens"}:
            for row in opened.execute(f"SELECT * FROM {table}"):
                found += [unpacked(value) if isinstance(value, bytes) else str(value).encode() for value in row]
    return b"\n".join(found)


def unpacked(data: bytes) -> bytes:
    try:
        return zlib.decompress(data)
    except zlib.error:
        return data


def test_a_sync_is_told_from_the_fetch_to_the_database(world: World) -> None:
    done = world.run(
        "sync", RESTAURANT, "--platform", "ubereats", "--platform", "doordash", "--wait", "0", "--format", "json"
    )
    assert done.returncode == 0, done.stderr
    operations = {each["platform"]: each for each in json.loads(done.stdout)["operations"]}
    spans = world.collector.spans
    assert {span.name for span in spans} <= SPANS.keys()
    assert {resource["service.name"] for resource in world.collector.resources} == {"menu-sync"}
    roots = {attributes(span)["platform"]: span for span in world.collector.named("sync")}
    assert roots.keys() == operations.keys()
    for platform, root in roots.items():
        about = {"restaurant_id": RESTAURANT, "platform": platform, "operation": operations[platform]["operation_id"]}
        outcome = {"ubereats": "SYNCED", "doordash": "PROCESSING"}[platform]
        told = attributes(root)
        assert told.items() >= {**about, "item_count": 6, "outcome": outcome, "kind": "publish"}.items()
        assert root.parent_span_id == b""
        children = [span for span in spans if span.parent_span_id == root.span_id]
        assert {span.name for span in children} >= {"map", "check", "publish.attempt", "store.write"}
        for span in children:
            assert span.trace_id == root.trace_id
            assert root.start_time_unix_nano <= span.start_time_unix_nano
            if span.name != "menu.fetch":
                assert attributes(span).items() >= about.items()
        counted = [span for span in children if span.name in ("map", "check", "publish.attempt")]
        assert {attributes(span)["item_count"] for span in counted} == {6}
    (fetch,) = world.collector.named("menu.fetch")  # one for both platforms
    assert attributes(fetch) == {"restaurant_id": RESTAURANT, "item_count": 6}
    assert fetch.parent_span_id in {root.span_id for root in roots.values()}
    tries = world.collector.named("publish.attempt")
    assert {attributes(span)["step"] for span in tries} >= {"menu"}
    assert all(span.end_time_unix_nano > span.start_time_unix_nano for span in tries)


def test_metrics_say_what_became_of_syncs(world: World) -> None:
    assert world.run("sync", RESTAURANT, "--platform", "ubereats").returncode == 0
    assert world.run("sync", RESTAURANT, "--platform", "ubereats").returncode == 0
    syncs = world.collector.points("menu_sync.syncs")
    key = {"platform": "ubereats", "kind": "publish"}
    assert {name: point.as_int for name, point in syncs.items()} == {
        tuple(sorted({**key, "outcome": outcome}.items())): 1 for outcome in ("SYNCED", "UNCHANGED")
    }
    durations = world.collector.points("menu_sync.platform.request.duration").values()
    assert {(attributes(each)["step"], attributes(each)["status"], each.count) for each in durations} == {
        ("read_menu", "200", 1),  # a token for it
        ("read_menu", "404", 1),
        ("menu", "204", 1),
    }
    depth = world.collector.points("menu_sync.error_queue.depth")
    assert {name: point.as_int for name, point in depth.items()} == {
        (("platform", platform),): 0 for platform in world.server.configs
    }
    for name in ("menu_sync.breaker.open", "menu_sync.needs_reconnect", "menu_sync.held", "menu_sync.sold_out.stale"):
        assert {point.as_int for point in world.collector.points(name).values()} == {0}
    assert {metric.name for metric in world.collector.metrics} <= METRICS.keys()


def test_an_event_and_what_it_set_going_are_one_trace(world: World) -> None:
    event = {"eventType": "menu_updated", "restaurantId": RESTAURANT, "event_id": "e-5"}
    file = world.folder / "event.json"
    file.write_text(json.dumps(event))
    done = world.run("event", str(file), PLATFORM_CONFIGS=json.dumps({"ubereats": world.server.configs["ubereats"]}))
    assert done.returncode == 0, done.stderr
    (root,) = world.collector.named("event")
    (sync,) = world.collector.named("sync")
    assert (sync.trace_id, sync.parent_span_id) == (root.trace_id, root.span_id)
    assert attributes(root)["restaurant_id"] == RESTAURANT
    (point,) = world.collector.points("menu_sync.events").values()
    assert (attributes(point), point.as_int) == ({"outcome": "taken"}, 1)


BREAKS: dict[str, list[dict[str, Any]]] = {
    "refused": [{"kind": "status", "status": 400, "times": None}],
    "down": [{"kind": "status", "status": 503, "times": None}],
    "denied": [{"kind": "status", "status": 401, "times": None}],
    "broken off": [{"kind": "reset", "times": None}],
    "no JSON": [{"kind": "not_json", "status": 502, "times": None}],
}


@pytest.mark.parametrize("how", BREAKS)
def test_a_failing_publish_gives_no_secret_away(how: str, world: World) -> None:
    """Scenario 46. Each platform's answer quotes the credentials that it got, as some do."""
    for platform, config in world.server.configs.items():
        for rule in BREAKS[how]:
            words = {name: value for name, value in config.items() if isinstance(value, str)}
            body = {"body": {"message": f"bad: {words}", **words}} if rule["kind"] == "status" else {}
            world.server.fault(platform=platform, match={"path": "*menu*"}, **rule, **body)
    done = world.run("sync", RESTAURANT, "--wait", "0", "--format", "json", LOG_LEVEL="DEBUG")
    assert done.returncode == 1, (done.stdout, done.stderr)
    with closing(open_store(world.database)) as store:
        errors = store.list_errors(restaurant_id=RESTAURANT).items
    assert {error.platform for error in errors} == world.server.configs.keys()
    shown = world.run("errors", "show", errors[0].error_id, "--format", "json")
    assert '"attempts"' in shown.stdout, shown.stderr
    assert len(world.collector.named("sync")) == len(world.server.configs)
    assert {attributes(span)["platform"] for span in world.collector.named("publish.attempt")} >= {
        "ubereats",
        "doordash",
    }
    places = {
        "spans and metrics": b"\n".join(world.collector.raw),
        "output": (done.stdout + shown.stdout).encode(),
        "logs": (done.stderr + shown.stderr).encode(),
        "database": dump(world.database),
    }
    for place, text in places.items():
        assert RESTAURANT.encode() in text, place
        assert not _TOKEN.search(text), place
        for secret in world.secrets():
            assert secret.encode() not in text, (place, secret)
