"""Large documents: menu snapshots, payloads, and what platforms download."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from pipeline.store.compression import FAST, pack, unpack
from pipeline.store.encoding import decode, micros
from pipeline.store.records import Hosted
from pipeline.store.sqlite import rows
from pipeline.store.sqlite.part import Part


class Blobs(Part):
    """The blobs of a store; the methods are told of by ``SyncStore``."""

    def put_blob(self, blob_id: str, data: bytes, ttl: timedelta | None = None) -> None:
        packed = pack({blob_id: data}, FAST)
        with self._database.write() as connection:
            rows.put_blobs(connection, packed, None if ttl is None else micros(datetime.now(UTC) + ttl))

    def blob(self, blob_id: str) -> bytes | None:
        with self._database.read() as connection:
            row = connection.execute("SELECT data FROM blobs WHERE blob_id = ?", (blob_id,)).fetchone()
        return unpack(row[0], blob_id) if row else None

    def put_hosted(self, hosted: Hosted, data: bytes) -> None:
        packed = pack({hosted.blob_id: data}, FAST)
        with self._database.write() as connection:
            rows.put_blobs(connection, packed, micros(hosted.expires_at))
            rows.put_hosted(connection, hosted)

    def hosted(self, token: str, now: datetime) -> tuple[Hosted, bytes] | None:
        with self._database.read() as connection:
            row = connection.execute(
                "SELECT record, data FROM hosted JOIN blobs USING (blob_id) WHERE token = ? AND hosted.expires_at > ?",
                (token, micros(now)),
            ).fetchone()
        if row is None:
            return None
        hosted = decode(row[0], Hosted, "hosted document")
        return hosted, unpack(row[1], hosted.blob_id)
