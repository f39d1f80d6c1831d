"""What is wrong between the steps of a mapping: values that nothing saves, results that nothing brings."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from pipeline.findings import Finding
from pipeline.mapping.compiled import CompiledMapping
from pipeline.mapping.form.steps import StepForm
from pipeline.mapping.nearest import did_you_mean
from pipeline.mapping.nodes import Entry, Node, Position, Scalar, Sequence, Table
from pipeline.mapping.rules.reader import place

_SAVED = re.compile(r"(?<![\w.])saved\.(?P<name>[A-Za-z_]\w*)")
_WHOLE = re.compile(r"(?<![\w.])saved(?![\w.])")


def publishing_findings(mapping: CompiledMapping) -> list[Finding]:
    """Give what a publish would stumble over."""
    return [*_unsaved(mapping), *_unread(mapping), *_unbrought(mapping), *_undeclared(mapping)]


def _unsaved(mapping: CompiledMapping) -> Iterator[Finding]:
    """Names of ``saved`` that no step, webhook or loop ever saves."""
    saved = {entry.key for entry in _kept(mapping)}
    for text, position in _texts(mapping.document.node):
        for match in _SAVED.finditer(text):
            if match["name"] not in saved:
                message = f"Nothing saves `{match['name']}`, so `saved.{match['name']}` never has a value."
                known = f"Saved are: {', '.join(sorted(saved))}." if saved else "No step has a `save`."
                hint = did_you_mean(match["name"], saved, known)
                where = place(position.at(match.start("name")))
                yield Finding("saved-unknown", "error", message, hint, where)


def _unread(mapping: CompiledMapping) -> Iterator[Finding]:
    """Values that are saved and that nothing reads; the menu's id at the platform is shown to people."""
    texts = [text for text, _ in _texts(mapping.document.node)]
    if any(_WHOLE.search(text) for text in texts):
        return
    read = {match["name"] for text in texts for match in _SAVED.finditer(text)}
    for entry in _kept(mapping):
        if entry.key not in read and entry.key not in mapping.names:
            message = f"`{entry.key}` is saved, and nothing reads it."
            hint = f"Take it out, or use it as `saved.{entry.key}`."
            yield Finding("unused-saved", "warning", message, hint, place(entry.position))


def _kept(mapping: CompiledMapping) -> Iterator[Entry]:
    """Give what steps and webhooks save, each with its name."""
    document = mapping.document
    steps = every_step([*document.publish, *document.availability_steps, *document.item_update])
    for node in (*(step.node for step in steps), *(hook.node for hook in document.webhooks.values())):
        for section in (node.get("save"), node.get("add")) if isinstance(node, Table) else ():
            yield from section if isinstance(section, Table) else ()


def _unbrought(mapping: CompiledMapping) -> Iterator[Finding]:
    """Waits whose result nothing brings: a webhook that names no operation, a poll without an outcome."""
    document = mapping.document
    for step in every_step(document.publish):
        if step.wait is None:
            continue
        hook = document.webhooks.get(step.wait.webhook or "")
        if hook is not None and hook.outcome is None:
            message = f"`{step.step}` waits for the webhook `{step.wait.webhook}`, which does not say what it means."
            where = place(_named(mapping, step.wait.webhook, hook.position))
            yield Finding("wait-no-outcome", "error", message, "Give the webhook an `outcome`.", where)
        if hook is not None and hook.operation is None and not hook.store:
            message = (
                f"`{step.step}` waits for the webhook `{step.wait.webhook}`, which names no operation and no store."
            )
            hint = "Give the webhook `operation` or `store`, so that a message finds what waits for it."
            where = place(_named(mapping, step.wait.webhook, hook.position))
            yield Finding("wait-no-operation", "error", message, hint, where)
        if step.wait.poll is not None and step.outcome is None:
            message = f"`{step.step}` asks again and again, and nothing says when it is done."
            yield Finding("wait-no-outcome", "error", message, "Give the step an `outcome`.", place(step.position))


def _named(mapping: CompiledMapping, webhook: str | None, otherwise: Position) -> Position:
    """Give where a webhook's name stands."""
    section = mapping.document.node.get("webhooks")
    entry = section.entry(webhook or "") if isinstance(section, Table) else None
    return entry.position if entry is not None else otherwise


def _undeclared(mapping: CompiledMapping) -> Iterator[Finding]:
    """Webhooks that find their restaurant by a setting which is not declared."""
    known = mapping.document.store_settings
    for hook in mapping.document.webhooks.values():
        section = hook.node.get("store") if isinstance(hook.node, Table) else None
        for entry in section if isinstance(section, Table) else ():
            if entry.key not in known:
                message = f"There is no store setting `{entry.key}` to find the restaurant by."
                hint = did_you_mean(entry.key, known, "Declare it under `store_settings`.")
                yield Finding("webhook-setting-unknown", "error", message, hint, place(entry.position))


def every_step(steps: Iterable[StepForm]) -> Iterator[StepForm]:
    """Give steps and those inside them."""
    for step in steps:
        yield step
        yield from every_step(step.steps)


class _At:
    """A scalar's positions."""

    def __init__(self, scalar: Scalar) -> None:
        self.scalar = scalar

    def at(self, offset: int) -> Position:
        return self.scalar.at(offset)


def _texts(node: Node) -> Iterator[tuple[str, _At]]:
    if isinstance(node, Scalar):
        if isinstance(node.value, str):
            yield node.value, _At(node)
    elif isinstance(node, Sequence):
        for item in node:
            yield from _texts(item)
    elif isinstance(node, Table):
        for entry in node:
            yield from _texts(entry.value)
