"""How SQLite finds what is asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pipeline.store.records import State
from pipeline.store.sqlite import SqliteStore
from tests.integration.store_contract.making import LEASE, NOON, operation


def plans(store: SqliteStore, do: Callable[[], Any]) -> list[str]:
    """Give the plan of each statement that a call runs."""
    statements: list[str] = []
    with store._database.read() as connection:
        connection.set_trace_callback(statements.append)
        do()
        connection.set_trace_callback(None)
        lines = []
        for statement in statements:
            if not statement.startswith(("BEGIN", "COMMIT")):
                lines += [line for *_, line in connection.execute(f"EXPLAIN QUERY PLAN {statement}")]
        return lines


def test_no_request_reads_a_whole_table_or_sorts(store: SqliteStore):
    store.enqueue(operation("op_1", reference="r"))
    calls: dict[str, Callable[[], Any]] = {
        "due": lambda: store.due(NOON),
        "history": lambda: store.history("rest_001"),
        "history of a platform": lambda: store.history("rest_001", "doordash"),
        "reference": lambda: store.operation_by_reference("doordash", "r"),
        "statuses": lambda: store.statuses("rest_001"),
        "errors of a restaurant": lambda: store.list_errors(restaurant_id="rest_001"),
        "open errors": lambda: store.list_errors(status="open"),
        "connections of a platform": lambda: store.connections(platform="doordash"),
        "connections of a restaurant": lambda: store.connections("rest_001"),
        "sold out": lambda: store.sold_out("rest_001"),
        "ending": lambda: store.ending(NOON),
        "sold out on a platform": lambda: store.list_sold_out("doordash"),
        "audit of a restaurant": lambda: store.audit(restaurant_id="rest_001", since=NOON),
        "hosted": lambda: store.hosted("t", NOON),
        "claim": lambda: store.claim("op_1", "a", LEASE, NOON),
        "messages": lambda: store.messages("op_1"),
    }
    found = {name: plans(store, do) for name, do in calls.items()}
    assert all(found.values())
    slow = {name: lines for name, lines in found.items() if any("SCAN" in line or "TEMP" in line for line in lines)}
    assert slow == {}


@pytest.mark.parametrize("filters", [{}, {"search": "x"}, {"platform": "doordash", "state": State.FAILED}])
def test_searching_statuses_reads_only_the_index(store: SqliteStore, filters: dict[str, Any]):
    lines = plans(store, lambda: store.list_statuses(**filters))
    assert any("COVERING INDEX statuses_list" in line for line in lines), lines
