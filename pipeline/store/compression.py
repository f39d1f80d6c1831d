"""Blobs as they lie in the database: compressed, and bounded in both directions."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from typing import NewType

from pipeline.store.encoding import check_keys
from pipeline.store.protocol import MAX_BLOB_BYTES, LimitExceeded, StoreError

Packed = NewType("Packed", bytes)

FAST = 1
"""For disks: a quarter of the time of the usual level, for a fifth more bytes."""
SMALL = 6
"""For stores in which each kilobyte is paid for."""


def pack(blobs: Mapping[str, bytes] | None, level: int = SMALL) -> dict[str, Packed]:
    """Compress blobs, before a transaction rather than in it; raises :class:`LimitExceeded` for too large ones."""
    packed = {}
    for blob_id, data in (blobs or {}).items():
        check_keys(blob_id=blob_id)
        if len(data) > MAX_BLOB_BYTES:
            raise LimitExceeded(
                f"The document {blob_id} has {len(data):,} bytes, and no store keeps more than {MAX_BLOB_BYTES:,}."
            )
        packed[blob_id] = Packed(zlib.compress(data, level))
    return packed


def unpack(data: bytes, blob_id: str) -> bytes:
    """Give a blob's bytes; StoreError where they are damaged."""
    reader = zlib.decompressobj()
    try:
        whole = reader.decompress(data, MAX_BLOB_BYTES + 1)
    except zlib.error as error:
        raise StoreError(f"The document {blob_id} in the database is damaged: {error}.") from None
    if not reader.eof or len(whole) > MAX_BLOB_BYTES:
        raise StoreError(f"The document {blob_id} in the database is damaged: it has no end.")
    return whole
