"""Names that one part of a mapping says and another part gives: steps, webhooks, templates, tables, chains.

Names inside formulas are checked where formulas are typed; here are those that the form itself holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from pipeline.mapping.form.kind import (
    Reader,
    is_formula,
    some,
    text_of,
)
from pipeline.mapping.nodes import Entry, Node, Position, Sequence, Table
from pipeline.mapping.transforms.registry import TRANSFORMS

if TYPE_CHECKING:
    from pipeline.mapping.form.document import Mapping
    from pipeline.mapping.form.steps import StepForm


def check_references(mapping: Mapping, reader: Reader) -> None:
    """Report every name that nothing in the mapping gives."""
    _steps(mapping, reader)
    _actions(mapping, reader)
    _environments(mapping, reader)
    _chains(mapping, reader)
    for node in rule_nodes(mapping):
        _templates_and_tables(node, mapping, reader)


def all_steps(steps: Iterable[StepForm]) -> Iterator[StepForm]:
    """Go through steps and the steps inside them."""
    for step in steps:
        yield step
        yield from all_steps(step.steps)


def sections_of_steps(mapping: Mapping) -> dict[str, list[StepForm]]:
    """Give every section's steps, with those inside them."""
    sections = {
        "publish": mapping.publish,
        "availability_update": mapping.availability_steps,
        "item_update": mapping.item_update,
        "read_menu": mapping.read_menu.steps if mapping.read_menu else (),
    }
    return {name: list(all_steps(steps)) for name, steps in sections.items()}


def rule_nodes(mapping: Mapping) -> Iterator[Node]:
    """Give the nodes in which rules stand."""
    # Chains hold transforms with their arguments, which are rules, too.
    yield mapping.payload
    yield from mapping.templates.values()
    yield from mapping.transforms.values()
    for part in (mapping.let, mapping.node.get("auth"), mapping.node.get("publish"), mapping.node.get("webhooks")):
        if part is not None:
            yield part
    for section in ("availability_update", "item_update", "pull", "read_menu"):
        part = mapping.node.get(section)
        if part is not None:
            yield part


def entries_below(node: Node) -> Iterator[Entry]:
    """Go through all keys below a node."""
    if isinstance(node, Table):
        for entry in node:
            yield entry
            yield from entries_below(entry.value)
    elif isinstance(node, Sequence):
        for item in node:
            yield from entries_below(item)


def _steps(mapping: Mapping, reader: Reader) -> None:
    for section, steps in sections_of_steps(mapping).items():
        seen: dict[str, Position] = {}
        for step in steps:
            where = _position_of(step.node, "step")
            if step.step in seen:
                message = f"Two steps of `{section}` are called `{step.step}`."
                hint = f"The first one stands in line {seen[step.step].line}; give each its own name."
                reader.problem("step-twice", where, message, hint)
            seen.setdefault(step.step, where)
            if step.wait is not None and step.wait.webhook is not None and step.wait.webhook not in mapping.webhooks:
                message = f"There is no webhook `{step.wait.webhook}` to wait for."
                hint = reader.near(step.wait.webhook, mapping.webhooks, "Describe it under `webhooks`.")
                reader.problem("unknown-webhook", _position_of(step.wait.node, "webhook"), message, hint)


def _actions(mapping: Mapping, reader: Reader) -> None:
    sections = sections_of_steps(mapping)
    steps = {step.step for section in sections.values() for step in section}
    saved = {name for section in sections.values() for step in section for name in (*step.save, *step.add)}
    saved |= {name for webhook in mapping.webhooks.values() for name in webhook.save}
    for rule in mapping.errors:
        name = rule.do.argument
        if rule.do.word == "run" and name not in steps:
            hint = reader.near(str(name), steps, f"Steps are {some(steps)}." if steps else "")
            reader.problem("unknown-step", rule.do.node.position, f"There is no step `{name}` to run.", hint)
        if rule.do.word == "forget" and name not in saved:
            message = f"Nothing saves `{name}`, so it cannot be forgotten."
            hint = reader.near(str(name), saved, f"Saved are {some(saved)}." if saved else "")
            reader.problem("unknown-saved", rule.do.node.position, message, hint)


