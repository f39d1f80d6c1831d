"""The OpenAPI document: whole, described, true (random requests get only answers that it names), and served offline."""

from __future__ import annotations

import json
import re
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

from pipeline.api.app import create_app
from pipeline.api.documentation import FOLDER
from pipeline.api.problems import Problem
from tests.api_world import KEYS, MINE, PLATFORM, World, settings_of, world

DOCUMENT: dict[str, Any] = create_app(lambda: None).openapi()  # type: ignore[arg-type, return-value]
OPERATIONS = [(f"{method.upper()} {path}", operation) for path, methods in DOCUMENT["paths"].items()
              for method, operation in methods.items()]  # fmt: skip
EXAMPLES = 20
PHASES = [Phase.explicit, Phase.generate]
NEGATIVE = schemathesis.GenerationMode.NEGATIVE
MEANING = [positive_data_acceptance, negative_data_rejection]
"""A request of the right form may still name what there is not, such as a platform or a cursor (422); a wrong one is
put right in part, by a key and by ids that exist."""
CHECKS = list(HealthCheck)


@pytest.mark.parametrize(("name", "operation"), OPERATIONS, ids=[name for name, _ in OPERATIONS])
def test_every_route_is_described(name: str, operation: dict[str, Any]):
    assert operation["summary"]
    assert len(operation["description"]) > 10
    assert len(operation["tags"]) == 1
    for parameter in operation.get("parameters", []):
        assert parameter.get("description"), parameter["name"]
        assert parameter["in"] != "path" or parameter["example"], parameter["name"]
    for status, answer in operation["responses"].items():
        assert answer["description"]
        if int(status) >= 400:
            assert list(answer["content"]) == ["application/problem+json"]
            example = Problem.model_validate(answer["content"]["application/problem+json"]["example"])
            assert (example.status, example.title) == (int(status), HTTPStatus(int(status)).phrase)
            assert example.code
    if "/admin/" in name:
        assert operation["security"] == [{"API key": []}]
        assert {"401", "403", "422", "429", "500", "503"} <= set(operation["responses"])


def test_every_reference_leads_somewhere():
    text = str(DOCUMENT)
    wanted = set(re.findall(r"#/components/schemas/([\w-]+)", text))
    assert wanted <= set(DOCUMENT["components"]["schemas"])
    assert {"HTTPValidationError", "ValidationError"} & wanted == set()


def test_the_page_and_its_files_come_from_here(fresh: World):
    page = fresh.get("/docs", "").text
    files = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert {"/docs/swagger-ui.css", "/docs/swagger-ui-bundle.js", "/docs/start.js"} <= set(files)
    for file in files:
        assert file.startswith(("/docs/", "data:"))
        if file.startswith("/"):
            assert fresh.get(file, "").status_code == 200
    assert fresh.get("/openapi.json", "").json() == DOCUMENT
    assert (FOLDER / "LICENSE.txt").read_text().lstrip().startswith("Apache License")
    for outside in ("/docs/../app.py", "/docs/LICENSE.txt", "/docs/%2e%2e%2fapp.py"):
        fresh.problem(fresh.get(outside, ""), 404)


def existing(api: World) -> dict[str, list[str]]:
    """Give path parameters that name something."""
    ids = api.ids[MINE]
    return {
        "restaurant_id": [MINE, "rest_003"],
        "store_id": [f"s-{MINE}"],
        "platform": [PLATFORM, "ubereats"],
        "operation_id": [ids["operation"], ids["failed"], ids["held"]],
        "error_id": [ids["error"]],
        "webhook": ["menu_status"],
    }


@pytest.mark.parametrize("name", [name for name, _ in OPERATIONS])
def test_random_requests_get_what_the_document_names(tmp_path: Path, name: str):
    """No 5xx that is a bug, no answer of a status, type or shape that the document does not have."""
    method, path = name.split(" ")
    configs = settings_of(tmp_path).platform_configs
    configs[PLATFORM]["pull_key"] = KEYS["operator"]
    more = {"API_REQUESTS_PER_MINUTE": "0", "PLATFORM_CONFIGS": json.dumps(configs)}
    with world(tmp_path, **more) as api:
        operation = schemathesis.openapi.from_asgi("/openapi.json", api.app)[path][method]
        known = existing(api)
        headers = {"X-API-Key": KEYS["operator"], "Authorization": KEYS["operator"]}
        seen: set[int] = set()

        @given(case=operation.as_strategy() | operation.as_strategy(generation_mode=NEGATIVE), data=st.data())
        @settings(max_examples=EXAMPLES, deadline=None, derandomize=True, phases=PHASES, suppress_health_check=CHECKS)
        def ask(case: schemathesis.Case, data: st.DataObject) -> None:
            for parameter in case.path_parameters or {}:
                if parameter in known and data.draw(st.integers(0, 5)):
                    case.path_parameters[parameter] = data.draw(st.sampled_from(known[parameter]))
            seen.add(case.call_and_validate(headers=headers, excluded_checks=MEANING).status_code)

        ask()
        assert 500 not in seen
        assert seen - {401} or path.startswith("/webhooks")
