"""Large documents: menu snapshots, payloads, and what platforms download."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from pipeline.store.compression import Packed, pack, unpack
from pipeline.store.dynamodb.bulk import Bulk, blob_key
from pipeline.store.dynamodb.failures import Refused
from pipeline.store.dynamodb.items import Values
from pipeline.store.dynamodb.part import Part
from pipeline.store.dynamodb.requests import Condition, Tables, Write, equals, item_of
from pipeline.store.dynamodb.values import Item, can_be_key, instant_of, joined, key, number, packed, seconds, text
from pipeline.store.dynamodb.values import unpacked as record_of
from pipeline.store.encoding import check_keys, micros
from pipeline.store.protocol import StoreError
from pipeline.store.records import Hosted

BLOB = "blob"
HOSTED = "hosted"
IN_ITEM_BYTES = 380_000
"""A larger blob, compressed, does not fit into an item (409,600 bytes with its keys)."""
IN_TRANSACTION_BYTES = 2_000_000
"""So many bytes of blobs go into one transaction, which takes 4 MB and has the records to carry."""


class BlobWrites:
    """Blobs that are to be written in one transaction; each is kept for the longer of its old and new time.

    What is too large is written before; the transaction writes where it lies.
    """

    def __init__(self, tables: Tables, bulk: Bulk, blobs: Mapping[str, Packed], expires_at: int | None) -> None:
        self._tables = tables
        self._bulk = bulk
        self._expires_at: dict[str, int | None] = dict.fromkeys(blobs, expires_at)
        self._old_places: dict[str, str] = {}
        self._data: dict[str, Packed] = {}
        self._places: dict[str, str] = {}
        room = IN_TRANSACTION_BYTES
        for blob_id, data in sorted(blobs.items(), key=lambda blob: len(blob[1])):
            if len(data) <= min(IN_ITEM_BYTES, room):
                self._data[blob_id] = data
                room -= len(data)
            else:
                self._places[blob_id] = bulk.put(blob_id, data)

    def writes(self) -> list[Write]:
        """Give the writes of the transaction."""
        return [self._write(blob_id) for blob_id in self._ids()]

    def learn(self, refused: Refused, first: int) -> None:
        """Take over what stood where a condition of these writes did not hold; ``first`` is the first one's place."""
        for place, blob_id in enumerate(self._ids(), first):
            old = refused.items.get(place)
            if not old:
                continue
            mine = self._expires_at[blob_id]
            kept_until = number(old, "expires_at") if "expires_at" in old else None
            self._expires_at[blob_id] = None if mine is None or kept_until is None else max(mine, kept_until)
            old_place = text(old, "place")
            if old_place and old_place != self._old_places.get(blob_id):
                self._bulk.note(blob_id, old_place)
            self._old_places[blob_id] = old_place

    def _ids(self) -> list[str]:
        return [*self._data, *self._places]

    def _write(self, blob_id: str) -> Write:
        expires_at = self._expires_at[blob_id]
        values = {
            "data": self._data.get(blob_id),
            "place": self._places.get(blob_id),
            "expires_at": expires_at,
            "expiry_line": None if expires_at is None else BLOB,
            "expires": None if expires_at is None else instant_of(expires_at),
        }
        condition = equals("place", self._old_places.get(blob_id) or None)
        if expires_at is not None:
            condition &= Condition("attribute_not_exists(#pk) OR #expires_at <= :until", {"until": expires_at})
        return self._tables.put("data", {**blob_key(blob_id), **item_of(values)}, condition)


class Blobs(Part):
    """The blobs of a store; the methods are told of by ``SyncStore``."""

    def put_blob(self, blob_id: str, data: bytes, ttl: timedelta | None = None) -> None:
        self._put({blob_id: data}, None if ttl is None else micros(datetime.now(UTC) + ttl), [])

    def blob(self, blob_id: str) -> bytes | None:
        if not can_be_key(blob_id):
            return None
        header = self._tables.get("data", blob_key(blob_id))
        return None if header is None else self._content(header, blob_id)

    def put_hosted(self, hosted: Hosted, data: bytes) -> None:
        self._put({hosted.blob_id: data}, micros(hosted.expires_at), [hosted_write(self._tables, hosted)])

    def hosted(self, token: str, now: datetime) -> tuple[Hosted, bytes] | None:
        if not can_be_key(token):
            return None
        item = self._tables.get("data", _hosted_key(token))
        if item is None or number(item, "expires_at") <= micros(now):
            return None
        hosted = record_of(item, Hosted, "hosted document")
        data = self.blob(hosted.blob_id)
        return None if data is None else (hosted, data)

    def _put(self, blobs: Mapping[str, bytes], expires_at: int | None, others: list[Write]) -> None:
        writes = BlobWrites(self._tables, self._bulk, pack(blobs), expires_at)

        def attempt() -> None:
            try:
                self._tables.transact([*others, *writes.writes()])
            except Refused as refused:
                writes.learn(refused, len(others))
                raise

        self._tables.client.settle(attempt)

    def _content(self, header: Item, blob_id: str) -> bytes:
        place = text(header, "place")
        data = self._bulk.get(place) if place else header.get("data", {}).get("B", b"")
        if not data:
            raise StoreError(f"The document {blob_id} in the database is damaged: its data is gone.")
        return unpack(data, blob_id)


def hosted_write(tables: Tables, hosted: Hosted) -> Write:
    """Give the write that says where a document lies that a platform downloads."""
    check_keys(token=hosted.token)
    expires_at = micros(hosted.expires_at)
    values: Values = {
        "expires_at": expires_at,
        "expiry_line": HOSTED,
        "expires": instant_of(expires_at),
        "ttl": seconds(expires_at),
        "record": packed(hosted, "hosted document"),
    }
    return tables.put("data", {**_hosted_key(hosted.token), **item_of(values)})


def _hosted_key(token: str) -> Item:
    return key(joined(HOSTED, token), HOSTED)
