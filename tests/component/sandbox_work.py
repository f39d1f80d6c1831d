"""Menus, jobs and overrides that several of the sandbox's tests begin with."""

from __future__ import annotations

from typing import Any

from tests.component.sandbox_files import sample
from tests.servers.callers import Grubhub, until
from tests.servers.receiver import Receiver
from tests.servers.sandbox import SandboxServer

STORE = "dd-rest_001"
HOURS = [{"day_index": "MON", "start_time": "10:00", "end_time": "20:00"}]


def push(reference: str = "ref-1", store: str = STORE, **changes: Any) -> dict[str, Any]:
    item = {"name": "Soup", "price": 650, "merchant_supplied_id": "soup"}
    options = [{"name": "Bread", "price": 50, "merchant_supplied_id": "bread"}]
    item["extras"] = [{"name": "With", "merchant_supplied_id": "with", "options": options}]
    menu = {
        "name": "Lunch",
        "merchant_supplied_id": "lunch",
        "categories": [{"name": "Soups", "merchant_supplied_id": "soups", "items": [item]}],
    }
    base = {"store": {"merchant_supplied_id": store, "provider_type": "menu_sync_sandbox"}, "reference": reference}
    return base | {"open_hours": HOURS, "special_hours": [], "menu": menu} | changes


def message(receiver: Receiver, number: int = 1) -> Any:
    """Wait for that many webhooks; give the last one's body."""
    return until(lambda: receiver.messages, lambda messages: len(messages) >= number)[number - 1].body


def idle(server: SandboxServer, platform: str = "doordash") -> list[Any]:
    return until(lambda: server.get(f"{platform}/jobs")["jobs"], lambda jobs: not any(one["running"] for one in jobs))


def ingested(server: SandboxServer, receiver: Receiver, document: Any = None, **more: Any) -> tuple[Grubhub, str]:
    caller, store = Grubhub(server), server.store("grubhub")
    document = document or sample("grubhub", "composed_full_featured")
    job = caller.ingest(store, receiver.serve("menu", document), **more).json()["job_id"]
    assert caller.outcome(job)["status"] == "SUCCESS"
    return caller, store


def override(ids: list[str], op: str, start: str, end: str, current: str | None = None) -> dict[str, Any]:
    change = {"op": op, "start": start, "end": end, "show_or_hide": "HIDE"} | (
        {"cur_end_date": current} if current else {}
    )
    return {"entity_ids": ids, "schedule_override": change}


START, SOON, EVER = "2131-01-01T10:00:00Z", "2131-01-01T12:00:00.000Z", "9999-12-31T23:59:00.000Z"


def overrides(caller: Grubhub, store: str, body: Any, partial: str = "false", kind: str = "/external") -> Any:
    """Set overrides; gives the job's end, or the answer where no job was begun."""
    base = f"/pos/v1/merchant/{store}/menu/schedules/overrides"
    answer = caller.call("PATCH", f"{base}{kind}?allow_partial_success={partial}", body)
    assert answer.status_code == 200, answer.text
    said = answer.json()
    if said["status"] != "QUEUED":
        return said
    return until(
        lambda: caller.call("GET", f"{base}/{said['job_id']}/status").json(), lambda job: job["processing_complete"]
    )


def intervals(caller: Grubhub, store: str, after: str = "now", before: str = "endOfTime") -> dict[str, Any]:
    path = f"/pos/v1/merchant/{store}/menu/schedules/overrides?ending_after={after}&ending_before={before}"
    said = caller.call("GET", path).json()
    rows = said["item_overrides"] + said["modifier_overrides"]
    return {row["external_id"]: [(one["start"], one["end"]) for one in row["intervals"]] for row in rows}
