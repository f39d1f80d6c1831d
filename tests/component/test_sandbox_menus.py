"""The sandbox takes every whole sample of the platforms, and refuses every broken one."""

from __future__ import annotations

import copy
import gzip
import json
from typing import Any

import pytest

from tests.component.sandbox_files import broken, sample, variants
from tests.platforms import SETTINGS, menu_files, menu_name, published
from tests.servers.callers import DoorDash, Grubhub, UberEats, until
from tests.servers.receiver import Receiver, receiver
from tests.servers.sandbox import SandboxServer, sandbox_process, sandbox_server

__all__ = ["receiver", "sandbox_process", "sandbox_server"]

VALIDATE = "/pos/v1/menu/ingestion/validate?is_normalized_menu=true"


def named(one: Any) -> str:
    return str(one["name"])


def add_store(server: SandboxServer, platform: str, store: str, **attributes: Any) -> str:
    server.post(f"{platform}/stores", [{"id": store, **attributes}])
    return store


def uber_path(store: str) -> str:
    return f"/v2/eats/stores/{store}/menus"


# ---- DoorDash ------------------------------------------------------------------------------------


@pytest.mark.parametrize("variant", variants("doordash"), ids=named)
def test_doordash_refuses(sandbox_server: SandboxServer, variant: dict[str, Any]):
    document = broken("doordash", variant)
    add_store(sandbox_server, "doordash", "abc12345")
    answer = DoorDash(sandbox_server).call("POST", "/api/v1/menus", document)
    assert answer.status_code == 400
    assert answer.json()["message"].startswith("Invalid menu payload: [StoreMenu.")
    assert sandbox_server.get("doordash/jobs") == {"jobs": []}


@pytest.mark.parametrize(
    "name",
    [
        "api_reference_all_fields",
        "composed_full_featured",
        "item_level_hours_official",
        "menu_pull_first_menu_as_push",
        "recipes_in_envelope",
    ],
)
def test_doordash_takes(sandbox_server: SandboxServer, name: str):
    document = sample("doordash", name)
    store = add_store(sandbox_server, "doordash", document["store"]["merchant_supplied_id"])
    caller = DoorDash(sandbox_server)
    answer = caller.call("POST", "/api/v1/menus", document)
    assert (answer.status_code, answer.json()["reference"]) == (200, document["reference"])
    job = until(lambda: sandbox_server.get("doordash/jobs")["jobs"][0], lambda job: not job["running"])
    assert job["status"] == "SUCCESS", job
    read = caller.call("GET", f"/api/v1/stores/{store}/store_menu").json()
    assert read["menus"][0]["menu"] == document["menu"]


def test_doordash_refuses_its_own_sample_that_lists_an_item_twice(sandbox_server: SandboxServer):
    document = sample("doordash", "menu_push_official")
    add_store(sandbox_server, "doordash", document["store"]["merchant_supplied_id"])
    answer = DoorDash(sandbox_server).call("POST", "/api/v1/menus", document)
    assert answer.status_code == 400
    assert "find duplicate merchant id:7c38617d" in answer.json()["message"]


@pytest.mark.parametrize("name", ["recipes_menu_fragment_official", "menu_pull_response_official"])
def test_doordash_refuses_what_is_no_whole_push(sandbox_server: SandboxServer, name: str):
    assert DoorDash(sandbox_server).call("POST", "/api/v1/menus", sample("doordash", name)).status_code == 400


def test_doordash_finds_duplicates_at_any_depth(sandbox_server: SandboxServer):
    document = sample("doordash", "composed_full_featured")
    add_store(sandbox_server, "doordash", "abc12345")
    options = document["menu"]["categories"][0]["items"][0]["extras"][0]["options"][0]["extras"][0]["options"]
    options.append(copy.deepcopy(options[0]) | {"merchant_supplied_id": "deep"})
    deep = {"name": "deeper", "options": [{"name": n, "price": 1, "merchant_supplied_id": "same"} for n in "ab"]}
    options[-1]["extras"] = [deep]
    answer = DoorDash(sandbox_server).call("POST", "/api/v1/menus", document)
    assert answer.status_code == 400
    assert "find duplicate merchant id:same, in:deeper" in answer.json()["message"]


# ---- Uber Eats -----------------------------------------------------------------------------------


