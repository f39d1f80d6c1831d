"""A compiled mapping as bytes: what a deployment reads in place of YAML, in a hundredth of the time.

An image holds the mapping as it is after compiling, its generated functions as Python's own bytecode.
What is rarely needed, the precise build of a rule whose value failed, is compiled from the YAML then.

An image is code: whoever can write one can run what he likes. It is made by ``python -m pipeline.build``
alone, read from the program's own folder alone, and refused where anything that it was made of differs.
"""

from __future__ import annotations

import hashlib
import importlib.util
import io
import json
import logging
import marshal
import pickle
import sys
from collections.abc import Callable, Mapping
from functools import cached_property, lru_cache
from pathlib import Path
from types import CodeType
from typing import Any

from pipeline.findings import Finding
from pipeline.mapping.code import Code
from pipeline.mapping.compiled import CompiledMapping, compile_file
from pipeline.mapping.compiler.origins import Recording
from pipeline.mapping.compiler.program import FUNCTION, Outcome, Program
from pipeline.mapping.compiler.runtime import MISSING, Run, granted
from pipeline.mapping.compiler.store_settings import store_class
from pipeline.mapping.expressions.scope import settings_record
from pipeline.mapping.transforms.registry import TRANSFORMS, RunFacts, Transform
from pipeline.mapping.types import TEXT

log = logging.getLogger("menu_sync.mappings")
FORMAT = 1
ENDING = ".image"
ENGINE = Path(__file__).resolve().parent.parent
MOST_BYTES = 64 * 1024 * 1024
_MADE_OF = ("mapping", "shaping", "menu.py", "findings.py", "money.py")
_KNOWN = ("pipeline.mapping.", "pipeline.shaping.", "pipeline.findings", "pipeline.menu", "pipeline.money")
_PLAIN = {
    "builtins": {"set", "frozenset", "bytearray", "complex", "dict", "list", "tuple", "str", "int", "type", "object"},
    "collections": {"OrderedDict", "defaultdict"},
    "copyreg": {"_reconstructor"},
    "datetime": {"timedelta"},
    "decimal": {"Decimal"},
    "functools": {"partial"},
    "pathlib": {"PosixPath", "PurePosixPath", "Path"},
    "re": {"_compile"},
    "types": {"MappingProxyType"},
}


class ImageRefused(Exception):
    """An image that must not be used; the text says why, in one sentence."""


# -- making ------------------------------------------------------------------------------------


def make(mapping: CompiledMapping, yaml: Mapping[str, bytes]) -> bytes:
    """Give a mapping's image. ``yaml``: the texts of all mapping files, since one may extend another."""
    mapping.all_findings()  # compiles the conversation, too
    body = _dumped(mapping, [])
    head = {**_made_by(yaml), "platform": mapping.platform, "body": hashlib.sha256(body).hexdigest()}
    return json.dumps(head, sort_keys=True).encode() + b"\n" + body


def _made_by(yaml: Mapping[str, bytes]) -> dict[str, Any]:
    texts = hashlib.sha256()
    for name, text in sorted(yaml.items()):
        texts.update(f"{name}\0{len(text)}\0".encode() + text)
    python = f"{sys.implementation.cache_tag}-{importlib.util.MAGIC_NUMBER.hex()}"
    return {"format": FORMAT, "python": python, "engine": engine_hash(), "mappings": texts.hexdigest()}


@lru_cache(maxsize=1)
def engine_hash() -> str:
    """Give a mark that changes with the code that compiles and runs mappings."""
    found = hashlib.sha256()
    for name in _MADE_OF:
        place = ENGINE / name
        for path in [place] if place.is_file() else sorted(place.rglob("*.py")):
            text = path.read_bytes()
            found.update(f"{path.relative_to(ENGINE)}\0{len(text)}\0".encode() + text)
    return found.hexdigest()


def _dumped(mapping: CompiledMapping, programs: list[Program]) -> bytes:
    """Give a mapping's bytes, and note its programs in the order in which they come."""
    recipes: dict[type, tuple[Callable[..., Any], tuple[Any, ...]]] = {
        mapping.store_class: (store_class, (mapping.document.store_settings,)),
        mapping.environment_class: (
            settings_record,
            ("environment", {name: TEXT for each in mapping.document.environments.values() for name in each}),
        ),
        mapping.conversation.credentials_class: (
            settings_record,
            ("credentials", dict.fromkeys(mapping.document.credentials, TEXT.optional())),
        ),
    }
    origin = Origin(mapping.platform)

    class Pickler(pickle.Pickler):
        def reducer_override(self, value: Any) -> Any:
            if isinstance(value, Program):
                programs.append(value)
                return _reduced(value, len(programs) - 1, origin)
            if value is MISSING:
                return _missing, ()
            if isinstance(value, Transform):
                return _transform, (value.name,)
            if isinstance(value, type) and value in recipes:
                return recipes[value]
            return NotImplemented

    target = io.BytesIO()
    Pickler(target, 5).dump(mapping)
    return target.getvalue()


def _reduced(program: Program, number: int, origin: Origin) -> Any:
    generator = program._fast.generator  # noqa: SLF001 - an image is a program's other form
    code = marshal.dumps(generator.code.compile(program.filename))
    shown = (generator.code.globals, tuple(generator.code.files), generator.sites, program.made.plain)
    return ProgramImage, (program.filename, code, *shown, number, origin)


def _missing() -> Any:
    return MISSING


