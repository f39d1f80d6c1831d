"""Puts the real parts together: store, HTTP client, tokens, limits, menu service, mappings."""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from connectors.connector import Connector
from connectors.limits import LocalLimits, RateLimits
from connectors.menu_service import Fetched, MenuService, SourceFailure
from connectors.token_keeper import TokenKeeper
from connectors.transport import HttpTransport
from pipeline.accounts import Account
from pipeline.mapping.compiled import CompiledMapping
from pipeline.settings import Settings, looked_for
from pipeline.store.ids import new_operation_id, new_reference
from pipeline.store.open import open_store
from pipeline.store.protocol import SyncStore
from pipeline.sync.tools import MenuSource, Shelf, Tools


def utc_now() -> datetime:
    """Give the instant."""
    return datetime.now(UTC)


class NoSource:
    """Stands where no menu service is set."""

    async def fetch(self, restaurant_id: str) -> Fetched:
        """Say what is missing."""
        message = f"MENU_SERVICE_URL is not set, so that no menu can be fetched. {looked_for('MENU_SERVICE_URL')}"
        return SourceFailure(message, passing=False)


class PooledConnectors:
    """Connectors that share one HTTP client, one keeper of tokens and one set of limits."""

    def __init__(
        self, store: SyncStore, limits: RateLimits, transport: HttpTransport, backoff: timedelta | None = None
    ) -> None:
        self._tokens = TokenKeeper(store)
        self._backoff = backoff
        self._limits = limits
        self._transport = transport
        self._made: dict[str, Connector] = {}

    def of(self, mapping: CompiledMapping, account: Account) -> Connector:
        """Give the connector of a platform's account."""
        key = f"{account.platform}:{account.fingerprint}"
        if key not in self._made:
            self._made[key] = Connector(
                mapping.conversation,
                credentials=account.plain_credentials(),
                environment=account.environment_name,
                addresses=account.environment,
                tokens=self._tokens,
                limits=self._limits,
                transport=self._transport,
                backoff=self._backoff,
            )
        return self._made[key]


def owner_name() -> str:
    """Give this process's name in leases: what a person would look for, and a part that no other has."""
    return f"{os.uname().nodename}:{os.getpid()}:{secrets.token_hex(4)}"


def store_of(settings: Settings) -> SyncStore:
    """Open the store that the settings name. Raises StoreError."""
    if settings.sync_store == "sqlite":
        return open_store(settings.sync_database)
    return open_store(
        f"{settings.sync_store}:{settings.dynamodb_table_prefix}",
        region=settings.aws_region,
        endpoint=settings.dynamodb_endpoint,
        bucket=settings.snapshot_bucket,
        sync_status_table=settings.dynamodb_sync_status_table,
        sync_errors_table=settings.dynamodb_sync_errors_table,
    )


def tools_of(
    settings: Settings,
    store: SyncStore,
    transport: HttpTransport,
    *,
    environment: str = "",
    shelf: Shelf | None = None,
    source: MenuSource | None = None,
    now: Callable[[], datetime] = utc_now,
) -> Tools:
    """Put the real parts together. The transport is the caller's, who closes it; a ``shelf`` may be in use before."""
    if source is None and settings.menu_service_url:
        key = settings.menu_service_api_key.get_secret_value()
        source = MenuService(settings.menu_service_url, key, transport)
    # One process counts for itself; where many share a store, they count there.
    limits: RateLimits = LocalLimits() if settings.sync_store == "sqlite" else store
    backoff = None if settings.retry_backoff is None else timedelta(seconds=settings.retry_backoff)
    return Tools(
        store=store,
        settings=settings,
        shelf=shelf or Shelf(settings, environment=environment),
        source=source or NoSource(),
        connectors=PooledConnectors(store, limits, transport, backoff),
        now=now,
        sleep=asyncio.sleep,
        new_operation_id=new_operation_id,
        new_reference=new_reference,
        owner=owner_name(),
        lease=timedelta(seconds=settings.lease_seconds),
    )
