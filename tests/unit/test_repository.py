"""Rules that the whole repository keeps."""

from __future__ import annotations

import ast
import re
import subprocess
import tomllib
from pathlib import Path

import pytest

from pipeline.file_map import sentence_of
from pipeline.generated import stale
from pipeline.mapping_files import mapping_files
from tests.shared_files import REPOSITORY

MAX_LINES = 450
GENERIC_CODE = ("cli.py", "pipeline", "connectors", "sandbox")


def tracked(*patterns: str) -> list[str]:
    """Give the repository's files: what git knows, and what it would add."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *patterns],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode:
        pytest.skip("not a git checkout")
    return sorted(name for name in listed.stdout.splitlines() if (REPOSITORY / name).is_file())


def texts(*patterns: str) -> dict[str, str]:
    """Give the files' texts, without those that are no text."""
    found = {}
    for name in tracked(*patterns):
        try:
            found[name] = (REPOSITORY / name).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
    assert found
    return found


def offences(pattern: re.Pattern[str], files: dict[str, str]) -> list[str]:
    return [
        f"{name}:{number}: {line.strip()[:120]}"
        for name, text in files.items()
        for number, line in enumerate(text.splitlines(), 1)
        if pattern.search(line)
    ]


def platform_words() -> list[str]:
    """Give the platforms' names as they may be written: as the file's name, and as the title's first words."""
    names = list(mapping_files())
    assert len(names) >= 3
    spaced = [re.sub(r"[_-]", " ", name) for name in names]
    titles = [re.search(r"^title: *(.+)$", path.read_text(), re.MULTILINE) for path in mapping_files().values()]
    return sorted({*names, *spaced, *(title[1].strip("'\" ") for title in titles if title)})


def test_no_platform_is_named_in_code():
    pattern = re.compile("|".join(map(re.escape, platform_words())), re.IGNORECASE)
    assert pattern.search("a line about DoorDash")
    assert offences(pattern, texts(*GENERIC_CODE)) == []


def test_no_path_of_one_machine():
    pattern = re.compile(r"(?<![\w.~-])/(work|home|Users|root)/\w")
    assert pattern.search("open('/home/someone/menu.json')")
    files = texts()
    this = str(Path(__file__).relative_to(REPOSITORY))
    assert offences(pattern, {name: text for name, text in files.items() if name != this}) == []


def test_no_package_registry_is_named():
    pattern = re.compile(r"(pypi|pythonhosted|npmjs|yarnpkg|crates)\.(org|com|io)|artifactory|--(extra-)?index-url")
    assert pattern.search("https://files.pythonhosted.org/x")
    files = texts()
    files.pop(str(Path(__file__).relative_to(REPOSITORY)))
    assert offences(pattern, files) == []


def test_no_file_is_too_long_to_read():
    lengths = {name: len(text.splitlines()) for name, text in texts("*.py").items()}
    assert {name: length for name, length in lengths.items() if length > MAX_LINES} == {}


def test_every_public_function_and_class_says_what_it_is_for():
    """A method that only takes another class's place is told of there."""
    without = []
    for name, text in texts("cli.py", "pipeline/*.py", "connectors/*.py", "sandbox/*.py").items():
        without += [f"{name}:{line} {label}" for line, label in undocumented(ast.parse(text))]
    assert without == []


def undocumented(module: ast.Module) -> list[tuple[int, str]]:
    found = []
    for node in module.body:
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) or node.name.startswith("_"):
            continue
        if ast.get_docstring(node) is None:
            found.append((node.lineno, node.name))
        if isinstance(node, ast.ClassDef) and not node.bases:
            found += [
                (inner.lineno, f"{node.name}.{inner.name}")
                for inner in node.body
                if isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef)
                and not inner.name.startswith("_")
                and ast.get_docstring(inner) is None
            ]
    return found


def test_what_is_undocumented_is_found():
    source = "class A:\n    'x'\n    def f(self): ...\ndef _g(): ...\ndef h(): ...\n"
    assert undocumented(ast.parse(source)) == [(3, "A.f"), (5, "h")]


def test_the_architecture_names_every_package_and_module_at_its_place():
    """The files below that are listed in ``docs/files.md`` by what they say of themselves."""
    page = (REPOSITORY / "docs" / "architecture.md").read_text()
    files = [Path(name) for name in tracked("*.py") if not name.startswith("tests/")]
    places = {f"`{path.parent.as_posix()}/`" for path in files if len(path.parts) > 1 and path.parts[0] != "pipeline"}
    places |= {f"`{path.parent.as_posix()}/`" for path in files if len(path.parts) == 3 and path.parts[0] == "pipeline"}
    places |= {f"`{path.as_posix()}`" for path in files if path.parent == Path("pipeline")}
    places |= {f"`{path.name}`" for path in files if path.parent == Path("pipeline/mapping")}
    told_together = ("__init__", "`grammar", "connectors/auth/")
    assert {
        place for place in places if place not in page and not any(word in place for word in told_together)
    } == set()


def test_every_module_says_what_it_is():
    named = [name for name in tracked("*.py") if not name.startswith("tests/") and not name.endswith("__init__.py")]
    assert [name for name in named if not sentence_of(REPOSITORY / name)] == []


def test_every_dependency_is_pinned_and_locked():
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    pinned = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    locked = (REPOSITORY / "requirements.lock").read_text().splitlines()
    assert [pin for pin in pinned if "==" not in pin] == []
    assert [line for line in locked if "==" not in line] == []
    assert [pin for pin in pinned if pin not in locked] == []


def test_generated_files_are_what_the_code_makes():
    assert stale() == []
