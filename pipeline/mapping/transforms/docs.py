"""The page of transforms, made of the registry: ``python -m pipeline.mapping.transforms.docs``."""

from __future__ import annotations

import sys
from typing import Any

from pipeline import json_text
from pipeline.mapping.transforms.registry import TRANSFORMS, Example, Transform

FILE_NAME = "docs/transforms.md"

_CHAPTERS = {
    "text": "Text",
    "html": "Text",
    "numbers": "Numbers and money",
    "choice": "Choice and lists",
    "time": "Time",
    "identity": "Ids",
    "json": "JSON",
}
"""Each module of transforms with its chapter, in the page's order."""

_HEAD = """\
# Transforms

Made from the program's own tables; not edited by hand.

A transform changes a value on its way into the payload. One without an argument can stand behind a formula:
`name: = item.name -> strip`. One with an argument stands in `$transform`, or in a chain under `transforms:` that a
formula names:

```yaml
transforms:
  name: [collapse_spaces, {truncate: 500}]
```

A null passes by. A list is treated element by element; the transforms marked *whole list* take it as one value.
What a transform cannot take is an error that names the dish, the mapping's line and the value.
"""


def markdown() -> str:
    """Give the page."""
    lines = [_HEAD, "| transform | what it does |", "| --- | --- |"]
    lines += [f"| [`{name}`](#{name}) | {_cell(TRANSFORMS[name].doc)} |" for name in sorted(TRANSFORMS)]
    for chapter in dict.fromkeys(_CHAPTERS.values()):
        lines += ["", f"## {chapter}"]
        for module, title in _CHAPTERS.items():
            if title == chapter:
                lines += [line for transform in _of_module(module) for line in _section(transform)]
    return "\n".join(lines) + "\n"


def _of_module(module: str) -> list[Transform]:
    return [known for known in TRANSFORMS.values() if known.make.__module__.rpartition(".")[2] == module]


def _section(transform: Transform) -> list[str]:
    whole = " (whole list)" if transform.whole_list else ""
    lines = ["", f"### {transform.name}", "", f"{transform.doc} Takes {transform.takes_words}{whole}."]
    if transform.parameters:
        lines.append("")
    for place, parameter in enumerate(transform.parameters):
        alone = ", may be written alone" if place == 0 and len(transform.parameters) > 1 else ""
        default = "needed" if parameter.required else _default(parameter.default)
        lines.append(f"- `{parameter.name}`: {parameter.doc}. Takes {parameter.kind.words}; {default}{alone}.")
    lines += ["", "| value | written | result |", "| --- | --- | --- |"]
    lines += [f"| {_code(e.value)} | {_written(transform, e)} | {_code(e.result)} |" for e in transform.examples]
    return lines


def _default(value: Any) -> str:
    return "may be left out" if value in (None, "") else f"{_code(value)} if left out"


def _written(transform: Transform, example: Example) -> str:
    if example.argument is None:
        return f"`{transform.name}`"
    return f"`{{{transform.name}: {_cell(_yaml(example.argument))}}}`"


def _yaml(value: Any) -> str:
    """Write an argument as YAML on one line; JSON is YAML, and plain words need no quotes."""
    if isinstance(value, str) and value.replace("_", "").isalpha():
        return value
    if isinstance(value, dict):
        return f"{{{', '.join(f'{_yaml(key)}: {_yaml(entry)}' for key, entry in value.items())}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(_yaml(entry) for entry in value)}]"
    return json_text.encode(value).decode()


def _code(value: Any) -> str:
    return f"`{_cell(json_text.encode(value).decode())}`"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


if __name__ == "__main__":
    sys.stdout.write(markdown())
