"""The store, opened while Lambda starts the process, which is the time that no event waits for.

Nothing but the database's client is imported for it; what else a handler needs comes with its first invocation.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipeline.store.protocol import SyncStore


def store_at(variables: Mapping[str, str]) -> SyncStore | None:
    """Open the DynamoDB store that the environment names, its client made; None where it names another one."""
    if variables.get("SYNC_STORE") != "dynamodb":
        return None
    from pipeline.store.dynamodb import DynamoStore

    store = DynamoStore(
        variables.get("DYNAMODB_TABLE_PREFIX") or "menu-sync-",
        region=variables.get("AWS_REGION") or "us-east-1",
        endpoint=variables.get("DYNAMODB_ENDPOINT", ""),
        bucket=variables.get("SNAPSHOT_BUCKET", ""),
        sync_status_table=variables.get("DYNAMODB_SYNC_STATUS_TABLE", ""),
        sync_errors_table=variables.get("DYNAMODB_SYNC_ERRORS_TABLE", ""),
    )
    store._client.raw()  # noqa: SLF001 - else it is made with the first call
    return store


STORE = store_at(os.environ)
"""The process's store; None where :mod:`pipeline.settings` has to say which."""
