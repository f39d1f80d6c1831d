"""Scenarios 9 to 13: what a platform would refuse, and what would change, is told before anything is sent."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pipeline.cli.application import main
from pipeline.store.records import State
from tests.live import RESTAURANT, Live, served, small_menu
from tests.platforms import PLATFORMS, SETTINGS
from tests.servers.pictures import PictureServer, picture_server
from tests.servers.sandbox import SandboxServer
from tests.shared_files import REPOSITORY

__all__ = ["picture_server"]

KEY = "an-operators-key-of-many-characters"


def refused(live: Live, platform: str) -> Any:
    before = live.sandbox.count(platform)
    done = live.publish(platform)
    assert done.state == State.FAILED
    assert live.sandbox.count(platform) == before
    return live.error(done)


@pytest.mark.parametrize("platform", PLATFORMS)
def test_09_a_group_that_asks_for_more_than_it_offers_is_told_by_name(live: Live, platform: str) -> None:
    live.menu["modifier_groups"][0] |= {"min_select": 4, "max_select": 4}
    done = live.publish(platform)  # platforms take it, and do not sell the dish: a warning
    told = [finding for finding in done.findings if "Sauce" in finding["message"] and finding["severity"] != "note"]
    assert told
    assert any(finding["line"] or finding["hint"] for finding in told)


@pytest.mark.parametrize("platform", PLATFORMS)
def test_09_a_dry_run_warns_of_it_and_fails_where_it_is_strict(
    live: Live, tmp_path: Path, capsys: pytest.CaptureFixture[str], platform: str
) -> None:
    # Platforms take such a menu and keep its dishes from being ordered, and real menus have such groups as soon as
    # options are sold out (cn-yaojiwang). So it is a warning: an error would keep every other change off the platform.
    live.menu["modifier_groups"][0] |= {"min_select": 4, "max_select": 4}
    (tmp_path / "menu.json").write_text(json.dumps(live.menu))
    store = [part for name, value in SETTINGS[platform].items() if name != "hours"
             for part in ("--store", f"{name}={value}")]  # fmt: skip
    command = ["dry-run", platform, "--menu", str(tmp_path / "menu.json"), *store]
    assert main(command) == 0
    assert main([*command, "--strict"]) == 1
    told = capsys.readouterr().err
    assert "Sauce asks for 4 but offers fewer" in told
    assert f"{platform}.yaml:" in told
    assert live.sandbox.count(platform) == 0


@pytest.mark.parametrize("platform", ["doordash", "ubereats"])
def test_10_hours_are_checked_by_each_platforms_own_threshold(live: Live, platform: str) -> None:
    live.menu["restaurant"]["hours"] = [{"day": "monday", "start": "11:00", "end": "11:20"}]
    error = refused(live, platform)
    words = {"doordash": "under 30 minutes", "ubereats": "under 60 minutes"}[platform]
    assert any(words in field["message"] and field["line"] > 0 for field in error.fields)


@pytest.mark.parametrize("platform", ["doordash", "ubereats"])
def test_10_a_menu_without_hours_is_refused(live: Live, platform: str) -> None:
    del live.menu["restaurant"]["hours"]
    assert "opening hours" in refused(live, platform).message


def test_11_a_picture_that_one_platform_refuses_reaches_the_others(live: Live) -> None:
    live.menu["items"][0]["image_url"] = "https://pictures.example/soup.jpg?size=large"
    payloads = {}
    for platform in PLATFORMS:
        done = live.publish(platform)
        assert done.state == State.SYNCED, done.error
        payloads[platform] = live.store.blob(done.payload_id) or b""
        told = [finding for finding in done.findings if "picture was left out" in finding["message"]]
        assert bool(told) == (platform == "doordash")
    assert b"soup.jpg" not in payloads["doordash"]
    assert b"soup.jpg" in payloads["ubereats"]


PICTURES = {
    "i-1": ("1600x900/431000.jpg", {}),
    "i-2": ("1600x900/5242880.jpg", {"doordash": "picture-bytes"}),
    "i-3": ("1600x1200.png", {"doordash": "picture-ratio"}),
    "i-4": ("1600x900.jpg?size=large", {"doordash": "picture-address"}),
    "i-5": ("300x169.jpg", {"doordash": "picture-size", "ubereats": "picture-size"}),
    "i-6": ("page", {"every platform": "picture-unreadable", "doordash": "picture-address"}),
}
"""What each dish's picture is, and who refuses it for what; Grubhub publishes no limits."""


