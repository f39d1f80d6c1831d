"""Stores by name."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from pipeline.store.protocol import StoreError, SyncStore

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+-]+):(?://)?(.*)", re.DOTALL)  # two letters or more: C:\ is a disk


def _sqlite(place: str, **options: Any) -> SyncStore:
    from pipeline.store.sqlite import SqliteStore

    return SqliteStore(place, **options)


def _dynamodb(place: str, **options: Any) -> SyncStore:
    from pipeline.store.dynamodb import DynamoStore

    store = DynamoStore(place, **options)
    if options.get("endpoint"):  # a local server, where nothing else makes the tables
        store.create_tables()
    return store


STORES: Mapping[str, Callable[..., SyncStore]] = MappingProxyType({"sqlite": _sqlite, "dynamodb": _dynamodb})
"""What opens a store, by the name before the colon; imported only when it is used."""


def open_store(address: str | Path, **options: Any) -> SyncStore:
    """Open the store at ``sqlite:PATH``, or at a mere path, which is a SQLite file too, or at ``dynamodb:PREFIX``.

    ``options`` are the store's own. Raises StoreError for a kind of store that there is not, and
    where the store cannot be opened.

    >>> open_store("sqlite::memory:").close()
    >>> open_store("postgres://db")
    Traceback (most recent call last):
    ...
    pipeline.store.protocol.StoreError: There is no store of the kind 'postgres'; there is: sqlite, dynamodb.
    """
    scheme = _SCHEME.fullmatch(str(address)) if isinstance(address, str) else None
    if scheme is None:
        return _sqlite(str(address), **options)
    opener = STORES.get(scheme[1].lower())
    if opener is None:
        raise StoreError(f"There is no store of the kind {scheme[1][:40]!r}; there is: {', '.join(STORES)}.")
    return opener(scheme[2], **options)
