"""The deployment package alone: what it holds, what a handler imports of it, what a missing part looks like."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from pipeline import build
from tests.integration.functions.chain import Chain, batch, message
from tests.platforms import PLATFORMS
from tests.servers.lambda_runtime import FunctionError, LambdaFunction

HANDLERS = ("events", "work", "sweep", "api")
HEAVY = (
    "pydantic",
    "fastapi",
    "starlette",
    "httpx2",
    "yaml",
    "jsonschema_rs",
    "opentelemetry",
)
NEVER = (
    "click",
    "rich",
    "uvicorn",
    "sandbox",
    "pipeline.cli",
    "pipeline.drafting",
    "httpx",
    "hypothesis",
    "pytest",
    "boto3",
)
PATHS = "import json, sys; sys.path[:] = [each for each in sys.path if 'site-packages' not in each] + [sys.argv[1]]; "


def modules_after(folder: Path, statement: str, **environment: str) -> set[str]:
    """Give the modules that a process has after a statement; it sees the package and the standard library alone."""
    code = f"{PATHS}{statement}; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run(
        [sys._base_executable, "-I", "-S", "-c", code, str(folder)],  # type: ignore[attr-defined]
        env={"AWS_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", **environment},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2_000:]
    return set(json.loads(done.stdout.splitlines()[-1]))


def among(modules: set[str], names: tuple[str, ...]) -> list[str]:
    return sorted(name for name in names if any(each == name or each.startswith(f"{name}.") for each in modules))


@pytest.mark.parametrize("name", HANDLERS)
def test_a_start_imports_the_databases_client_and_nothing_heavy(package_folder: Path, name: str) -> None:
    modules = modules_after(package_folder, f"import handlers.{name}", SYNC_STORE="dynamodb")
    assert "botocore.client" in modules
    assert among(modules, (*HEAVY, *NEVER)) == []
    assert [each for each in modules if each.startswith(("pipeline.mapping", "pipeline.sync", "connectors"))] == []


def test_what_is_imported_is_seen(package_folder: Path) -> None:
    assert among(modules_after(package_folder, "import pydantic, yaml"), HEAVY) == ["pydantic", "yaml"]


@pytest.mark.parametrize(
    ("name", "document"),
    [
        ("events", {"Records": [{"messageId": "m-1", "body": '{"eventType": "MenuUpdated", "restaurantId": "r-1"}'}]}),
        ("work", {"Records": [{"messageId": "m-1", "body": '{"operation_id": "op_none"}'}]}),
        ("sweep", {}),
    ],
)
def test_a_first_invocation_imports_no_web_framework_and_no_command_line(
    package_folder: Path, tmp_path: Path, name: str, document: dict[str, Any]
) -> None:
    call = f"import handlers.{name} as h; h.handler({document!r})"
    modules = modules_after(package_folder, call, SYNC_DATABASE=str(tmp_path / "sync.db"))
    assert "pipeline.sync.engine" in modules
    assert among(modules, ("fastapi", "starlette", "mangum", "opentelemetry", *NEVER)) == []


def test_the_package_has_bytecode_that_fits_and_no_leftovers(package_zip: Path, package_folder: Path) -> None:
    tag = sys.implementation.cache_tag
    sources = [path for path in package_folder.rglob("*.py") if "__pycache__" not in path.parts]
    assert len(sources) > 500
    for path in sources:
        assert (path.parent / "__pycache__" / f"{path.stem}.{tag}.pyc").is_file(), path
    unchecked = (package_folder / "handlers" / "__pycache__" / f"events.{tag}.pyc").read_bytes()[4]
    assert unchecked == 1, "by hash, unchecked: a zip keeps no exact times"
    services = {path.name for path in (package_folder / "botocore" / "data").iterdir() if path.is_dir()}
    assert {"dynamodb", "s3", "sqs", "secretsmanager"} <= services
    assert len(services) < 8
    with zipfile.ZipFile(package_zip) as archive:
        names = set(archive.namelist())
    assert {f"mappings/compiled/{platform}.image" for platform in PLATFORMS} <= names
    assert not {name for name in names if name.startswith(("tests/", "sandbox/", "mappings/examples", "pipeline/cli/"))}
    assert sum(path.stat().st_size for path in package_folder.rglob("*") if path.is_file()) < 250 * 1024 * 1024


def test_a_package_for_lambda_is_made_by_lambdas_python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build.sys, "version_info", (3, 99, 1))
    with pytest.raises(
        build.BuildFailed, match=r"functions on Python 3\.\d+, and this is Python 3\.99, .*PYTHON=python3"
    ):
        build.package(tmp_path / "lambda", "x86_64")
    assert list(tmp_path.iterdir()) == []


def test_mappings_are_read_from_their_images(chain: Chain) -> None:
    assert chain.events.invoke(batch(message(1, "rest_001"))) == {"batchItemFailures": []}
    assert "compiled from its YAML" not in chain.events.text()


def test_a_missing_dependency_shows(package_folder: Path, lambda_client: Path, tmp_path: Path) -> None:
    lacking = tmp_path / "package"
    shutil.copytree(package_folder, lacking, ignore=lambda folder, names: {"msgspec"} & set(names))
    environment = {"SYNC_STORE": "dynamodb"}
    function = LambdaFunction("handlers.events.handler", lacking, lambda_client, environment, tmp_path / "log")
    try:
        with pytest.raises(FunctionError, match="No module named 'msgspec'"):
            function.invoke({})
    finally:
        function.close()


def test_settings_that_cannot_be_meant_are_told(package_folder: Path, lambda_client: Path, tmp_path: Path) -> None:
    environment = {"EVENT_PAUSE": "soon", "SYNC_DATABASE": str(tmp_path / "sync.db")}
    function = LambdaFunction("handlers.events.handler", package_folder, lambda_client, environment, tmp_path / "log")
    try:
        with pytest.raises(FunctionError, match=r"NotConfigured: .*EVENT_PAUSE"):
            function.invoke({})
    finally:
        function.close()


def test_the_api_answers(chain: Chain) -> None:
    def get(path: str, **headers: str) -> tuple[int, Any]:
        answer = chain.api.invoke({
            "version": "2.0", "rawPath": path, "rawQueryString": "", "headers": headers, "isBase64Encoded": False,
            "requestContext": {"http": {"method": "GET", "path": path, "sourceIp": "127.0.0.1"}},
        })  # fmt: skip
        return answer["statusCode"], json.loads(answer["body"])

    assert get("/health")[0] == 200
    assert get("/ready")[0] == 200
    assert get("/admin/sync-status/rest_001")[0] == 401
    status, found = get("/admin/sync-status/rest_001", **{"x-api-key": "a-key-for-tests"})
    assert (status, found["restaurant_id"]) == (200, "rest_001")


def test_a_single_event_that_is_none_is_never_answered_as_success(chain: Chain) -> None:
    single = {"source": "menu.service", "detail-type": "MenuUpdated", "detail": {"eventType": "menu_updated"}}
    with pytest.raises(FunctionError, match="EventNotTaken: The event names no restaurant"):
        chain.events.invoke(single)
    single["detail"] = {"eventType": "menu_updated", "restaurantId": "rest_001"}
    assert chain.events.invoke(single) == {"batchItemFailures": []}
