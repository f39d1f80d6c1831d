"""Files of the repository that are made by the code: ``python -m pipeline.generated [--check]``."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent

GENERATED: dict[str, str] = {
    "mappings.schema.json": "pipeline.mapping.form.schema:text",
    "docs/mapping-reference.md": "pipeline.mapping.form.reference:text",
    "docs/transforms.md": "pipeline.mapping.transforms.docs:markdown",
    "docs/api.md": "pipeline.api.reference:text",
    "docs/cli.md": "pipeline.cli.reference:reference",
    "docs/deploy.md": "deploy.costs:page",
    "docs/configuration.md": "pipeline.configuration:text",
    "docs/files.md": "pipeline.file_map:text",
    "docs/findings.md": "pipeline.catalogue.page:markdown",
    "docs/operations.md": "pipeline.alerts:page",
    "deploy/template.yaml": "pipeline.cloudwatch:template",
    "deploy/prometheus/alerts.yaml": "pipeline.alerts:rules",
    "deploy/grafana/menu-sync.json": "pipeline.dashboard:text",
}
"""Each file with the function that gives its text."""


def text_of(name: str) -> str:
    """Give the text that a generated file must have."""
    module, _, function = GENERATED[name].partition(":")
    make: Callable[[], str] = getattr(import_module(module), function)
    return make()


def stale() -> list[str]:
    """Give the names of the files that are missing or are not what the code makes now."""
    return [name for name in GENERATED if _read(REPOSITORY / name) != text_of(name)]


def main(arguments: Sequence[str]) -> int:
    """Write the files that are stale; with ``--check`` only name them, with exit code 1."""
    names = stale()
    if "--check" in arguments:
        for name in names:
            sys.stderr.write(f"{name} is not what the code makes: run `make generated` and commit it.\n")
        return int(bool(names))
    for name in names:
        (REPOSITORY / name).write_text(text_of(name), encoding="utf-8")
        sys.stderr.write(f"Wrote {name}.\n")
    return 0


def _read(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.is_file() else None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
