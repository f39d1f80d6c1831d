"""Requests as values: conditions, writes of a transaction, reads of several items, queries page by page."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pipeline.store.dynamodb.client import Client
from pipeline.store.dynamodb.tables import TABLES, TableName
from pipeline.store.dynamodb.values import Item, Value, attribute
from pipeline.store.protocol import MAX_TRANSACTION_RECORDS, LimitExceeded, StoreBusy

MAX_TRANSACTION_BYTES = 4_000_000
"""DynamoDB takes 4 MB, keys and names of attributes included."""
_BATCH = 100
_NAME = re.compile(r"#(\w+)")


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition; ``#name`` is an attribute and ``:name`` a value."""

    text: str = ""
    values: Mapping[str, Value] = field(default_factory=dict)

    def __and__(self, other: Condition) -> Condition:
        """Give both of them as one; DynamoDB refuses parentheses that are not needed."""
        texts = [part.text for part in (self, other) if part.text]
        if len(texts) == 2:
            texts = [f"({text})" if _is_choice(text) else text for text in texts]
        return Condition(" AND ".join(texts), {**self.values, **other.values})


def is_new(name: str) -> Condition:
    """Nothing stands under the key, of which ``name`` is a part."""
    return Condition(f"attribute_not_exists(#{name})")


def equals(name: str, value: Value | None) -> Condition:
    """The attribute has this value; for None there is none, and 0 is the same as none."""
    if value is None:
        return Condition(f"attribute_not_exists(#{name})")
    if value == 0:
        return Condition(f"attribute_not_exists(#{name}) OR #{name} = :is_{name}", {f"is_{name}": value})
    return Condition(f"#{name} = :is_{name}", {f"is_{name}": value})


def _is_choice(text: str) -> bool:
    """Tell whether a condition has an OR outside of parentheses.

    >>> _is_choice("#a = :a OR #b = :b"), _is_choice("(#a = :a OR #b = :b) AND #c = :c")
    (True, False)
    """
    outside, depth = "", 0
    for character in text:
        depth += (character == "(") - (character == ")")
        outside += character if depth == 0 else ""
    return " OR " in outside


def item_of(values: Mapping[str, Value | None]) -> Item:
    """Give an item of values; None and empty texts are left out."""
    return {name: attribute(value) for name, value in values.items() if value is not None and value != ""}


