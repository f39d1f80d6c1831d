"""The tables and their indexes: what is made on local servers, and what a deployment is checked against.

``docs/store.md`` says which of them each method reads and writes.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pipeline.store.protocol import StoreError

TableName = Literal["sync_status", "sync_errors", "operations", "connections", "data"]
DEFAULT_PREFIX = "menu-sync-"
TTL_ATTRIBUTE = "ttl"
ALL = "all"
"""The one value of ``listed``: a list over all restaurants is one partition of an index of keys alone."""
_ACTIVE_WITHIN = 60.0


@dataclass(frozen=True, slots=True)
class Index:
    """A global secondary index: keys, and what is needed beside them to filter."""

    name: str
    partition: str
    sort: str = ""
    include: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """A table; all key attributes are text."""

    name: TableName
    partition: str
    sort: str = ""
    indexes: tuple[Index, ...] = ()

    @property
    def keys(self) -> tuple[str, ...]:
        """The names of the primary key's attributes."""
        return tuple(filter(None, (self.partition, self.sort)))

    def index(self, name: str) -> Index:
        """Give one of its indexes."""
        return next(index for index in self.indexes if index.name == name)

    def definition(self, full_name: str) -> dict[str, Any]:
        """Give the table as CloudFormation's ``AWS::DynamoDB::Table`` takes it."""
        attributes = {*self.keys, *(key for index in self.indexes for key in (index.partition, index.sort) if key)}
        return {
            "TableName": full_name,
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [{"AttributeName": name, "AttributeType": "S"} for name in sorted(attributes)],
            "KeySchema": _key_schema(self.partition, self.sort),
            **({"GlobalSecondaryIndexes": [_index(index) for index in self.indexes]} if self.indexes else {}),
            "TimeToLiveSpecification": {"AttributeName": TTL_ATTRIBUTE, "Enabled": True},
        }


TABLES: Mapping[TableName, Table] = {
    table.name: table
    for table in (
        Table("sync_status", "restaurant_id", "platform", (Index("list", "listed", "place", ("state", "search")),)),
        Table(
            "sync_errors",
            "error_id",
            indexes=(
                Index("by_restaurant", "restaurant_id", "created", ("platform", "status")),
                Index("by_status", "status", "created", ("platform", "restaurant_id", "resolved")),
                Index("by_operation", "open_operation"),
                Index("by_snapshot", "snapshot_id"),
                Index("by_payload", "payload_id"),
            ),
        ),
        Table(
            "operations",
            "operation_id",
            indexes=(
                Index("history", "restaurant_id", "created", ("platform", "published")),
                # ``line`` is "due" until an operation has ended, and then "ended"; none while it stands behind another.
                Index(
                    "by_time",
                    "line",
                    "at",
                    ("restaurant_id", "platform", "kind", "state", "seconds", "published", "reference"),
                ),
                Index("by_snapshot", "snapshot_id"),
                Index("by_payload", "payload_id"),
            ),
        ),
        Table(
            "connections",
            "restaurant_id",
            "platform",
            (Index("list", "listed", "place"), Index("by_platform", "platform", "place")),
        ),
        Table("data", "pk", "sk", (Index("by_line", "line", "at"), Index("by_expiry", "expiry_line", "expires"))),
    )
}


def full_names(prefix: str = DEFAULT_PREFIX, named: Mapping[TableName, str] | None = None) -> dict[TableName, str]:
    """Give the tables' names: the prefix and their own with hyphens, or as ``named`` says.

    >>> full_names("test-")["sync_status"], full_names(named={"sync_errors": "OldErrors"})["sync_errors"]
    ('test-sync-status', 'OldErrors')
    """
    given = named or {}
    return {name: given.get(name) or f"{prefix}{name.replace('_', '-')}" for name in TABLES}


def table_definitions(
    prefix: str = DEFAULT_PREFIX, named: Mapping[TableName, str] | None = None
) -> list[dict[str, Any]]:
    """Give all tables as CloudFormation's ``AWS::DynamoDB::Table`` takes them."""
    return [TABLES[name].definition(full_name) for name, full_name in full_names(prefix, named).items()]


def create_tables(client: Any, names: Mapping[TableName, str], *, time_to_live: bool = True) -> list[str]:
    """Make the tables that are missing, and wait until they can be used; gives the names of those that were made.

    ``client`` is a botocore client of a local server. Any number of processes may call it at once.
    """
    made = []
    for name, full_name in names.items():
        definition = TABLES[name].definition(full_name)
        expiry = definition.pop("TimeToLiveSpecification")
        try:
            client.create_table(**definition)
        except client.exceptions.ResourceInUseException:
            continue
        made.append(full_name)
        if time_to_live:
            _wait(client, full_name)
            client.update_time_to_live(TableName=full_name, TimeToLiveSpecification=expiry)
    for full_name in names.values():
        _wait(client, full_name)
    return made


def _wait(client: Any, full_name: str) -> None:
    until = time.monotonic() + _ACTIVE_WITHIN
    while client.describe_table(TableName=full_name)["Table"]["TableStatus"] != "ACTIVE":
        if time.monotonic() > until:
            raise StoreError(f"The table {full_name} was made and is still not ready after {_ACTIVE_WITHIN:.0f} s.")
        time.sleep(0.05)


def _key_schema(partition: str, sort: str) -> list[dict[str, str]]:
    schema = [{"AttributeName": partition, "KeyType": "HASH"}]
    return [*schema, {"AttributeName": sort, "KeyType": "RANGE"}] if sort else schema


def _index(index: Index) -> dict[str, Any]:
    projection: dict[str, Any] = {"ProjectionType": "KEYS_ONLY"}
    if index.include:
        projection = {"ProjectionType": "INCLUDE", "NonKeyAttributes": list(index.include)}
    return {
        "IndexName": index.name,
        "KeySchema": _key_schema(index.partition, index.sort),
        "Projection": projection,
    }
