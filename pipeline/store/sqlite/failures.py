"""What goes wrong with a database file, as one sentence that names what to look at."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from pipeline.store.protocol import LimitExceeded, StoreBusy, StoreError

# SQLite's primary result codes: https://www.sqlite.org/rescode.html
_HELD = "is held by another program for too long: look for one that hangs, or a copy in progress"
_SENTENCES: dict[int, tuple[type[StoreError], str]] = {
    sqlite3.SQLITE_BUSY: (StoreBusy, _HELD),
    sqlite3.SQLITE_LOCKED: (StoreBusy, _HELD),
    sqlite3.SQLITE_FULL: (StoreError, "cannot grow: its disk, or the size it is allowed, is full"),
    sqlite3.SQLITE_READONLY: (StoreError, "cannot be written: check the rights of the file and of its folder"),
    sqlite3.SQLITE_PERM: (StoreError, "cannot be written: check the rights of the file and of its folder"),
    sqlite3.SQLITE_AUTH: (StoreError, "cannot be opened: check the rights of the file and of its folder"),
    sqlite3.SQLITE_CANTOPEN: (StoreError, "cannot be opened: check that its folder exists and may be written"),
    sqlite3.SQLITE_CORRUPT: (StoreError, "is damaged: put a backup in its place"),
    sqlite3.SQLITE_NOTADB: (StoreError, "is no SQLite database: name another file, or put a backup in its place"),
    sqlite3.SQLITE_IOERR: (StoreError, "cannot be read or written: look at the disk that holds it"),
    sqlite3.SQLITE_PROTOCOL: (StoreBusy, "is held by too many programs at once"),
    sqlite3.SQLITE_NOMEM: (StoreError, "could not be used, because memory ran out"),
    sqlite3.SQLITE_TOOBIG: (LimitExceeded, "cannot keep a value as large as this"),
}  # fmt: skip


@contextmanager
def as_sentences(path: str) -> Iterator[None]:
    """Raise :class:`StoreError` with one sentence for what SQLite, or Python's part of it, raises inside."""
    try:
        yield
    except sqlite3.Error as error:
        raise store_error(path, error) from None
    except UnicodeEncodeError:
        raise LimitExceeded("A name holds half of a character (a lone surrogate), and cannot be looked up.") from None


def store_error(path: str, error: sqlite3.Error) -> StoreError:
    """Give the error to raise for what SQLite raised."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    kind, sentence = _SENTENCES.get(code, (StoreError, f"did not do its work: {error}"))
    name = getattr(error, "sqlite_errorname", "")
    return kind(f"The database {path} {sentence}{f' ({name})' if name else ''}.")