@pytest.mark.parametrize("variant", variants("ubereats"), ids=named)
def test_uber_refuses(sandbox_server: SandboxServer, variant: dict[str, Any]):
    store = sandbox_server.store("ubereats")
    answer = UberEats(sandbox_server).call("PUT", uber_path(store), broken("ubereats", variant))
    assert (answer.status_code, answer.json()["code"]) == (400, "validation_failed")
    assert "menus" not in sandbox_server.get(f"ubereats/stores/{store}")


@pytest.mark.parametrize(
    "name",
    [
        "combo_bundled_items_official",
        "composed_full_featured",
        "empty_menu_official",
        "menu_type_dine_in_official",
        "menu_type_pickup_official",
        "min_max_unique_official",
        "simple_menu_official",
        "six_level_nested_official",
        "upt_attributes_official",
    ],
)
def test_uber_takes(sandbox_server: SandboxServer, name: str):
    document = sample("ubereats", name)
    store = add_store(sandbox_server, "ubereats", "5d6c1a52-9b1c-4d3e-8f00-1234567890ab", country="AU")
    caller = UberEats(sandbox_server)
    menu_type = document.get("menu_type", "MENU_TYPE_FULFILLMENT_DELIVERY")
    if menu_type != "MENU_TYPE_FULFILLMENT_DELIVERY":
        refused = caller.call("PUT", uber_path(store), document)
        assert (refused.status_code, "delivery menu" in refused.json()["message"]) == (400, True)
        assert caller.call("PUT", uber_path(store), sample("ubereats", "simple_menu_official")).status_code == 204
    answer = caller.call("PUT", uber_path(store), document)
    assert (answer.status_code, answer.content) == (204, b""), answer.text
    assert caller.call("GET", uber_path(store), params={"menu_type": menu_type}).json() == document


def test_uber_refuses_dine_in_where_there_is_none(sandbox_server: SandboxServer):
    caller, store = UberEats(sandbox_server), sandbox_server.store("ubereats")
    assert caller.call("PUT", uber_path(store), sample("ubereats", "simple_menu_official")).status_code == 204
    answer = caller.call("PUT", uber_path(store), sample("ubereats", "menu_type_dine_in_official"))
    assert (answer.status_code, "dine-in" in answer.json()["message"]) == (400, True)


def test_uber_refuses_its_own_sample_with_a_dangling_reference(sandbox_server: SandboxServer):
    answer = UberEats(sandbox_server).call(
        "PUT", uber_path(sandbox_server.store("ubereats")), sample("ubereats", "menu_type_delivery_official")
    )
    assert answer.status_code == 400
    assert "Best_Burgerz_Delivery" in answer.json()["message"]


def deeper(document: dict[str, Any]) -> None:
    """Put one more level over the six."""
    top = document["categories"][0]["entities"][0]["id"]
    option = document["items"][0] | {"id": "over-all", "modifier_group_ids": {"ids": ["over-group"]}}
    document["items"].append(option)
    document["modifier_groups"].append(
        document["modifier_groups"][0] | {"id": "over-group", "modifier_options": [{"id": top, "type": "ITEM"}]}
    )
    document["categories"][0]["entities"].append({"id": "over-all", "type": "ITEM"})


def circle(document: dict[str, Any]) -> None:
    """Let an option hold the group that holds it."""
    group = document["modifier_groups"][0]
    option = next(item for item in document["items"] if item["id"] == group["modifier_options"][0]["id"])
    option["modifier_group_ids"] = {"ids": [group["id"]]}


def hours(*days: tuple[str, str, str]) -> Any:
    return lambda document: document["menus"][0].update(
        service_availability=[
            {"day_of_week": day, "time_periods": [{"start_time": start, "end_time": end}]} for day, start, end in days
        ]
    )


def overlapping_visibility(document: dict[str, Any]) -> None:
    day = {"day_of_week": "friday", "time_periods": [{"start_time": "10:00", "end_time": "12:00"}]}
    document["items"][0]["visibility_info"] = {
        "hours": [
            {"start_date": "2031-01-01", "end_date": "2031-02-01", "hours_of_week": [day]},
            {"start_date": "2031-02-01", "hours_of_week": [day]},
        ]
    }


def set_price(price: int) -> Any:
    return lambda document: document["items"][0]["price_info"].update(price=price)


def free_above_with_two_prices(document: dict[str, Any]) -> None:
    group = document["modifier_groups"][0]
    ids = [option["id"] for option in group["modifier_options"]][:2]
    assert len(ids) == 2
    for number, item in enumerate(one for one in document["items"] if one["id"] in ids):
        item["price_info"] = {"price": 100 + number}
        item["quantity_info"] = {"quantity": {"charge_above": 1}}


