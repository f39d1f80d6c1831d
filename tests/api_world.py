"""An admin API over a seeded store, as a server starts it and as a Lambda function does: nothing is really sent."""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from starlette.testclient import TestClient

from connectors.menu_service import Fetched, SourceFailure, WholeMenu
from pipeline.api.app import create_app
from pipeline.reading import read_menu
from pipeline.settings import Settings, load_settings
from pipeline.store.ids import next_error_id
from pipeline.store.open import open_store
from pipeline.store.protocol import SyncStore
from pipeline.store.records import (
    Attempt,
    AuditEntry,
    Change,
    Connection,
    Operation,
    SoldOut,
    State,
    SyncError,
)
from pipeline.sync.menus import snapshot_of
from pipeline.sync.runtime import Runtime, opened
from tests.live import small_menu

NOW = datetime(2026, 3, 1, 11, 30, tzinfo=UTC)
MINE, THEIRS = "rest_001", "rest_002"
PLATFORM = "doordash"
KEYS = {
    "operator": "an-operators-key-of-many-characters",
    "reader": "a-readers-key-of-as-many-characters",
    "mine": "a-key-for-rest-001-which-operates",
    "mine_reader": "a-key-for-rest-001-which-only-looks",
    "both": "a-key-for-two-restaurants-together",
}
API_KEYS = (
    f"ana:operator:{KEYS['operator']},ben:reader:{KEYS['reader']},kim:operator:{MINE}:{KEYS['mine']},"
    f"lea:reader:{MINE}:{KEYS['mine_reader']},joe:operator:{MINE}|{THEIRS}:{KEYS['both']}"
)
SETTINGS = {"hours": "monday-sunday 09:00-22:00", "provider_type": "menu_sync_sandbox", "user_agent": "MenuSync/1.0"}
SECRETS = ("the-signing-secret-of-doordash", "dd-developer", "dd-key-id", "the-token-of-webhooks")


class Source:
    """A menu service in memory."""

    def __init__(self) -> None:
        self.menus: dict[str, dict[str, Any]] = {}
        self.failure: SourceFailure | None = None

    async def fetch(self, restaurant_id: str) -> Fetched:
        """Give a menu, as the menu service would."""
        if self.failure is not None:
            return self.failure
        return WholeMenu(json.dumps(self.menus.get(restaurant_id, small_menu(restaurant_id))).encode())


@dataclass
class World:
    """An application over a seeded store."""

    app: FastAPI
    store: SyncStore
    source: Source
    settings: Settings
    ids: dict[str, dict[str, str]]
    """By restaurant: ``operation`` (synced), ``failed``, ``held``, ``error``."""
    client: TestClient

    def get(self, path: str, key: str = "operator", **more: Any) -> Any:
        """Ask with a key's name."""
        return self.call("GET", path, key, **more)

    def post(self, path: str, body: Any = None, key: str = "operator", **more: Any) -> Any:
        """Ask with a key's name and a body."""
        return self.call("POST", path, key, json=body, **more)

    def call(self, method: str, path: str, key: str = "operator", **more: Any) -> Any:
        """Ask with a key's name."""
        headers = {**({"X-API-Key": KEYS[key]} if key else {}), **more.pop("headers", {})}
        return self.client.request(method, path, headers=headers, **more)

    def problem(self, answer: Any, status: int, code: str | None = None) -> dict[str, Any]:
        """Give the problem that an answer has to be."""
        assert answer.status_code == status, answer.text
        assert answer.headers["content-type"] == "application/problem+json"
        problem: dict[str, Any] = answer.json()
        assert problem["status"] == status
        assert problem["detail"]
        if code is not None:
            assert problem["code"] == code
        return problem


def settings_of(folder: Path, **more: str) -> Settings:
    """Give settings with an account on three platforms and two restaurants."""
    stores = {each: {"store_id": f"s-{each}", **SETTINGS} for each in (MINE, THEIRS)}
    configs = {
        PLATFORM: {
            "base_url": "http://127.0.0.1:9/doordash", "developer_id": SECRETS[1], "key_id": SECRETS[2],
            "signing_secret": SECRETS[0], "webhook_token": SECRETS[3], "stores": stores,
        }
    }  # fmt: skip
    environment = {
        "PLATFORM_CONFIGS": json.dumps(configs),
        "SYNC_DATABASE": str(folder / "api.db"),
        "SIGNING_KEY": "a key for signing in tests",
        "PUBLIC_BASE_URL": "http://127.0.0.1:9",
        "API_KEYS": API_KEYS,
        **more,
    }
    settings, findings = load_settings(environment, env_file=None)
    assert settings is not None, [str(finding) for finding in findings]
    return settings


