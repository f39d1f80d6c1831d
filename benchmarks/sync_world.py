"""What the benchmarks of syncs share: menus of a hundred dishes, an engine whose platforms are a thin server."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from connectors.limits import LocalLimits
from connectors.menu_service import Fetched, WholeMenu
from connectors.transport import HttpTransport
from pipeline.collector import settle
from pipeline.menu import DAYS
from pipeline.settings import load_settings
from pipeline.store.records import ENDED, Operation
from pipeline.sync.asking.service import Requested, Service
from pipeline.sync.engine import Engine
from pipeline.sync.runtime import Runtime
from pipeline.sync.webhooks import Webhooks
from pipeline.sync.wiring import PooledConnectors, store_of, tools_of
from pipeline.sync.worker import Worker

PLATFORMS = ("doordash", "grubhub", "ubereats")
ITEMS = 100


def menu_of(number: int) -> bytes:
    """Give a restaurant's menu: ten categories, every third dish with a group of three options."""
    return _menu().replace(b"_@", f"_{number:04}".encode()).replace(b"@", str(number).encode())


@cache
def _menu() -> bytes:
    """Give the menu with ``@`` where the restaurant's number stands."""
    number, restaurant = "@", "rest_@"
    menu = {
        "restaurant": {
            "restaurant_id": restaurant, "name": f"Restaurant {number}", "currency": "USD", "locale": "en-US",
            "timezone": "America/New_York",
            "hours": [{"day": day, "start": "10:00", "end": "22:00"} for day in DAYS],
        },
        "categories": [{"category_id": f"c-{n}", "name": f"Category {n}", "display_order": n} for n in range(10)],
        "items": [
            {
                "item_id": f"i-{number}-{n}", "name": f"Dish {n} of {number}", "price": f"{5 + n % 20}.{n % 90 + 10}",
                "description": f"Dish number {n}, with tomatoes, basil and a little garlic, as at home.",
                "category": f"c-{n % 10}", "availability": True,
                **({"modifier_groups": [f"g-{n % 30}"]} if n % 3 == 0 else {}),
            }
            for n in range(ITEMS)
        ],
        "modifier_groups": [
            {"modifier_group_id": f"g-{group}", "name": f"Choice {group}", "min_select": 0, "max_select": 1,
             "options": [
                 {"option_id": f"o-{group}-{n}", "name": f"Option {n} of {group}", "price": f"{n}.50"} for n in range(3)
             ]}
            for group in range(0, 30, 3)
        ],
    }  # fmt: skip
    return json.dumps(menu).encode()


class Source:
    """A menu service that costs nothing."""

    async def fetch(self, restaurant_id: str) -> Fetched:
        """Give a menu."""
        return WholeMenu(menu_of(int(restaurant_id.removeprefix("rest_"))))


class Unbounded(LocalLimits):
    """Counts as always, and never says wait: a thin server has no pace of its own."""

    def take(self, bucket: str, capacity: int, per: timedelta, now: datetime, amount: int = 1) -> float:
        """Take from a bucket that is emptied often."""
        return super().take(bucket, 1_000_000, timedelta(seconds=1), now, amount)


class Clock:
    """The wall's clock, which can be turned on."""

    ahead = timedelta()

    def __call__(self) -> datetime:
        """Give the instant."""
        return datetime.now(UTC) + self.ahead


def configs(url: str) -> dict[str, Any]:
    """Give accounts on the thin server."""
    return {
        "doordash": {"base_url": f"{url}/doordash", "developer_id": "developer-1", "key_id": "key-1",
                     "signing_secret": "c2VjcmV0LW9mLXRoZS1iZW5jaG1hcmstMTIzNDU2", "webhook_token": "webhook-token",
                     "provider_type": "benchmark", "user_agent": "Benchmark/1.0"},
        "grubhub": {"base_url": f"{url}/grubhub", "partner_key": "partner-key", "client_id": "client-1",
                    "secret_key": "c2VjcmV0LWtleS1vZi10aGUtYmVuY2htYXJr"},
        "ubereats": {"base_url": f"{url}/ubereats", "auth_url": f"{url}/ubereats", "client_id": "client-2",
                     "client_secret": "secret-of-the-benchmark"},
    }  # fmt: skip


@asynccontextmanager
async def syncing(url: str, folder: Path, clock: Clock) -> AsyncIterator[Runtime]:
    """Open an engine with a fresh SQLite store."""
    given = {
        "PLATFORM_CONFIGS": json.dumps(configs(url)), "SYNC_DATABASE": str(folder / "sync.db"),
        "SIGNING_KEY": "a key for signing in benchmarks", "PUBLIC_BASE_URL": url,
    }  # fmt: skip
    settings, findings = load_settings(given, env_file=None)
    assert settings is not None, findings
    store = store_of(settings)
    async with HttpTransport() as transport:
        tools = tools_of(settings, store, transport, source=Source(), now=clock)
        assert isinstance(tools.connectors, PooledConnectors)
        tools.connectors._limits = Unbounded()
        engine = Engine(tools)
        for platform in PLATFORMS:
            tools.shelf.account(platform)
        settle()  # as `serve` does
        yield Runtime(settings, store, engine, Service(engine, "benchmark"), Webhooks(engine), Worker(engine))
    store.close()


async def sync(runtime: Runtime, clock: Clock, restaurant: str, platform: str) -> Operation:
    """Publish one restaurant on one platform, to its end; the waits in it cost no time."""
    (asked,) = runtime.service.sync(restaurant, [platform], by="benchmark")
    assert isinstance(asked, Requested), asked
    while True:
        done = await runtime.engine.run(asked.operation.operation_id)
        assert done is not None
        if done.state in ENDED:
            return done
        if done.not_before is not None and done.not_before > clock():
            clock.ahead += done.not_before - clock()
