"""The command ``sandbox``: what it prints, what stops it, and platforms that are added by data alone."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from pipeline.mapping.form.document import read_mapping
from pipeline.mapping_files import mapping_files
from sandbox import auth, control, faults, functions, rules, steps
from sandbox.definition import FOLDER, read_definition
from sandbox.reading import DefinitionError
from tests.servers.sandbox import SandboxServer, sandbox_process, sandbox_server, start_sandbox, stop_sandbox
from tests.shared_files import REPOSITORY

__all__ = ["sandbox_process", "sandbox_server"]

PIZZA_POST = """
platform: pizza_post
title: Pizza Post
source: made up for this test
environment: {base_url: = address}
credentials: {api_key: key-of-the-post}
stores:
  id: join('-', ['post', restaurant])
  settings: {store_id: = id}
auth:
  partner: [{headers: {X-Api-Key: = credentials.api_key}}]
refusal: {error: = message}
refusals:
  unauthorized: {status: 401, message: "{problem}"}
  too_many: {status: 429, message: slower}
  too_large: {status: 413, message: smaller}
  unknown_path: {status: 404, message: nothing here}
  wrong_method: {status: 405, message: not so}
rules:
  menu:
    - unique: pizzas[].id
endpoints:
  menu:
    request: PUT /stores/{store}/menu
    auth: partner
    store: path.store
    limits: [{requests: 3, per: 1m, for: store}]
    steps:
      - find_store:
          id: path.store
          unknown: {status: 404, message: no such store}
          foreign: {status: 403, message: not yours}
      - json: {status: 400, message: "{problem}"}
      - check: {document: body, rules: menu, refuse: {status: 422, message: "{problem}"}}
      - put: {at: [menu], value: = body}
      - answer: {status: 202, body: {version: = new_uuid()}}
views:
  menus: store.menu
