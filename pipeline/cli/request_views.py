"""The requests that a publish would make, secrets masked: as HTTP, as curl, as JSON. Nobody is asked for anything.

Where an account has no credentials yet, made-up ones stand in their place, so that the form can be seen.
"""

from __future__ import annotations

import base64
import shlex
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from connectors.connector import Connector
from connectors.exchange import Fault, Request
from connectors.limits import LocalLimits
from connectors.requests import FROM_STEP
from connectors.token_keeper import LocalTokens, TokenKeeper
from connectors.transport import HttpTransport
from pipeline.accounts import account_of
from pipeline.mapping.compiled import CompiledMapping
from pipeline.mapping.conversation.steps import CompiledStep
from pipeline.mapping.expressions.scope import ChangedView, ChangesView, HostedView, PreviousView
from pipeline.preview import Preview
from pipeline.settings import load_settings

MOST_TURNS = 20
"""So many turns of a loop are shown."""
SHOWN_BODY = 2_000
"""So many characters of a body are shown to people; JSON holds all of it."""
HOSTED = "https://your-address.example/hosted/…"
PLACEHOLDER = base64.urlsafe_b64encode(b"an example, not a secret").decode().rstrip("=")


def requests_of(mapping: CompiledMapping, made: Preview) -> list[dict[str, Any]]:
    """Give the requests of a first publish, step by step; ``problem`` says why one cannot be made."""
    assert made.shaped is not None
    assert made.facts is not None
    names: dict[str, Any] = {
        **mapping.values(made.shaped.restaurant, made.shaped.menu, made.facts),
        "payload": made.payload,
        "changes": ChangesView([], [], []),
        "changed": ChangedView([], []),
        "previous": PreviousView(None),
        "hosted": HostedView(HOSTED),
        "answer": None,
    }
    facts = mapping.run_facts(made.shaped.restaurant)
    connector = _connector(mapping, made.facts.environment)
    found: list[dict[str, Any]] = []
    for step in mapping.conversation.publish:
        for inner, turn in _turns(step, names, facts):
            found += _shown(connector, inner, turn, facts)
    return found


def requests_text(mapping: CompiledMapping, made: Preview, _: object = None) -> str:
    """Lay the requests out for people."""
    parts = []
    for number, request in enumerate(requests_of(mapping, made), 1):
        head = f"# {number}. {request['step']}"
        if request["problem"]:
            parts.append(f"{head}: {request['problem']}")
            continue
        headers = "\n".join(f"{name}: {value}" for name, value in request["headers"].items())
        body = request["body"]
        if len(body) > SHOWN_BODY:
            body = f"{body[:SHOWN_BODY]}… ({len(request['body']):,} characters)"
        lines = [head, f"{request['method']} {request['url']}", headers]
        parts.append("\n".join([*lines, *(["", body] if body else []), "", f"$ {_short(request)}"]))
    return "\n\n".join(parts) or f"# Nothing would be sent: {_why_nothing(mapping)}"


def _why_nothing(mapping: CompiledMapping) -> str:
    if not mapping.conversation.publish:
        return "the mapping does not say yet how its payload is published (`publish`)."
    return "for this menu, no step under `publish` is to be done."


def _connector(mapping: CompiledMapping, environment: Mapping[str, str]) -> Connector:
    settings, _ = load_settings()
    account = account_of(mapping.document, settings) if settings is not None else None
    known = account.plain_credentials() if account is not None else {}
    forms = mapping.document.credentials
    credentials = {name: known.get(name) or form.example or PLACEHOLDER for name, form in forms.items()}
    return Connector(
        mapping.conversation,
        credentials=credentials,
        environment=account.environment_name if account is not None else "sandbox",
        addresses=environment,
        tokens=TokenKeeper(LocalTokens()),
        limits=LocalLimits(),
        transport=HttpTransport(),
    )


def _turns(step: CompiledStep, names: Mapping[str, Any], facts: Any) -> Iterator[tuple[CompiledStep, dict[str, Any]]]:
    """Give the steps that would be done, with the names of their turns."""
    turns: Sequence[dict[str, Any]] = [{}]
    if step.rows is not None:
        turns = step.rows.turns(names, facts)
        if step.form.batch is not None:
            values = [turn[step.rows.names[-1]] for turn in turns]
            turns = [{"batch": values[at : at + step.form.batch]} for at in range(0, len(values), step.form.batch)]
    for turn in turns[:MOST_TURNS]:
        inner = {**names, **turn}
        if step.form.batch is None and not step.wanted(inner, facts):
            continue
        if step.steps:
            for below in step.steps:
                yield from _turns(below, inner, facts)
        else:
            yield step, inner


def _shown(connector: Connector, step: CompiledStep, names: dict[str, Any], facts: Any) -> list[dict[str, Any]]:
    if step.wait is not None:
        waits = [f"webhook {step.wait.webhook}"] if step.wait.webhook else []
        waits += [f"asks every {step.wait.poll.every}"] if step.wait.poll is not None else []
        return [_problem(step, f"waits for the result, {step.wait.timeout} at most ({', '.join(waits)})")]
    if step.request is None:
        return []
    bodies: list[Any] = [FROM_STEP]
    if step.form.batch is not None and step.rows is None and step.body is not None:
        value = step.body.value(names, facts)
        if isinstance(value, list):
            bodies = [value[at : at + step.form.batch] for at in range(0, len(value), step.form.batch)]
    found = []
    for body in bodies[:MOST_TURNS]:
        request = connector.sketch(step, names, facts, body=body)
        found.append(_problem(step, request.message) if isinstance(request, Fault) else _view(step, request))
    return found


def _view(step: CompiledStep, request: Request) -> dict[str, Any]:
    body = request.body.decode("utf-8", "replace")
    return {
        "step": step.name,
        "method": request.method,
        "url": request.url,
        "headers": dict(request.headers),
        "body": body,
        "curl": _curl(request.method, request.url, request.headers, body),
        "problem": None,
    }


def _problem(step: CompiledStep, message: str) -> dict[str, Any]:
    empty: dict[str, Any] = {"method": None, "url": None, "headers": {}, "body": "", "curl": None}
    return {"step": step.name, **empty, "problem": message}


def _short(request: Mapping[str, Any]) -> str:
    body = "@payload.json" if len(request["body"]) > 200 else request["body"]
    return _curl(request["method"], request["url"], request["headers"], body)


def _curl(method: str, url: str, headers: Mapping[str, str], body: str) -> str:
    parts = ["curl", "-X", method, url]
    for name, value in headers.items():
        if name.lower() != "content-encoding":  # the body is shown unpacked
            parts += ["-H", f"{name}: {value}"]
    parts += ["--data-binary", body] if body else []
    return shlex.join(parts)
