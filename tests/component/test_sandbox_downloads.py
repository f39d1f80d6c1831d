"""The sandbox downloads menus that are named by their address, and keeps what is sold out by external id."""

from __future__ import annotations

import gzip
from typing import Any

import pytest

from tests.component.sandbox_files import sample
from tests.component.sandbox_work import EVER, SOON, START, ingested, intervals, override, overrides
from tests.servers.callers import Grubhub, until
from tests.servers.receiver import Receiver, receiver
from tests.servers.sandbox import SandboxServer, sandbox_process, sandbox_server

__all__ = ["receiver", "sandbox_process", "sandbox_server"]


def test_a_download_that_fails_is_tried_ten_times(sandbox_server: SandboxServer, receiver: Receiver):
    caller, store = Grubhub(sandbox_server), sandbox_server.store("grubhub")
    url = receiver.serve("menu", sample("grubhub", "composed_full_featured"))
    receiver.failures = 9
    assert caller.outcome(caller.ingest(store, url).json()["job_id"])["status"] == "SUCCESS"
    assert receiver.downloads == 10
    receiver.downloads, receiver.failures = 0, 99
    outcome = caller.outcome(caller.ingest(store, url).json()["job_id"])
    assert (outcome["status"], outcome["details"]) == ("FAILED_MENU_DOWNLOAD", ["the address answered with status 503"])
    assert receiver.downloads == 10


@pytest.mark.parametrize(
    "document",
    [
        b"<html>",
        b"",
        b"\xff\xfe",
        gzip.compress(b"{}", mtime=0)[:-4],
        b"[" * 100_000,
        gzip.compress(b" " * (65 << 20), mtime=0),
    ],
    ids=["html", "empty", "no text", "cut off", "deep", "inflated"],
)
def test_a_download_that_is_no_menu_fails(sandbox_server: SandboxServer, receiver: Receiver, document: bytes):
    caller, store = Grubhub(sandbox_server), sandbox_server.store("grubhub")
    outcome = caller.outcome(caller.ingest(store, receiver.serve("menu", document)).json()["job_id"])
    assert outcome["status"] == "FAILED_VALIDATION"
    assert outcome["details"]


def test_one_ingestion_per_merchant(sandbox_server: SandboxServer, receiver: Receiver):
    rule = sandbox_server.fault("job", "grubhub", how="never_ends", match={"job": "ingestion"})
    caller, store = Grubhub(sandbox_server), sandbox_server.store("grubhub")
    url = receiver.serve("menu", sample("grubhub", "composed_full_featured"))
    job = caller.ingest(store, url).json()["job_id"]
    assert sandbox_server.fired(rule) == 1
    assert caller.ingest(store, url).status_code == 409
    statuses = caller.call("GET", f"/pos/v1/menu/ingestion/jobs/{job}").json()["merchant_statuses"]
    assert statuses == [{"merchant_id": store, "status": "REQUESTED"}]
    other = sandbox_server.store("grubhub", "rest_002")
    assert caller.ingest(other, url).status_code == 200


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"normalized_menu": False}, 422),
        ({"merchant_ids": []}, 422),
        ({"merchant_ids": ["1", "2"]}, 422),
        ({"menu_url": "ftp://x/menu"}, 422),
        ({"extra": 1}, 422),
        ({"merchant_ids": ["90000001"]}, 403),
        ({"merchant_ids": ["90000002"]}, 404),
    ],
    ids=str,
)
def test_wrong_ingestions_are_refused(sandbox_server: SandboxServer, change: dict[str, Any], status: int):
    body = {
        "merchant_ids": [sandbox_server.store("grubhub")],
        "menu_url": "http://127.0.0.1/m",
        "normalized_menu": True,
    }
    answer = Grubhub(sandbox_server).call("POST", "/pos/v1/menu/ingestion", body | change)
    assert answer.status_code == status


def test_an_upload_is_compared_by_external_id(sandbox_server: SandboxServer, receiver: Receiver):
    ingested(sandbox_server, receiver)
    document = sample("grubhub", "composed_full_featured")
    document["menu_sections"][1]["items"] = ["it-new"]
    document["items"][2] |= {"external_id": "it-new"}
    document["items"][1]["name"] = "Juice"
    caller, store = ingested(sandbox_server, receiver, document)
    changes = sandbox_server.get("grubhub/jobs")["jobs"][-1]["changes"]
    assert changes["items"] == {"created": ["it-new"], "changed": ["it-oj"], "deleted": ["it-lager"]}
    assert changes["modifiers"] == {"created": [], "changed": [], "deleted": []}
    assert caller.call("GET", f"/pos/v1/merchant/{store}/menu/normalized").json() == document