"""


def test_what_it_prints_fits_every_mapping(sandbox_server: SandboxServer):
    for name, path in mapping_files().items():
        mapping, _ = read_mapping(path)
        assert mapping is not None
        config = dict(sandbox_server.configs[name])
        stores = config.pop("stores")
        assert config.pop("environment") == "sandbox"
        assert read_definition(FOLDER / f"{name}.yaml").webhooks.keys() <= mapping.webhooks.keys()
        addresses = {key: value for key, value in config.items() if key in mapping.environments["sandbox"]}
        assert addresses.keys() == mapping.environments["sandbox"].keys()
        assert {urlsplit(address).hostname for address in addresses.values()} == {"127.0.0.1"}
        assert config.keys() - addresses.keys() == mapping.credentials.keys()
        required = {key for key, form in mapping.store_settings.items() if form.is_required}
        for settings in stores.values():
            assert settings.keys() >= required
            assert settings.keys() <= mapping.store_settings.keys()
    assert sandbox_server.get("configs") == sandbox_server.configs


def test_it_listens_on_this_machine_alone_and_ends_when_told_to():
    process, configs = start_sandbox("--seed", "rest_009")
    try:
        address = urlsplit(configs["doordash"]["base_url"])
        assert (address.hostname, list(configs["doordash"]["stores"])) == ("127.0.0.1", ["rest_009"])
        assert httpx.get(f"http://127.0.0.1:{address.port}/_sandbox").json()["ready"]
        with pytest.raises(httpx.ConnectError):
            httpx.get(f"http://127.0.0.2:{address.port}/_sandbox")
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 0
    finally:
        stop_sandbox(process)


def test_a_platform_is_added_by_data(tmp_path: Path):
    (tmp_path / "pizza_post.yaml").write_text(PIZZA_POST)
    process, configs = start_sandbox("--data", str(tmp_path), "--seed", "rest_001")
    try:
        config = configs["pizza_post"]
        assert config["stores"] == {"rest_001": {"store_id": "post-rest_001"}}
        headers = {"X-Api-Key": config["api_key"]}
        with httpx.Client(base_url=config["base_url"], headers=headers) as client:
            url, menu = "/stores/post-rest_001/menu", {"pizzas": [{"id": "a"}, {"id": "b"}]}
            assert client.put(url, json=menu, headers={"X-Api-Key": "wrong"}).status_code == 401
            assert client.put(url, json={"pizzas": [{"id": "a"}, {"id": "a"}]}).json() == {
                "error": "pizzas[].id: a stands twice"
            }
            assert client.put(url, json=menu).status_code == 202
            assert client.put("/stores/nowhere/menu", json=menu).status_code == 404
            assert [client.put(url, json=menu).status_code for _ in range(2)] == [202, 429]
            assert client.get(url).status_code == 405
        own = httpx.get(config["base_url"].replace("/pizza_post", "/_sandbox/pizza_post/menus")).json()
        assert own == {"post-rest_001": menu}
    finally:
        stop_sandbox(process)


WRONG = {
    "no YAML": ("platform: [", "while parsing"),
    "an unknown key": (PIZZA_POST + "surprise: 1\n", "unknown field `surprise`"),
    "an unknown step": (PIZZA_POST.replace("- put:", "- push:"), "a step has exactly one of"),
    "an unknown rule": (PIZZA_POST.replace("- unique:", "- only:"), "a rule has exactly one of"),
    "an unknown scheme": (PIZZA_POST.replace("{headers: {X", "{header: {X"), "a scheme has exactly one of"),
    "a wrong formula": (PIZZA_POST.replace("menus: store.menu", "menus: store."), "cannot be read"),
    "rules that are not there": (PIZZA_POST.replace("rules: menu", "rules: menus"), "rules.menus, which is not there"),
    "auth that is not there": (PIZZA_POST.replace("auth: partner", "auth: owner"), "auth.owner, which is not there"),
    "a wrong request": (PIZZA_POST.replace("PUT /stores", "put stores"), "is no request"),
    "a wrong time": (PIZZA_POST.replace("per: 1m", "per: a minute"), "is no length of time"),
}


@pytest.mark.parametrize("fault", WRONG)
def test_a_wrong_data_file_is_told(tmp_path: Path, fault: str):
    text, said = WRONG[fault]
    path = tmp_path / "pizza_post.yaml"
    path.write_text(text)
    with pytest.raises(DefinitionError) as told:
        read_definition(path)
    assert str(told.value).startswith("pizza_post.yaml: ")
    assert said in str(told.value)


@pytest.mark.parametrize("arguments", [["--data", "."], ["--webhook-url", "nowhere"], ["--port", "99999"]])
def test_what_cannot_be_started_says_so(arguments: list[str], tmp_path: Path):
    ended = subprocess.run(
        [sys.executable, str(REPOSITORY / "cli.py"), "sandbox", "--port", "0", *arguments],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (ended.returncode, ended.stdout) == (1 if arguments[0] == "--data" else 2, "")
    assert "Traceback" not in ended.stderr
    assert "Error" in ended.stderr


def test_a_port_that_is_taken(sandbox_server: SandboxServer):
    port = str(urlsplit(sandbox_server.address).port)
    ended = subprocess.run(
        [sys.executable, "cli.py", "sandbox", "--port", port],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (ended.returncode, ended.stdout) == (1, "")
    assert "Choose another with --port" in ended.stderr


def test_every_platform_that_has_a_mapping_has_a_stand_in():
    assert {path.stem for path in FOLDER.glob("*.yaml")} >= set(mapping_files())
    for path in FOLDER.glob("**/*.json"):
        assert json.loads(path.read_text())["$schema"].endswith("2020-12/schema")


def test_everything_that_data_files_can_say_is_documented():
    text = (REPOSITORY / "docs" / "sandbox.md").read_text()
    own = [name.removeprefix("_func_") for name in vars(functions.Functions) if name.startswith("_func_")]
    words = [*steps.KINDS, *rules.KINDS, *auth.SCHEMES, *faults.KINDS, *own]
    words += [part for _, form, _ in control.ROUTES for part in form.split("/") if part and "{" not in part]
    assert len(words) > 60
    assert [word for word in words if not re.search(rf"\b{word}\b", text)] == []


def test_it_shares_no_code_with_what_it_tests():
    shared = re.compile(r"^\s*(from|import) (pipeline|connectors|cli)\b", re.MULTILINE)
    assert shared.search("import os\nfrom pipeline.money import Money")
    files = sorted((REPOSITORY / "sandbox").glob("*.py"))
    assert len(files) > 20
    assert [path.name for path in files if shared.search(path.read_text())] == []
