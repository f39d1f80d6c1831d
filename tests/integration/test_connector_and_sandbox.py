"""The shipped mappings' requests, sent to the sandbox, which checks signatures, tokens and payloads."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from connectors.connector import Connector, StepResult
from connectors.limits import LocalLimits
from connectors.token_keeper import LocalTokens, TokenKeeper
from connectors.transport import HttpTransport
from pipeline.mapping.compiled import CompiledMapping, compile_file
from pipeline.preview import preview
from pipeline.reading import read_file
from tests.servers.sandbox import SandboxServer, sandbox_process, sandbox_server  # noqa: F401
from tests.shared_files import EXAMPLE_MENUS, REPOSITORY

PLATFORMS = ("doordash", "grubhub", "ubereats")


def published(name: str, server: SandboxServer, **wrong: str) -> tuple[StepResult, CompiledMapping]:
    """Send the first step of a platform's publish."""
    compiled, findings = compile_file(REPOSITORY / "mappings" / f"{name}.yaml")
    assert compiled is not None, findings
    config = server.configs[name]
    store = config["stores"]["rest_001"]
    menu = read_file(EXAMPLE_MENUS / "us-dominos-4336.json").menu
    assert menu is not None
    made = preview(compiled, menu, store=store)
    assert made.publishable, [str(finding) for finding in made.findings]
    assert made.shaped is not None
    assert made.facts is not None
    known: dict[str, Any] = compiled.values(made.shaped.restaurant, made.shaped.menu, made.facts)
    known["payload"] = made.payload
    declared = compiled.document.environments["sandbox"]
    addresses = {key: str(config.get(key, value)) for key, value in declared.items()}
    credentials = {key: str(config[key]) for key in compiled.document.credentials if key in config} | wrong

    async def work() -> StepResult:
        async with HttpTransport() as transport:
            connector = Connector(
                compiled.conversation,
                credentials=credentials,
                environment="sandbox",
                addresses=addresses,
                tokens=TokenKeeper(LocalTokens()),
                limits=LocalLimits(),
                transport=transport,
            )
            step = compiled.conversation.publish[0]
            return await connector.send(step, known, compiled.run_facts(made.shaped.restaurant))

    return asyncio.run(work()), compiled


@pytest.mark.parametrize("name", PLATFORMS)
def test_a_menu_is_taken(name: str, sandbox_server: SandboxServer) -> None:  # noqa: F811
    result, _ = published(name, sandbox_server)
    assert result.verdict.action == "done", (result.verdict, result.exchange)


WRONG = {
    "doordash": {"signing_secret": "d3Jvbmctc2VjcmV0LW9mLXRoZS1rZXktMTIzNDU2"},
    "grubhub": {"secret_key": "wrong"},
    "ubereats": {"client_secret": "wrong"},
}


@pytest.mark.parametrize("name", PLATFORMS)
def test_wrong_credentials_mean_reconnect(name: str, sandbox_server: SandboxServer) -> None:  # noqa: F811
    result, _ = published(name, sandbox_server, **WRONG[name])
    assert result.verdict.action == "reconnect", result.verdict
