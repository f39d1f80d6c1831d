"""Which restaurant is on which platform, and with which settings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.accounts import Account
from pipeline.findings import Finding
from pipeline.mapping.compiled import CompiledMapping
from pipeline.store.protocol import SyncStore
from pipeline.store.records import Connection
from pipeline.sync.tools import Shelf

STORE_ID = "store_id"
"""The setting that is the restaurant's id where nothing else is said."""
PAGE = 500
FEW = 10
"""Of the restaurants that are named on a platform the first is nearly always one that is still there."""


@dataclass(frozen=True, slots=True)
class Place:
    """One restaurant on one platform: how it is mapped, whose account is used, its settings as written."""

    restaurant_id: str
    platform: str
    mapping: CompiledMapping
    account: Account
    settings: Mapping[str, Any]

    @property
    def label(self) -> str:
        """The platform's name for people."""
        return self.mapping.document.label


def place_of(store: SyncStore, shelf: Shelf, restaurant_id: str, platform: str) -> Place | tuple[Finding, ...]:
    """Give a restaurant's place on a platform, or why nothing can be sent there."""
    mapping, findings = shelf.mapping(platform)
    if mapping is None:
        return tuple(finding for finding in findings if finding.severity == "error")
    account = shelf.account(platform)
    label = mapping.document.label
    if not account.usable:
        errors = tuple(finding for finding in account.findings if finding.severity == "error")
        off = f"{label} is switched off (ENABLE_{platform.upper()}_SYNC)."
        return errors or (Finding("platform-off", "error", off, "Switch it on to publish there."),)
    connection = store.connection(restaurant_id, platform)
    if connection is not None and not connection.enabled:
        message = f"{restaurant_id} is disconnected from {label}."
        return (Finding("not-connected", "error", message, f"Connect it: connect {restaurant_id} {platform}."),)
    named = connection is not None or restaurant_id in account.stores
    if not named and _names_restaurants(store, account):
        message = f"{restaurant_id} is not on {label}."
        hint = f"Connect it: connect {restaurant_id} {platform} --set KEY=VALUE."
        return (Finding("not-connected", "error", message, hint),)
    settings = {**account.defaults, **own_settings(account, restaurant_id, connection)}
    if STORE_ID in mapping.document.store_settings:
        settings.setdefault(STORE_ID, restaurant_id)
    return Place(restaurant_id, platform, mapping, account, settings)


def own_settings(account: Account, restaurant_id: str, connection: Connection | None) -> dict[str, Any]:
    """Give a restaurant's own settings on a platform: what PLATFORM_CONFIGS says of it, and over it the connection."""
    return {**account.stores.get(restaurant_id, {}), **(connection.settings if connection is not None else {})}


def platforms_of(store: SyncStore, shelf: Shelf, restaurant_id: str) -> list[str]:
    """Give the platforms that a restaurant is on."""
    connected = {connection.platform: connection for connection in store.connections(restaurant_id).items}
    found = []
    for platform in shelf.platforms:
        if platform in connected:
            if connected[platform].enabled:
                found.append(platform)
            continue
        account = shelf.account(platform)
        if not account.configured or not account.enabled:
            continue
        if restaurant_id in account.stores or not _names_restaurants(store, account):
            found.append(platform)
    return found


def _names_restaurants(store: SyncStore, account: Account) -> bool:
    """Tell whether restaurants are put on a platform by name; taking one off names none."""
    if account.stores:
        return True
    cursor = ""
    while True:
        page = store.connections(platform=account.platform, limit=FEW, cursor=cursor)
        if any(connection.enabled for connection in page.items):
            return True
        cursor = page.cursor
        if not cursor:
            return False


def known_restaurants(store: SyncStore, shelf: Shelf) -> list[str]:
    """Give every restaurant that any platform is told to serve, or that was ever synced."""
    found: set[str] = set()
    for platform in shelf.platforms:
        found.update(shelf.account(platform).stores)
    for page in (store.connections, store.list_statuses):
        cursor = ""
        while True:
            part = page(limit=PAGE, cursor=cursor)
            found.update(record.restaurant_id for record in part.items)
            cursor = part.cursor
            if not cursor:
                break
    return sorted(found)


def restaurants_with(store: SyncStore, account: Account, wanted: Mapping[str, Any]) -> list[str]:
    """Give the restaurants whose store settings on a platform have these values."""
    candidates: Iterable[tuple[str, Mapping[str, Any]]] = account.stores.items()
    found = {restaurant for restaurant, settings in candidates if _fits(restaurant, settings, wanted)}
    cursor = ""
    while True:
        page = store.connections(platform=account.platform, limit=PAGE, cursor=cursor)
        for connection in page.items:
            restaurant = connection.restaurant_id
            if connection.enabled and _fits(restaurant, own_settings(account, restaurant, connection), wanted):
                found.add(restaurant)
            else:
                found.discard(restaurant)
        cursor = page.cursor
        if not cursor:
            break
    if not found and not account.stores and set(wanted) == {STORE_ID}:
        found = {str(wanted[STORE_ID])}  # no restaurant is named anywhere: its store id is its own
    return sorted(found)


def _fits(restaurant_id: str, settings: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    whole = {STORE_ID: restaurant_id, **settings}
    return bool(wanted) and all(str(whole.get(key)) == str(value) for key, value in wanted.items())