UBER_RULES = {
    "one level too many": ("six_level_nested_official", deeper, "deeper than six"),
    "a circle": ("composed_full_featured", circle, "in a circle"),
    "59 minutes": ("composed_full_featured", hours(("monday", "10:00", "10:58")), "too short"),
    "end before start": ("composed_full_featured", hours(("monday", "22:00", "02:00")), "end must be after"),
    "hours that overlap": (
        "composed_full_featured",
        hours(("monday", "10:00", "12:00"), ("monday", "12:00", "14:00")),
        "overlap",
    ),
    "visibility that overlaps": ("composed_full_featured", overlapping_visibility, "invalid visibility"),
    "default over maximum": (
        "composed_full_featured",
        lambda document: document["items"][1].update(
            quantity_info={"quantity": {"max_permitted": 2, "default_quantity": 3}}
        ),
        "default_quantity 3",
    ),
    "core price below price": (
        "composed_full_featured",
        lambda document: document["items"][0]["price_info"].update(core_price=1),
        "core_price 1",
    ),
    "price over the store's highest": ("composed_full_featured", set_price(37_501), "above the maximum"),
    "charge_above with two prices": ("composed_full_featured", free_above_with_two_prices, "same price"),
}


@pytest.mark.parametrize("rule", UBER_RULES)
def test_uber_refuses_what_breaks_a_rule(sandbox_server: SandboxServer, rule: str):
    name, change, said = UBER_RULES[rule]
    store = add_store(sandbox_server, "ubereats", "5d6c1a52-9b1c-4d3e-8f00-1234567890ac", highest_price=37_500)
    document = sample("ubereats", name)
    change(document)
    answer = UberEats(sandbox_server).call("PUT", uber_path(store), document)
    assert answer.status_code == 400
    assert said in answer.json()["message"]


@pytest.mark.parametrize(
    "change",
    [
        hours(("monday", "10:00", "10:59")),
        hours(("monday", "23:30", "23:59"), ("tuesday", "00:00", "00:29")),
        hours(("sunday", "23:30", "23:59"), ("monday", "00:00", "00:29")),
        set_price(37_500),
    ],
    ids=["60 minutes", "60 over midnight", "60 over the week's end", "the highest price"],
)
def test_uber_takes_what_is_just_within(sandbox_server: SandboxServer, change: Any):
    store = add_store(sandbox_server, "ubereats", "5d6c1a52-9b1c-4d3e-8f00-1234567890ac", highest_price=37_500)
    document = sample("ubereats", "composed_full_featured")
    change(document)
    answer = UberEats(sandbox_server).call("PUT", uber_path(store), document)
    assert answer.status_code == 204, answer.text


def test_uber_keeps_alcohol(sandbox_server: SandboxServer):
    caller, store = UberEats(sandbox_server), sandbox_server.store("ubereats")
    document = sample("ubereats", "composed_full_featured")
    assert caller.call("PUT", uber_path(store), document).status_code == 204
    lager = next(item for item in document["items"] if item["id"] == "lager")
    lager["dish_info"]["classifications"]["alcoholic_items"] = 0
    answer = caller.call("PUT", uber_path(store), document)
    assert (answer.status_code, "cannot be taken back" in answer.json()["message"]) == (400, True)
    change = {"classifications": {"alcoholic_items": 0}}
    assert caller.call("POST", f"{uber_path(store)}/items/lager", change).status_code == 400


def test_uber_takes_gzip(sandbox_server: SandboxServer):
    caller, store = UberEats(sandbox_server), sandbox_server.store("ubereats")
    document = sample("ubereats", "simple_menu_official")
    token = caller.ask_token().json()["access_token"]
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json", "Content-Encoding": "gzip"}
    url = f"/ubereats{uber_path(store)}"
    packed = gzip.compress(json.dumps(document).encode())
    assert sandbox_server.http.put(url, content=packed[:-9], headers=headers).status_code == 400
    assert sandbox_server.http.put(url, content=packed, headers=headers).status_code == 204
    assert caller.call("GET", uber_path(store)).json() == document


# ---- Grubhub -------------------------------------------------------------------------------------