def test_11_each_picture_is_refused_by_the_platforms_that_do_not_take_it_and_passes_the_others(
    picture_server: PictureServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    menu = small_menu()
    for item in menu["items"]:
        item["image_url"] = picture_server.url(PICTURES[item["item_id"]][0])
    menu["modifier_groups"][0]["options"][0]["image_url"] = menu["items"][0]["image_url"]  # the same one, asked once
    (tmp_path / "menu.json").write_text(json.dumps(menu))
    command, before = ["pictures", "--menu", str(tmp_path / "menu.json")], picture_server.asked
    assert main([*command, "--allow-private", "--format", "json"]) == 1
    assert picture_server.asked - before == len(PICTURES)
    told = json.loads(capsys.readouterr().out)
    found = {each["records"][0]["id"]: each for each in told["pictures"]}
    assert {key: {each["platform"]: each["code"] for each in row["refused"]} for key, row in found.items()} == {
        key: refused for key, (_, refused) in PICTURES.items()
    }
    assert [record["name"] for record in found["i-1"]["records"]] == ["Soup", "Tomato"]
    large = found["i-2"]
    assert [large[key] for key in ("type", "width", "height", "bytes")] == ["jpg", 1600, 900, 5_242_880]
    (refusal,) = large["refused"]
    assert "at most 2,000,000 bytes, and this one has 5,242,880 bytes" in refusal["message"]
    assert refusal["file"].endswith("doordash.yaml")
    counts = {each["name"]: (each["declared"], each["looked_at"], each["refused"]) for each in told["platforms"]}
    assert counts == {"doordash": (True, 6, 5), "grubhub": (False, 6, 1), "ubereats": (True, 6, 2)}
    assert main([*command, "--allow-private", "--platform", "ubereats"]) == 1
    printed = capsys.readouterr()
    assert "Juice" in printed.out
    assert "Pasta" not in printed.out
    assert "Uber Eats: 6 pictures looked at, 2 refused" in printed.err


def test_11_pictures_that_all_take_are_done_and_the_own_network_is_not_asked(
    picture_server: PictureServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    menu = small_menu()
    menu["items"][0]["image_url"] = picture_server.url(PICTURES["i-1"][0])
    (tmp_path / "menu.json").write_text(json.dumps(menu))
    command, before = ["pictures", "--menu", str(tmp_path / "menu.json")], picture_server.asked
    assert main([*command, "--allow-private"]) == 0
    assert picture_server.asked == before + 1
    assert capsys.readouterr().out == ""
    assert main(command) == 1
    assert picture_server.asked == before + 1
    printed = " ".join(capsys.readouterr().out.split())
    assert "Soup" in printed
    assert "private network" in printed


@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize(
    ("right", "wrong", "says"),
    [("item.price", "item.prise", "Did you mean `price`?"), ("item.price", "item.[price", "")],
)
def test_12_a_mistake_in_a_mapping_is_told_with_its_line_and_the_nearest_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], platform: str, right: str, wrong: str, says: str
) -> None:
    lines = (REPOSITORY / "mappings" / f"{platform}.yaml").read_text("utf-8").splitlines()
    number = next(place for place, line in enumerate(lines, 1) if f"= {right}" in line)
    lines[number - 1] = lines[number - 1].replace(f"= {right}", f"= {wrong}")
    (tmp_path / f"{platform}.yaml").write_text("\n".join(lines), "utf-8")
    assert main(["validate", str(tmp_path / f"{platform}.yaml")]) == 1
    printed = capsys.readouterr()
    told = [line for line in (printed.out + printed.err).splitlines() if f"{platform}.yaml:{number}:" in line]
    assert told
    assert says in printed.out + printed.err


@pytest.mark.parametrize("platform", PLATFORMS)
def test_13_what_would_change_since_the_last_publish_is_listed_by_dish(
    sandbox_server: SandboxServer, tmp_path: Path, platform: str
) -> None:
    with served(sandbox_server, tmp_path, API_KEYS=f"ana:operator:{KEY}") as live:
        live.publish(platform)
        items = live.menu["items"]
        items[0]["price"] = "7.35"
        items[1]["name"] = "Fresh pasta"
        items[5] = {"item_id": "i-7", "name": "Cocoa", "price": "3.85", "category": "c-2", "availability": True}
        requests = live.sandbox.count(platform)
        answer = live.sandbox.http.post(
            f"{live.runtime.settings.public_base_url}/admin/diff/{platform}",
            headers={"X-API-Key": KEY}, json={"restaurant_id": RESTAURANT},
        )  # fmt: skip
        assert answer.status_code == 200, answer.text
        assert live.sandbox.count(platform) == requests
    told = {(change["code"], change["record"]["id"]): change for change in answer.json()["menu"]}
    assert set(told) == {("price", "i-1"), ("name", "i-2"), ("appeared", "i-7"), ("gone", "i-6")}
    price = told["price", "i-1"]
    assert (price["old"], price["new"]) == (6.10, 7.35)
    assert "6.10 → 7.35" in price["text"]
