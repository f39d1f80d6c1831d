"""Requests that cannot be sent as they are written, and what a publish forgets to send or to wait for."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import chain
from urllib.parse import urlsplit

from pipeline.findings import Finding
from pipeline.mapping.compiled import CompiledMapping
from pipeline.mapping.form.steps import Outcome, StepForm
from pipeline.mapping.nodes import Node, Position, Scalar, Sequence, Table
from pipeline.mapping.rules.reader import place
from pipeline.mapping.validation.publishing import every_step

_LANES = ("publish", "availability_update", "item_update", "read_menu", "auth")
_LINE = re.compile(r"(?P<method>GET|POST|PUT|PATCH|DELETE) +(?P<address>.+)", re.DOTALL)
_VALUE = re.compile(r"\{[^{}]*\}")
_NO_ADDRESS = re.compile(r"[^!-~]|[#\\]")
_PLACEHOLDER = re.compile(
    r"(?:^|(?<=[/=&?]))(?P<whole>:(?P<name>[a-z]\w*)|<(?P<angle>[a-z]\w*)>"
    r"|(?P<path>(?:store|restaurant|saved|environment|operation|change|item|option)\.[a-z]\w*))(?=[/&?.]|$)"
)
"""A variable as other programs write it in an address, or one that lacks its braces."""
_PAYLOAD = re.compile(r"(?<![\w.'\"])payload(?!\w)")
_HOSTED = re.compile(r"(?<![\w.'\"])hosted\.")


_STEP_KEYS: dict[str, Callable[[Node], bool]] = {
    "success": lambda node: isinstance(node, Sequence) and all(_status(item) for item in node),
    "outcome": lambda node: isinstance(node, Table) and node.get("of") is not None,
    "wait": lambda node: isinstance(node, Table) and node.get("timeout") is not None,
    "limits": lambda node: (
        isinstance(node, Sequence)
        and all(isinstance(item, Table) and item.get("requests") is not None for item in node)
    ),
    "compress": lambda node: isinstance(node, Scalar) and node.value == "gzip",
}
"""Keys of a step, each with what tells its value from a field that a platform calls the same."""


def request_findings(mapping: CompiledMapping) -> Iterator[Finding]:
    """Give what is wrong with the requests and waits of a mapping."""
    document = mapping.document
    hosts = {urlsplit(value).netloc for values in document.environments.values() for value in values.values()}
    for scalar in chain.from_iterable(_requests(document.node.get(lane), "") for lane in _LANES):
        yield from _address(scalar, hosts)
    steps = [*every_step((*document.publish, *document.availability_steps, *document.item_update))]
    for step in steps:
        yield from _waits(step)
        yield from _body(step)
        yield from _slipped_in(step)
        hook = document.webhooks.get(step.wait.webhook or "") if step.wait is not None else None
        if hook is not None and step.wait is not None and step.wait.poll is None:
            yield from _never_done(hook.outcome)
    yield from _too_early(document.publish) if document.pull is None else ()
    yield from _hosting(mapping, steps)
    yield from _unsent(mapping)


def _address(scalar: Scalar, hosts: set[str]) -> Iterator[Finding]:
    match = _LINE.fullmatch(str(scalar.value))
    if match is None:
        return  # told where the mapping's form is read, or chosen by a formula
    address, start = match["address"], match.start("address")
    blank = _VALUE.sub(lambda value: "x" * len(value[0]), address)
    wrong = _NO_ADDRESS.search(blank)
    if wrong is not None:
        what = "A space" if wrong[0].isspace() else f"`{wrong[0]}`"
        message = f"{what} cannot stand in an address."
        yield _told("request-address", "error", scalar.at(start + wrong.start()), message, "Take it out.")
        return
    bare = _PLACEHOLDER.search(blank)
    if bare is not None:
        name = bare["path"] or f"store.{bare['name'] or bare['angle']}"
        message = f"`{bare['whole']}` is sent as these very letters: formulas in an address stand in braces."
        where = scalar.at(start + bare.start("whole"))
        yield _told("request-placeholder", "warning", where, message, f"Write `{{{name}}}`.")
        return
    host = urlsplit(blank).netloc if blank.startswith(("http://", "https://")) else ""
    if host and "x" * len(host) != host and host not in hosts:
        message = f"This request goes to {host}, which is none of the hosts under `environments`."
        hint = "Write the path alone, as /menus: it stands under `base_url`. Put another host under `environments`."
        yield _told("request-host", "warning", scalar.at(start), message, hint)


def _waits(step: StepForm) -> Iterator[Finding]:
    wait = step.wait
    if wait is None:
        return
    if wait.poll is not None and wait.poll.every >= wait.timeout:
        entry = wait.poll.node.entry("every")
        message = f"`{step.step}` stops waiting before it asks for the first time."
        hint = "Let `every` be shorter than `timeout`."
        yield _told("wait-too-short", "warning", entry.position if entry else step.position, message, hint)
    yield from _never_done(step.outcome)


def _too_early(steps: tuple[StepForm, ...]) -> Iterator[Finding]:
    """A publish that begins with a wait: nothing was sent whose result could come."""
    if steps and steps[0].wait is not None and not (steps[0].request or steps[0].steps or steps[0].host):
        message = f"`{steps[0].step}` waits before anything is sent, so that no result can come."
        hint = "Move it behind the step whose result it waits for."
        yield _told("wait-too-early", "warning", steps[0].position, message, hint)


def _never_done(outcome: Outcome | None) -> Iterator[Finding]:
    if outcome is None or outcome.done:
        return
    message = "No word of the answer means that it is done, so that the wait never ends well."
    hint = "Add `done: […]` with the platform's words for it."
    yield _told("outcome-never-done", "warning", outcome.position, message, hint)


def _body(step: StepForm) -> Iterator[Finding]:
    written = step.request.value if isinstance(step.request, Scalar) else ""
    if step.body is not None and str(written).startswith("GET "):
        entry = step.node.entry("body")
        message = "A GET request carries no body, so this is not read."
        hint = "Send it with POST, PUT or PATCH, or put the values into `query`."
        yield _told("request-body", "warning", entry.position if entry else step.position, message, hint)


def _slipped_in(step: StepForm) -> Iterator[Finding]:
    """What belongs to a step and stands in its body, because its line is indented too far."""
    for entry in step.body if isinstance(step.body, Table) else ():
        if entry.key in _STEP_KEYS and step.node.get(entry.key) is None and _STEP_KEYS[entry.key](entry.value):
            message = f"`{entry.key}` is sent as a field of the body here, and looks like a key of the step."
            hint = f"Let it start in the same column as the `body` of `{step.step}`."
            yield _told("misplaced-key", "error", entry.position, message, hint)


def _hosting(mapping: CompiledMapping, steps: list[StepForm]) -> Iterator[Finding]:
    """An address of a hosted document that there is not, and a document whose address nobody is told."""
    root = mapping.document.node
    hosted = [step for step in steps if step.host is not None]
    named = [
        (scalar, match.start())
        for lane in _LANES
        for scalar in _scalars(root.get(lane))
        if (match := _HOSTED.search(str(scalar.value)))
    ]
    for scalar, start in named if not hosted else ():
        message = "No step hosts a document, so `hosted.url` never has a value."
        hint = "Add `host: {body: = payload, valid: 1h}` to this step."
        yield _told("hosted-missing", "error", scalar.at(start), message, hint)
    for step in hosted if not named else ():
        entry = step.node.entry("host")
        message = f"`{step.step}` hosts a document, and no request tells the platform its address."
        hint = "Send `= hosted.url` in the body, or `{hosted.url}` in the request."
        yield _told("hosted-unused", "warning", entry.position if entry else step.position, message, hint)


def _unsent(mapping: CompiledMapping) -> Iterator[Finding]:
    """A publish that sends something, but never the payload."""
    root = mapping.document.node
    entry = root.entry("publish")
    if entry is None or not mapping.document.publish:
        return
    said = chain(_scalars(entry.value), _scalars(root.get("pull")))
    if not any(_PAYLOAD.search(scalar.value) for scalar in said if isinstance(scalar.value, str)):
        message = "No step of `publish` sends the payload."
        yield _told("payload-not-sent", "warning", entry.position, message, "Write `body: = payload` at its step.")


def _requests(node: Node | None, key: str) -> Iterator[Scalar]:
    """Give what is written below the keys `request`: a line, or the lines of a choice."""
    if isinstance(node, Scalar):
        if key == "request" and isinstance(node.value, str):
            yield node
    elif isinstance(node, Sequence):
        for item in node:
            yield from _requests(item, key)
    else:
        for entry in node or ():
            yield from _requests(entry.value, "request" if "request" in (key, entry.key) else entry.key)


def _scalars(node: Node | None) -> Iterator[Scalar]:
    if isinstance(node, Scalar):
        yield node
    elif isinstance(node, Sequence):
        for item in node:
            yield from _scalars(item)
    else:
        for entry in node or ():
            yield from _scalars(entry.value)


def _status(node: Node) -> bool:
    return isinstance(node, Scalar) and re.fullmatch(r"[1-5](\d\d|xx)", str(node.value)) is not None


def _told(code: str, severity: str, position: Position, message: str, hint: str) -> Finding:
    return Finding(code, "error" if severity == "error" else "warning", message, hint, place(position))