@pytest.mark.parametrize("variant", variants("grubhub"), ids=named)
def test_grubhub_refuses(sandbox_server: SandboxServer, receiver: Receiver, variant: dict[str, Any]):
    document = broken("grubhub", variant)
    caller, store = Grubhub(sandbox_server), sandbox_server.store("grubhub")
    said = caller.call("POST", VALIDATE, document)
    assert (said.status_code, said.json()["valid"], bool(said.json()["validation_errors"])) == (200, False, True)
    job = caller.ingest(store, receiver.serve("menu", document)).json()["job_id"]
    outcome = caller.outcome(job)
    assert (outcome["status"], outcome["details"]) == ("FAILED_VALIDATION", said.json()["validation_errors"])
    assert caller.call("GET", f"/pos/v1/merchant/{store}/menu/normalized").status_code == 404


@pytest.mark.parametrize("name", ["normalized_menu_official", "composed_full_featured"])
def test_grubhub_takes(sandbox_server: SandboxServer, receiver: Receiver, name: str):
    document = sample("grubhub", name)
    caller, store = Grubhub(sandbox_server), sandbox_server.store("grubhub")
    said = caller.call("POST", f"{VALIDATE}&merchant_id={store}", document)
    assert said.json() == {"valid": True, "validation_errors": []}
    packed = gzip.compress(json.dumps(document).encode())
    outcome = caller.outcome(caller.ingest(store, receiver.serve("menu", packed)).json()["job_id"])
    assert outcome["status"] == "SUCCESS"
    assert outcome["menu_proof_url"].startswith("http")
    assert caller.call("GET", f"/pos/v1/merchant/{store}/menu/normalized").json() == document


GRUBHUB_RULES: dict[str, tuple[Any, str]] = {
    "an id twice": (lambda menu: menu["items"].append(menu["items"][0]), "it-pizza stands twice"),
    "a schedule and a section of one id": (
        lambda menu: menu["menu_sections"].append({"external_id": "sch-late", "name": "Late"}),
        "sch-late stands twice",
    ),
    "a dangling id": (lambda menu: menu["menu_sections"][0]["items"].append("gone"), "gone is not in"),
    "a default of another list": (
        lambda menu: menu["modifier_prompts"][0].update(defaulted_modifiers=["md-brie"], modifier_quantity_settings={}),
        "md-brie is not in modifier_list",
    ),
    "a circle": (lambda menu: menu["modifiers"][2].update(submodifiers=["mp-cheese"]), "in a circle"),
    "hours that overlap": (
        lambda menu: menu["repeating_schedules"][0]["rules"].append(
            {"days": ["SUNDAY"], "start_time": "13:59:00", "end_time": "15:00:00"}
        ),
        "overlap",
    ),
    "minimum over maximum": (
        lambda menu: menu["modifier_prompts"][1]["default_selection_model"].update(minimum_quantity=2),
        "minimum_quantity 2",
    ),
    "order quantities that are equal": (lambda menu: menu["items"][1].update(minimum_order_quantity=20), "20"),
    "three decimals": (lambda menu: menu["items"][1].update(price=4.255), "4.255"),
    "default units without default": (
        lambda menu: menu["modifier_prompts"][0].update(defaulted_modifiers=[]),
        "default_units",
    ),
}


@pytest.mark.parametrize("rule", GRUBHUB_RULES)
def test_grubhub_refuses_what_breaks_a_rule(sandbox_server: SandboxServer, rule: str):
    change, said = GRUBHUB_RULES[rule]
    document = sample("grubhub", "composed_full_featured")
    change(document)
    answer = Grubhub(sandbox_server).call("POST", VALIDATE, document).json()
    assert not answer["valid"]
    assert any(said in problem for problem in answer["validation_errors"]), answer


# ---- What this product makes ---------------------------------------------------------------------


@pytest.mark.parametrize("path", menu_files(), ids=menu_name)
def test_every_menu_that_is_mapped_is_taken(sandbox_server: SandboxServer, receiver: Receiver, path: Any):
    payloads = {name: json.loads(published(name, path).preview.data()) for name in SETTINGS}
    stores = {name: add_store(sandbox_server, name, str(SETTINGS[name]["store_id"])) for name in SETTINGS}
    assert UberEats(sandbox_server).call("PUT", uber_path(stores["ubereats"]), payloads["ubereats"]).status_code == 204
    said = Grubhub(sandbox_server).call("POST", VALIDATE, payloads["grubhub"]).json()
    assert said == {"valid": True, "validation_errors": []}
    answer = DoorDash(sandbox_server).call("POST", "/api/v1/menus", payloads["doordash"])
    assert (answer.status_code, answer.json().get("status")) == (200, "received")
    job = until(lambda: sandbox_server.get("doordash/jobs")["jobs"][0], lambda job: not job["running"])
    assert job["status"] == "SUCCESS", job