def _environments(mapping: Mapping, reader: Reader) -> None:
    table = mapping.node.get("environments")
    names = {name for values in mapping.environments.values() for name in values} - {"base_url"}
    for environment, values in mapping.environments.items():
        missing = sorted(names - values.keys())
        written = table.get(environment) if isinstance(table, Table) else None
        # A value that was refused is missing here, too; it has been told already.
        missing = [name for name in missing if not (isinstance(written, Table) and written.get(name))]
        if missing and written is not None:
            message = f"The environment `{environment}` lacks {some(missing)}, which another one has."
            reader.problem(
                "environment-incomplete", written.position, message, "Add it, or a formula has no value there."
            )


def _chains(mapping: Mapping, reader: Reader) -> None:
    section = mapping.node.get("transforms")
    if not isinstance(section, Table):
        return
    endless = _in_circles({name: set(_calls(chain)) for name, chain in mapping.chains.items()})
    for entry in section:
        name = entry.key
        if name in TRANSFORMS:
            message = f"A chain cannot be called `{name}`, because a transform has that name."
            reader.problem("chain-is-transform", entry.position, message, f"Call it `{name}_text`, say.")
        elif name in endless:
            message = f"The chain `{name}` uses itself, so it would never end."
            reader.problem("chain-recursive", entry.position, message, "A chain can use transforms and other chains.")


def _in_circles(uses: dict[str, set[str]]) -> set[str]:
    """Give the names that lie on a circle of uses (or between two): what neither begins nor ends a path."""
    used_by: dict[str, set[str]] = {name: set() for name in uses}
    for name, used in uses.items():
        for other in used & uses.keys():
            used_by[other].add(name)
    left = set(uses)
    for forward, back in ((uses, used_by), (used_by, uses)):
        open_ends = {name: len(forward[name] & left) for name in left}
        done = [name for name, count in open_ends.items() if count == 0]
        while done:
            name = done.pop()
            left.discard(name)
            for other in back[name] & left:
                open_ends[other] -= 1
                if open_ends[other] == 0:
                    done.append(other)
    return left


def _calls(chain: Sequence) -> Iterator[str]:
    for item in chain:
        if isinstance(item, Table) and item.entries:
            yield item.entries[0].key
        elif (text := text_of(item)) is not None:
            yield text


def _templates_and_tables(root: Node, mapping: Mapping, reader: Reader) -> None:
    if isinstance(root, Sequence):  # a named chain stands in a list of its own
        for item in root:
            _lookup(item, mapping, reader)
    for entry in entries_below(root):
        if entry.key == "$use":
            name = text_of(entry.value)
            if name is not None and name not in mapping.templates:
                hint = reader.near(name, mapping.templates, "Describe it under `templates`.")
                reader.problem("unknown-template", entry.value.position, f"There is no template `{name[:60]}`.", hint)
        elif entry.key == "$transform" and isinstance(entry.value, Sequence):
            for item in entry.value:
                _lookup(item, mapping, reader)


def _lookup(call: Node, mapping: Mapping, reader: Reader) -> None:
    if not isinstance(call, Table) or call.get("lookup") is None:
        return
    argument = call.get("lookup")
    table = argument.get("in") if isinstance(argument, Table) else argument
    if table is None or is_formula(table):
        return
    name = text_of(table)
    if name is not None and name not in mapping.tables:
        hint = reader.near(name, mapping.tables, "Write it under `tables`.")
        reader.problem("unknown-table", table.position, f"There is no table `{name[:60]}`.", hint)


def _position_of(node: Node, key: str) -> Position:
    entry = node.entry(key) if isinstance(node, Table) else None
    return entry.position if entry is not None else node.position