@contextlib.contextmanager
def world(
    folder: Path, *, lifespan: bool = True, work: bool = False, clock: Any = None, store_at: str = "", **more: str
) -> Iterator[World]:
    """Give an application over a seeded store; without ``lifespan`` no start is ever told, as under Lambda."""
    settings = settings_of(folder, **more)
    store, source = open_store(store_at or settings.sync_database), Source()
    ids = {each: seed(store, each) for each in (MINE, THEIRS)}

    @contextlib.asynccontextmanager
    async def opener() -> AsyncIterator[Runtime]:
        now = clock or (lambda: NOW + timedelta(hours=1))
        async with opened(settings, source=source, store=store, now=now, origin="api") as runtime:
            yield runtime

    app = create_app(opener, work=work, origins=settings.origins)
    client = TestClient(app, raise_server_exceptions=False)
    try:
        if lifespan:
            with client:
                yield World(app, store, source, settings, ids, client)
        else:
            yield World(app, store, source, settings, ids, client)
    finally:
        store.close()


def seed(store: SyncStore, restaurant: str) -> dict[str, str]:
    """Put one restaurant's past into a store: a publish, a failure with its error, a held menu, a sold-out dish."""
    old = small_menu(restaurant)
    old["items"][1]["price"] = "10.75"
    snapshot = snapshot_of(read_menu(json.dumps(old)).menu, ())
    payload = json.dumps({"menu": {"name": f"payload of {restaurant}"}}).encode()

    def ended(name: str, state: State, minutes: int, **more: Any) -> str:
        at = NOW + timedelta(minutes=minutes)
        operation_id = f"op_{name}_{restaurant}"
        operation = Operation(
            operation_id=operation_id, restaurant_id=restaurant, platform=PLATFORM,
            reference=f"ref-{name}-{restaurant}", requested_by="ana", reason="seeded", created_at=at, updated_at=at,
        )  # fmt: skip
        store.enqueue(operation)
        claimed = store.claim(operation_id, "seed", timedelta(minutes=1), at)
        assert claimed is not None
        status = store.status(restaurant, PLATFORM)
        assert status is not None
        claimed.state = status.state = state
        claimed.changes = [Change(at=at, state=state, note=f"{name} by the seed", payload_hash=f"hash-{name}")]
        claimed.snapshot_id, claimed.payload_id = snapshot.snapshot_id, f"payload-{operation_id}"
        claimed.payload_hash, claimed.item_count = f"hash-{name}", 6
        claimed.updated_at = status.updated_at = at + timedelta(seconds=7)
        status.restaurant_name = f"Chez {restaurant}"
        for key, value in more.get("status", {}).items():
            setattr(status, key, value)
        error = more.get("error")
        if error is not None:
            claimed.error, claimed.error_id = error.message, error.error_id
            status.error, status.error_id, status.retry_count = error.message, error.error_id, 2
        audit = AuditEntry(
            at=at, who="ana", action=f"publish {state.value.lower()}", restaurant_id=restaurant, platform=PLATFORM,
            operation_id=operation_id, origin="seed",
        )  # fmt: skip
        blobs = {snapshot.snapshot_id: snapshot.data, claimed.payload_id: payload}
        assert store.finish(claimed, status, error=error, audit=[audit], blobs=blobs)
        return operation_id

    good = ended("good", State.SYNCED, 0, status={
        "last_sync": NOW, "item_count": 6, "external_menu_id": f"menu-{restaurant}", "accepted_hash": "hash-good",
        "accepted_operation": f"op_good_{restaurant}", "saved": {"external_menu_id": f"menu-{restaurant}"},
    })  # fmt: skip
    error_id = next_error_id(store, restaurant, PLATFORM, NOW)
    error = SyncError(
        error_id=error_id, restaurant_id=restaurant, platform=PLATFORM, operation_id=f"op_failed_{restaurant}",
        created_at=NOW + timedelta(minutes=5), code="platform-refused", message=f"refused for {restaurant}",
        hint="Correct it.", snapshot_id=snapshot.snapshot_id, payload_id=f"payload-op_failed_{restaurant}",
        fields=[{"path": "menu.categories[0]", "message": "no", "item": "i-1", "name": "Soup", "file": "m.yaml",
                 "line": 3, "column": 5}],
        attempts=[Attempt(at=NOW, step="menu", method="PATCH", url="http://127.0.0.1:9/doordash/menus", status=400,
                          request_headers={"Authorization": "***"}, answer_body="no", seconds=0.2)],
    )  # fmt: skip
    failed = ended("failed", State.FAILED, 5, error=error)
    held = ended("held", State.HELD, 10, status={"error": f"half of {restaurant} is gone"})
    store.put_connection(
        Connection(restaurant_id=restaurant, platform=PLATFORM, settings={"store_id": f"s-{restaurant}", **SETTINGS},
                   updated_at=NOW, updated_by="ana")
    )  # fmt: skip
    store.put_sold_out([
        SoldOut(restaurant_id=restaurant, platform=PLATFORM, kind="item", id="i-3", name=f"Steak of {restaurant}",
                since=NOW, told=True, told_at=NOW, by="ana")
    ])  # fmt: skip
    return {"operation": good, "failed": failed, "held": held, "error": error_id}
