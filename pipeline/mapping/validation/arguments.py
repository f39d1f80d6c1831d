"""Templates that are given at one use what is of another kind than at all others."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator

from pipeline.findings import Finding
from pipeline.mapping.compiled import CompiledMapping
from pipeline.mapping.nodes import Position
from pipeline.mapping.rules.made import MadeArgument
from pipeline.mapping.rules.reader import place

_FORMS = {"text": "one value", "integer": "one value", "decimal": "one value", "boolean": "one value",
          "record": "a record", "list": "a list", "map": "an object"}  # fmt: skip


def argument_findings(mapping: CompiledMapping) -> Iterator[Finding]:
    """Give arguments of another form than those of most uses; what the template makes of them is wrong there only."""
    uses: dict[tuple[str, str], dict[Position, MadeArgument]] = defaultdict(dict)
    for argument in mapping.payload.made.arguments:
        if argument.type.kind in _FORMS:
            uses[argument.template, argument.name].setdefault(argument.position, argument)
    for (template, name), given in uses.items():
        forms = Counter(_FORMS[argument.type.kind] for argument in given.values()).most_common()
        if len(forms) < 2 or forms[0][1] <= len(given) / 2:
            continue
        usual = forms[0][0]
        for position, argument in given.items():
            if _FORMS[argument.type.kind] != usual:
                message = (
                    f"The template `{template}` gets {argument.type} as `{name}` here, and {usual} everywhere else."
                )
                hint = "Name one of its fields." if argument.type.kind == "record" else f"Give it {usual} here, too."
                yield Finding("argument-type", "error", message, hint, place(position))
