"""Which example files there are, and whose they are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pipeline.examples.form import ExamplesFile, read_examples
from pipeline.findings import Finding
from pipeline.mapping_files import readable

FOLDER = "examples"


@dataclass(frozen=True, slots=True)
class Found:
    """One readable file of examples."""

    path: Path
    file: ExamplesFile


def examples_beside(mappings: Iterable[Path]) -> tuple[list[Found], list[Finding]]:
    """Read every file of examples in ``examples/`` beside some mappings; what is wrong with them is told."""
    found: list[Found] = []
    findings: list[Finding] = []
    for path in dict.fromkeys(file for mapping in mappings for file in _files(mapping)):
        file, told = read_examples(path)
        findings += told
        if file is not None:
            found.append(Found(path, file))
    return found, findings


def _files(mapping: Path) -> Iterator[Path]:
    folder = mapping.parent / FOLDER
    yield from (readable(path) for path in sorted([*folder.glob("*.yaml"), *folder.glob("*.yml")]))