def test_sold_out_and_back(sandbox_server: SandboxServer, receiver: Receiver):
    caller, store = ingested(sandbox_server, receiver)
    done = overrides(caller, store, [override(["it-oj", "md-ham"], "ADD", START, EVER)])
    assert (done["status"], done["merchant_id"]) == ("SUCCESSFUL", store)
    assert [row["status"] for row in done["entity_override_results"]] == ["SUCCESSFUL", "SUCCESSFUL"]
    assert intervals(caller, store) == {"it-oj": [(START, EVER)], "md-ham": [(START, EVER)]}
    same_instant = "9999-12-31T23:59:00+00:00"
    done = overrides(caller, store, [override(["it-oj"], "UPDATE", START, SOON, same_instant)])
    assert done["status"] == "SUCCESSFUL"
    assert intervals(caller, store) == {"it-oj": [(START, SOON)], "md-ham": [(START, EVER)]}
    assert intervals(caller, store, before="2131-01-02T00:00:00Z") == {"it-oj": [(START, SOON)]}
    failed = overrides(caller, store, [override(["it-oj"], "UPDATE", START, SOON, EVER)])
    assert (failed["status"], failed["entity_override_results"][0]["details"]) == (
        "FAILED",
        "No override ends at cur_end_date.",
    )


def test_one_unknown_entity_aborts_all_unless_some_may_fail(sandbox_server: SandboxServer, receiver: Receiver):
    caller, store = ingested(sandbox_server, receiver)
    body = [override(["it-oj", "nobody"], "ADD", START, EVER)]
    refused = overrides(caller, store, body)
    assert (refused["status"], refused["entity_ids"]) == ("INVALID", ["nobody"])
    assert intervals(caller, store) == {}
    done = overrides(caller, store, body, "true")
    assert (done["status"], [row["status"] for row in done["entity_override_results"]]) == (
        "SUCCESSFUL",
        ["SUCCESSFUL", "FAILED"],
    )
    assert intervals(caller, store) == {"it-oj": [(START, EVER)]}


def test_overrides_by_the_platforms_own_ids(sandbox_server: SandboxServer, receiver: Receiver):
    caller, store = ingested(sandbox_server, receiver)
    own = sandbox_server.get(f"grubhub/availability?store={store}")["it-oj"]["entity_id"]
    assert overrides(caller, store, [override([own], "ADD", START, EVER)], kind="")["status"] == "SUCCESSFUL"
    assert intervals(caller, store) == {"it-oj": [(START, EVER)]}
    assert overrides(caller, store, [override(["it-oj"], "ADD", START, EVER)], kind="")["status"] == "INVALID"


@pytest.mark.parametrize(
    ("query", "body", "status"),
    [
        ("", [override(["it-oj"], "ADD", START, EVER)], 422),
        ("?allow_partial_success=maybe", [override(["it-oj"], "ADD", START, EVER)], 422),
        ("?allow_partial_success=true", [override(["it-oj"], "UPDATE", START, EVER)], 422),
        ("?allow_partial_success=true", [override(["it-oj"], "ADD", "soon", EVER)], 422),
        ("?allow_partial_success=true", [], 422),
    ],
)
def test_wrong_overrides_are_refused(sandbox_server: SandboxServer, query: str, body: Any, status: int):
    path = f"/pos/v1/merchant/{sandbox_server.store('grubhub')}/menu/schedules/overrides/external{query}"
    assert Grubhub(sandbox_server).call("PATCH", path, body).status_code == status


@pytest.mark.parametrize(("keep", "left"), [(True, {"it-oj": [(START, EVER)]}), (False, {}), (None, {})])
def test_overrides_live_through_an_upload_if_asked_to(
    sandbox_server: SandboxServer, receiver: Receiver, keep: bool | None, left: dict[str, Any]
):
    caller, store = ingested(sandbox_server, receiver)
    overrides(caller, store, [override(["it-oj"], "ADD", START, EVER)])
    ingested(sandbox_server, receiver, **({} if keep is None else {"apply_existing_schedule_overrides": keep}))
    assert intervals(caller, store) == left


def test_alcohol_is_tagged(sandbox_server: SandboxServer, receiver: Receiver):
    caller, store = ingested(sandbox_server, receiver)
    base = f"/pos/v1/merchant/{store}/menu/entities/tags"
    answer = caller.call("PATCH", f"{base}/alcohol", {"external_ids": ["it-oj", "it-pizza"]})
    assert (answer.status_code, answer.json()["status"]) == (202, "QUEUED")
    until(
        lambda: caller.call("GET", f"{base}/{answer.json()['job_id']}/status").json(),
        lambda job: job["status"] == "SUCCESSFUL",
    )
    menu = caller.call("GET", f"/pos/v1/merchant/{store}/menu/normalized").json()
    tags = {item["external_id"]: [tag["name"] for tag in item["tags"]] for item in menu["items"]}
    assert tags["it-oj"] == ["ALCOHOL"]
    assert tags["it-pizza"] == ["VEGETARIAN", "SPICY", "ALCOHOL"]
    assert caller.call("PATCH", f"{base}/alcohol", {"external_ids": ["nobody"]}).status_code == 422
    assert caller.call("PATCH", f"{base}/alcohol", {"external_ids": []}).status_code == 422
