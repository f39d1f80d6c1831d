"""The store for several machines: DynamoDB, and S3 for what is too large for it."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from urllib.parse import parse_qsl

from pipeline.store.dynamodb.audit import Audit
from pipeline.store.dynamodb.blobs import Blobs
from pipeline.store.dynamodb.bulk import Bulk
from pipeline.store.dynamodb.client import PATIENCE, Client
from pipeline.store.dynamodb.connections import Connections
from pipeline.store.dynamodb.errors import Errors
from pipeline.store.dynamodb.ledger import Ledger
from pipeline.store.dynamodb.limits import Limits
from pipeline.store.dynamodb.progress import Progress
from pipeline.store.dynamodb.purge import Purge
from pipeline.store.dynamodb.requests import Tables
from pipeline.store.dynamodb.statuses import Statuses
from pipeline.store.dynamodb.tables import DEFAULT_PREFIX, TableName, create_tables, full_names
from pipeline.store.protocol import StoreError
from pipeline.store.retention import Retention

DEFAULT_REGION = "us-east-1"
OPTIONS = ("endpoint", "region", "bucket", "bucket_endpoint", "sync_status_table", "sync_errors_table")
"""What an address may say behind its question mark."""


class DynamoStore(Progress, Statuses, Errors, Connections, Ledger, Blobs, Limits, Audit, Purge):
    """A :class:`~pipeline.store.protocol.SyncStore` in DynamoDB tables, for any number of threads and processes.

    ``place`` is the tables' prefix, with options behind ``?`` as in a URL: ``menu-sync-?region=eu-west-1``.
    Nothing is asked of the network before the first call. Lists read indexes, which lag a moment behind;
    single records, and all that a write depends on, are read as they are.

    >>> store = DynamoStore("test-?endpoint=http://127.0.0.1:8000")
    >>> store.table_names["operations"], store.write_requests
    ('test-operations', 0)
    >>> store.close()
    """

    def __init__(
        self,
        place: str = DEFAULT_PREFIX,
        *,
        endpoint: str = "",
        region: str = "",
        bucket: str = "",
        bucket_endpoint: str = "",
        sync_status_table: str = "",
        sync_errors_table: str = "",
        retention: Retention | None = None,
        patience: timedelta = PATIENCE,
    ) -> None:
        prefix, _, query = place.partition("?")
        said = dict(parse_qsl(query, keep_blank_values=True))
        unknown = sorted(set(said) - set(OPTIONS))
        if unknown:
            raise StoreError(f"DynamoDB has no option {unknown[0][:40]!r}; it has: {', '.join(OPTIONS)}.")
        prefix = prefix or DEFAULT_PREFIX
        named: dict[TableName, str] = {
            "sync_status": sync_status_table or said.get("sync_status_table", ""),
            "sync_errors": sync_errors_table or said.get("sync_errors_table", ""),
        }
        self.table_names = full_names(prefix, named)
        self._retention = retention or Retention()
        self._client = Client(
            region=region or said.get("region") or DEFAULT_REGION,
            endpoint=endpoint or said.get("endpoint", ""),
            bucket_endpoint=bucket_endpoint or said.get("bucket_endpoint", ""),
            patience=patience,
        )
        self._tables = Tables(self._client, self.table_names)
        self._bulk = Bulk(self._tables, bucket or said.get("bucket", ""), prefix)

    def create_tables(self, *, time_to_live: bool = True) -> list[str]:
        """Make the tables that a local server lacks; gives their names. In AWS, deploy/template.yaml makes them."""
        return self._client.prepare(lambda client: create_tables(client, self.table_names, time_to_live=time_to_live))

    @property
    def requests(self) -> Counter[str]:
        """How many requests were sent so far, by the API's own names; each try counts."""
        return Counter(self._client.requests)

    @property
    def read_requests(self) -> int:
        """How many requests only read; what a method reads in order to write is counted in :attr:`requests` alone."""
        return self._client.reads

    @property
    def write_requests(self) -> int:
        """How many requests were made to write; each try counts."""
        return self._client.writes

    def close(self) -> None:
        """Let go of connections."""
        self._client.close()