@dataclass(slots=True)
class Write:
    """One write of a transaction."""

    kind: str
    request: dict[str, Any]

    def as_transaction(self) -> dict[str, Any]:
        """Give it as TransactWriteItems takes it."""
        return {self.kind: {**self.request, "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}}


class Tables:
    """Reads and writes items of the store's tables by the tables' own names."""

    def __init__(self, client: Client, names: Mapping[TableName, str]) -> None:
        self.client = client
        self.names = names

    # -- writes ----------------------------------------------------------------------------------

    def put(self, table: TableName, item: Item, condition: Condition | None = None) -> Write:
        """Write an item in place of what stood there."""
        return Write("Put", self._with(condition, {"TableName": self.names[table], "Item": item}))

    def delete(self, table: TableName, key: Item, condition: Condition | None = None) -> Write:
        """Remove an item."""
        return Write("Delete", self._with(condition, {"TableName": self.names[table], "Key": key}))

    def check(self, table: TableName, key: Item, condition: Condition) -> Write:
        """Write nothing, but hold the transaction to a condition."""
        return Write("ConditionCheck", self._with(condition, {"TableName": self.names[table], "Key": key}))

    def update(
        self,
        table: TableName,
        key: Item,
        values: Mapping[str, Value | None],
        condition: Condition | None = None,
        *,
        count: str = "rev",
        copy: Mapping[str, str] | None = None,
    ) -> Write:
        """Set attributes (None or empty: remove them), copy some from others, and count one up."""
        given = {name: value for name, value in values.items() if value is not None and value != ""}
        gone = [name for name in values if name not in given]
        sets = [f"#{name} = :{name}" for name in given]
        sets += [f"#{name} = #{source}" for name, source in (copy or {}).items()]
        sets.append(f"#{count} = if_not_exists(#{count}, :_none) + :_one")
        expression = f"SET {', '.join(sets)}" + (f" REMOVE {', '.join(f'#{name}' for name in gone)}" if gone else "")
        request = {"TableName": self.names[table], "Key": key, "UpdateExpression": expression}
        return Write("Update", self._with(condition, request, {**given, "_none": 0, "_one": 1}))

    def transact(self, writes: Sequence[Write]) -> None:
        """Write all or nothing; a repeated request changes nothing. Raises :class:`Refused` and StoreError."""
        if len(writes) > MAX_TRANSACTION_RECORDS:
            raise LimitExceeded(f"{len(writes)} records are to be written at once; write them in parts.")
        size = sum(_size(write.request) for write in writes)
        if size > MAX_TRANSACTION_BYTES:
            raise LimitExceeded(
                f"The records to be written at once have {size:,} bytes together, and no more than "
                f"{MAX_TRANSACTION_BYTES:,} can be: write them in parts."
            )
        self.client.write(
            "transact_write_items",
            TransactItems=[write.as_transaction() for write in writes],
            ClientRequestToken=str(uuid.uuid4()),
        )

    def single(self, write: Write) -> dict[str, Any]:
        """Write one item outside a transaction, which costs half; only what may be repeated without harm."""
        operation = {"Put": "put_item", "Update": "update_item", "Delete": "delete_item"}[write.kind]
        returned = {"ReturnValues": "UPDATED_NEW"} if write.kind == "Update" else {}
        old = {"ReturnValuesOnConditionCheckFailure": "ALL_OLD"} if "ConditionExpression" in write.request else {}
        return self.client.write(operation, **write.request, **returned, **old)

    # -- reads -----------------------------------------------------------------------------------

    def get(self, table: TableName, key: Item, *, before_write: bool = False) -> Item | None:
        """Give an item as it is now."""
        send = self.client.look if before_write else self.client.read
        answer = send("get_item", TableName=self.names[table], Key=key, ConsistentRead=True)
        found: Item | None = answer.get("Item")
        return found

    def get_all(
        self,
        keys: Sequence[tuple[TableName, Item]],
        *,
        before_write: bool = False,
        only: Mapping[TableName, Sequence[str]] | None = None,
    ) -> list[Item | None]:
        """Give items as they are now, in the order of their keys; ``only`` names the attributes that are needed."""
        found: dict[tuple[str, ...], Item] = {}
        distinct = list({self._identity(table, key): (table, key) for table, key in keys}.values())
        for start in range(0, len(distinct), _BATCH):
            self._get_batch(distinct[start : start + _BATCH], found, before_write, only or {})
        return [found.get(self._identity(table, key)) for table, key in keys]

    def query(
        self,
        table: TableName,
        index: str,
        partition: tuple[str, str],
        between: tuple[str, str, str] = ("", "", ""),
        *,
        backwards: bool = False,
        filtered: Condition | None = None,
        page: int = 0,
        before_write: bool = False,
    ) -> Iterator[Item]:
        """Give the items of a partition in order, asking for more as they are used.

        ``between`` is the sort key's name, its lowest and its highest value, both included and both optional;
        ``index`` is empty for the table itself, which is then read as it is now. ``page``: items per request.
        """
        name, low, high = between
        key_condition = f"#{partition[0]} = :partition"
        values: dict[str, Value] = {"partition": partition[1]}
        if low and high:
            if low > high:
                return
            key_condition += f" AND #{name} BETWEEN :low AND :high"
        elif low or high:
            key_condition += f" AND #{name} {'>= :low' if low else '<= :high'}"
        values |= {bound: value for bound, value in (("low", low), ("high", high)) if value}
        parameters: dict[str, Any] = {"TableName": self.names[table], "ScanIndexForward": not backwards}
        parameters |= {"IndexName": index} if index else {"ConsistentRead": True}
        if page:
            parameters["Limit"] = page
        condition = filtered or Condition()
        if condition.text:
            parameters["FilterExpression"] = condition.text
            values |= condition.values
        parameters["KeyConditionExpression"] = key_condition
        parameters["ExpressionAttributeNames"] = _names(f"{key_condition} {condition.text}")
        parameters["ExpressionAttributeValues"] = _values(values)
        send = self.client.look if before_write else self.client.read
        while True:
            answer = send("query", **parameters)
            yield from answer["Items"]
            if "LastEvaluatedKey" not in answer:
                return
            parameters["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    def _get_batch(
        self,
        keys: Sequence[tuple[TableName, Item]],
        found: dict[tuple[str, ...], Item],
        before_write: bool,
        only: Mapping[TableName, Sequence[str]],
    ) -> None:
        wanted: dict[str, dict[str, Any]] = {}
        own_names = {self.names[table]: table for table, _ in keys}
        for table, key in keys:
            request = wanted.setdefault(self.names[table], {"Keys": [], "ConsistentRead": True})
            request["Keys"].append(key)
            if table in only:
                attributes = [*TABLES[table].keys, *only[table]]
                request["ProjectionExpression"] = ", ".join(f"#{name}" for name in attributes)
                request["ExpressionAttributeNames"] = {f"#{name}": name for name in attributes}
        until, tries = self.client.patient_until, 0
        send = self.client.look if before_write else self.client.read
        while wanted:
            answer = send("batch_get_item", RequestItems=wanted)
            for full_name, items in answer["Responses"].items():
                found |= {self._identity(own_names[full_name], item): item for item in items}
            left = answer.get("UnprocessedKeys") or {}
            if left == wanted and not self.client.pause(tries, until):
                raise StoreBusy("DynamoDB gives only a part of what was asked for: raise the tables' capacity.")
            tries = tries + 1 if left == wanted else 0
            wanted = left

    def _identity(self, table: TableName, item: Item) -> tuple[str, ...]:
        return (table, *(item[name]["S"] for name in TABLES[table].keys))

    @staticmethod
    def _with(
        condition: Condition | None, request: dict[str, Any], given: Mapping[str, Value] | None = None
    ) -> dict[str, Any]:
        text = condition.text if condition else ""
        values = {**(given or {}), **(condition.values if condition else {})}
        if text:
            request["ConditionExpression"] = text
        names = _names(f"{text} {request.get('UpdateExpression', '')}")
        if names:
            request["ExpressionAttributeNames"] = names
        if values:
            request["ExpressionAttributeValues"] = _values(values)
        return request


def _names(expression: str) -> dict[str, str]:
    return {f"#{name}": name for name in _NAME.findall(expression)}


def _values(values: Mapping[str, Value]) -> Item:
    return {f":{name}": attribute(value) for name, value in values.items()}


def _size(part: Any) -> int:
    """Count the bytes of texts, numbers and binaries, names of attributes included."""
    if isinstance(part, dict):
        return sum(len(name) + _size(value) for name, value in part.items())
    if isinstance(part, bytes):
        return len(part)
    return len(part.encode("utf-8", "replace")) if isinstance(part, str) else 0