def _transform(name: str) -> Transform:
    return TRANSFORMS[name]


# -- reading -----------------------------------------------------------------------------------


class Origin:
    """Where a mapping's YAML lies, for what is compiled only when it is needed."""

    def __init__(self, platform: str) -> None:
        self.platform = platform
        self.file: Path | None = None

    @cached_property
    def programs(self) -> list[Program]:
        """Every program of the mapping, compiled anew, in the image's order."""
        assert self.file is not None
        mapping, _ = compile_file(self.file)
        assert mapping is not None
        mapping.all_findings()
        programs: list[Program] = []
        _dumped(mapping, programs)
        return programs


class MadeImage:
    """What is kept of all that a program makes."""

    def __init__(self, *, plain: bool) -> None:
        self.plain = plain


class ProgramImage:
    """A program read from an image; stands where a :class:`~pipeline.mapping.compiler.program.Program` does."""

    def __init__(
        self, filename: str, code: bytes, constants: dict[str, Any], files: tuple[str, ...],
        sites: list[Any], plain: bool, number: int, origin: Origin,
    ) -> None:  # fmt: skip
        self.filename = filename
        self.made = MadeImage(plain=plain)
        self.problems: list[Any] = []
        self._bytes = code
        self._constants = constants
        self._code = Code()
        self._code.files = list(files)
        self._sites = sites
        self._number = number
        self._origin = origin

    @cached_property
    def _function(self) -> Callable[[Mapping[str, Any], Run], Any]:
        code: CodeType = marshal.loads(self._bytes)  # noqa: S302 - of the program's own image
        namespace = dict(self._constants)
        exec(code, namespace)  # noqa: S102 - what Code.run made of this mapping
        function: Callable[[Mapping[str, Any], Run], Any] = namespace[FUNCTION]
        return function

    @property
    def whole(self) -> Program:
        """The program itself, compiled from the YAML."""
        return self._origin.programs[self._number]

    def ready(self) -> bool:
        """Read the function now rather than at the first run."""
        return callable(self._function)

    def source(self) -> str:
        """Give the generated Python."""
        return self.whole.source()

    def run(self, names: Mapping[str, Any], facts: RunFacts) -> Outcome:
        """Run the function; where a value fails, the whole program tells which."""
        run = Run(facts, self._code, self.filename, self._sites, spent=-granted(names))
        try:
            return Outcome(self._function(names, run), tuple(run.findings))
        except Exception:  # noqa: BLE001 - any failure of a value: the precise build tells which
            return self.whole.run(names, facts)

    def record(self, names: Mapping[str, Any], facts: RunFacts) -> tuple[Any, Recording]:
        """Make the value once more and note where each field came from."""
        return self.whole.record(names, facts)


class _Unpickler(pickle.Unpickler):
    """Makes values of the mapping engine alone."""

    origin: Origin | None = None

    def find_class(self, module: str, name: str) -> Any:
        if module.startswith(_KNOWN) or name in _PLAIN.get(module, ()):
            return super().find_class(module, name)
        raise ImageRefused(f"The image asks for {module[:60]}.{name[:60]}, which no mapping is made of.")


def read(data: bytes, yaml: Mapping[str, bytes], file: Path) -> CompiledMapping:
    """Read an image; ``file`` is the mapping's YAML. Raises ImageRefused."""
    first, _, body = data.partition(b"\n")
    try:
        head = json.loads(first)
        wanted = {**_made_by(yaml), "platform": file.stem, "body": hashlib.sha256(body).hexdigest()}
        differing = [name for name, value in wanted.items() if head.get(name) != value]
    except (ValueError, AttributeError):
        raise ImageRefused("The image's head cannot be read.") from None
    if differing:
        raise ImageRefused(f"The image was made of something else ({', '.join(differing)}): build it again.")
    try:
        mapping = _Unpickler(io.BytesIO(body)).load()
    except ImageRefused:
        raise
    except Exception as error:  # noqa: BLE001 - whatever a damaged image does
        raise ImageRefused(f"The image cannot be read ({type(error).__name__}): build it again.") from None
    if not isinstance(mapping, CompiledMapping):
        raise ImageRefused("The image holds no mapping.")
    program: Any = mapping.payload
    program._origin.file = file  # noqa: SLF001 - one for all programs of the image
    mapping.schema_file = mapping.document.schema_file(file.parent)
    return mapping


def read_beside(file: Path) -> CompiledMapping | None:
    """Read the image of a mapping file from ``compiled/`` beside it; None where there is none. Raises ImageRefused."""
    path = file.parent / "compiled" / f"{file.stem}{ENDING}"
    try:
        data = path.read_bytes()
    except OSError:
        return None
    if len(data) > MOST_BYTES:
        raise ImageRefused(f"The image {path.name} is larger than any mapping's.")
    return read(data, yaml_texts(file.parent), file)


def open_mapping(file: Path) -> tuple[CompiledMapping | None, tuple[Finding, ...]]:
    """Give a mapping from its image, or compiled from its YAML where there is no image that fits."""
    try:
        mapping = read_beside(file)
    except ImageRefused as error:
        log.warning("the mapping %s is compiled from its YAML: %s", file.stem, error)
        mapping = None
    return (mapping, mapping.findings) if mapping is not None else compile_file(file)


def yaml_texts(folder: Path) -> dict[str, bytes]:
    """Give the texts of a folder's mapping files by name."""
    return {path.name: path.read_bytes() for path in sorted(folder.glob("*.yaml"))}
