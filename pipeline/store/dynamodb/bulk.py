"""What is too large for one item: in S3 where there is a bucket, and otherwise cut into items.

Each is written under a new name before the transaction that makes it known, and never changed. A note
that is written first says what it belongs to, so that :meth:`Bulk.sweep` finds what a crash or a later
version left behind.
"""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

from pipeline.store.dynamodb.requests import Tables, equals, item_of
from pipeline.store.dynamodb.values import Item, instant, joined, key, text
from pipeline.store.protocol import StoreBusy, StoreError

PIECE_BYTES = 390_000
_PIECES_AT_ONCE = 25
UPLOAD = "upload"
_BUCKET, _PIECES = "bucket", "items"
LOOKED_AFTER = timedelta(days=1)
"""How long after its writing it is looked at whether something is still used."""


class Bulk:
    """Where large data lies; a place is ``bucket:KEY`` or ``items:NAME``."""

    def __init__(self, tables: Tables, bucket: str, prefix: str) -> None:
        self._tables = tables
        self._bucket = bucket
        self._prefix = prefix

    def put(self, blob_id: str, data: bytes) -> str:
        """Write data to a new place, and give it."""
        name = secrets.token_hex(16)
        place = f"{_BUCKET}:{self._prefix}blobs/{name}" if self._bucket else f"{_PIECES}:{name}"
        self.note(blob_id, place)
        if self._bucket:
            key_in_bucket = place.removeprefix(f"{_BUCKET}:")
            self._tables.client.write_bucket("put_object", Bucket=self._bucket, Key=key_in_bucket, Body=data)
            return place
        pieces = [data[start : start + PIECE_BYTES] for start in range(0, len(data), PIECE_BYTES)]
        requests = [
            {"PutRequest": {"Item": {**_piece_key(name, number), "data": {"B": piece}}}}
            for number, piece in enumerate(pieces)
        ]
        for start in range(0, len(requests), _PIECES_AT_ONCE):
            self._write_batch(requests[start : start + _PIECES_AT_ONCE])
        return place

    def get(self, place: str) -> bytes:
        """Give the data of a place; StoreError where it is not there."""
        where, _, name = place.partition(":")
        if where == _BUCKET:
            answer = self._tables.client.read_bucket("get_object", Bucket=self._require_bucket(place), Key=name)
            return bytes(answer["Body"].read())
        pieces = self._tables.query("data", "", ("pk", joined("piece", name)))
        return b"".join(piece["data"]["B"] for piece in pieces)

    def remove(self, place: str) -> None:
        """Remove the data of a place; nothing happens where it is gone."""
        where, _, name = place.partition(":")
        if where == _BUCKET:
            self._tables.client.write_bucket("delete_object", Bucket=self._require_bucket(place), Key=name)
            return
        found = self._tables.query("data", "", ("pk", joined("piece", name)), before_write=True)
        keys = [{"pk": piece["pk"], "sk": piece["sk"]} for piece in found]
        for start in range(0, len(keys), _PIECES_AT_ONCE):
            self._write_batch([{"DeleteRequest": {"Key": one}} for one in keys[start : start + _PIECES_AT_ONCE]])

    def note(self, blob_id: str, place: str) -> None:
        """Note that a place is to be looked at once its transaction is long over."""
        values = {
            "expiry_line": UPLOAD,
            "expires": instant(datetime.now(UTC) + LOOKED_AFTER),
            "blob_id": blob_id,
            "place": place,
        }
        self._tables.single(self._tables.put("data", {**_note_key(place), **item_of(values)}))

    def sweep(self, note: Item) -> None:
        """Remove the data that a note names unless a blob lies there, and the note."""
        blob_id, place = text(note, "blob_id"), text(note, "place")
        header = self._tables.get("data", blob_key(blob_id), before_write=True)
        if header is None or text(header, "place") != place:
            self.remove(place)
        self._tables.single(self._tables.delete("data", _note_key(place), equals("expires", text(note, "expires"))))

    def _require_bucket(self, place: str) -> str:
        if not self._bucket:
            raise StoreError(f"The document {place} lies in a bucket, and SNAPSHOT_BUCKET does not name one.")
        return self._bucket

    def _write_batch(self, requests: list[dict[str, Any]]) -> None:
        table = self._tables.names["data"]
        client = self._tables.client
        wanted = {table: requests}
        until, tries = client.patient_until, 0
        while wanted:
            wanted = client.write("batch_write_item", RequestItems=wanted).get("UnprocessedItems") or {}
            if wanted and not client.pause(tries, until):
                raise StoreBusy("DynamoDB takes only a part of what is to be written: raise the tables' capacity.")
            tries += 1


def blob_key(blob_id: str) -> Item:
    """Give the key of a blob."""
    return key(joined("blob", blob_id), "blob")


def _note_key(place: str) -> Item:
    return key(joined(UPLOAD, place), UPLOAD)


def _piece_key(name: str, number: int) -> Item:
    return key(joined("piece", name), f"{number:05d}")
