"""Makes the deployment package: ``python -m pipeline.build [--output FOLDER] [--platform NAME]``.

The package is one folder (and the same as a zip) that holds everything a handler imports: this program,
mappings with their images, and the dependencies of ``deploy/requirements.txt`` at the versions of the lock.
botocore is packed too, though Lambda has one: its version there changes without notice and has no bytecode
that fits ours. Of its service descriptions only those of :data:`SERVICES` are kept.
"""

from __future__ import annotations

import argparse
import compileall
import json
import os
import py_compile
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from pipeline.findings import Finding
from pipeline.mapping import image
from pipeline.mapping.compiled import compile_file
from pipeline.mapping_files import mapping_files

REPOSITORY = Path(__file__).resolve().parent.parent
OUTPUT = REPOSITORY / "build" / "lambda"
PROGRAM = ("handlers", "pipeline", "connectors")
LEFT_OUT = ("pipeline/cli", "pipeline/stress", "pipeline/examples", "pipeline/drafting", "pipeline/build.py")
"""Parts that no handler imports."""
SERVICES = frozenset({"dynamodb", "s3", "secretsmanager", "sqs", "sts"})
UNUSED = ("bin", "**/*.dist-info/RECORD", "**/tests", "**/*.pyi", "boto3/data", "boto3/examples")
PLATFORMS = {"x86_64": "x86_64-manylinux_2_28", "arm64": "aarch64-manylinux_2_28", "here": ""}
TIMESTAMP = (1980, 1, 1, 0, 0, 0)


class BuildFailed(Exception):
    """The package cannot be made; the text says why."""


def images(folder: Path) -> dict[str, int]:
    """Write the image of every mapping of a folder into ``compiled/`` below it; gives their sizes.

    Raises BuildFailed where a mapping has an error: what is deployed has to work.
    """
    texts = image.yaml_texts(folder)
    target = folder / "compiled"
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir()
    sizes = {}
    here = Path.cwd()
    os.chdir(folder.parent)  # so that places in findings read as they do in the repository
    try:
        for platform, path in mapping_files(folder).items():
            mapping, findings = compile_file(path.relative_to(folder.parent))
            found = mapping.all_findings() if mapping is not None else findings
            errors = [finding for finding in found if finding.severity == "error"]
            if mapping is None or errors:
                raise BuildFailed(f"The mapping {platform} has errors:\n" + "\n".join(map(_line, errors)))
            data = image.make(mapping, texts)
            (target / f"{platform}{image.ENDING}").write_bytes(data)
            sizes[platform] = len(data)
    finally:
        os.chdir(here)
    return sizes


def _line(finding: Finding) -> str:
    return f"{finding.place}: {finding.message}"


def package(output: Path = OUTPUT, platform: str = "here", repository: Path = REPOSITORY) -> Path:
    """Make the package's folder, and the zip beside it, which is given. Raises BuildFailed."""
    if PLATFORMS[platform]:
        _be_the_runtimes_python(repository)
    output.parent.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(output, ignore_errors=True)
    _install(output, platform, repository)
    for name in PROGRAM:
        shutil.copytree(repository / name, output / name, ignore=_ignored(repository))
    mappings = output / "mappings"
    mappings.mkdir()
    for path in mapping_files(repository / "mappings").values():
        shutil.copy2(path, mappings)
    shutil.copytree(repository / "mappings" / "payloads", mappings / "payloads")
    images(mappings)
    _prune(output)
    # By hash and unchecked: a zip keeps no exact times, and Lambda's folder cannot be written.
    if not compileall.compile_dir(
        output,
        quiet=2,
        workers=2,
        invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
        stripdir=str(output),
    ):
        raise BuildFailed("Some of the package's Python cannot be compiled.")
    return _zip(output)


def _be_the_runtimes_python(repository: Path) -> None:
    """Raise BuildFailed where this is another Python than the template's: what it installs would not fit."""
    text = (repository / "deploy" / "template.yaml").read_text("utf-8")
    wanted, mine = re.search(r"Runtime: python([\d.]+)", text), f"{sys.version_info[0]}.{sys.version_info[1]}"
    if wanted is not None and wanted[1] != mine:
        raise BuildFailed(
            f"deploy/template.yaml runs functions on Python {wanted[1]}, and this is Python {mine}, whose packages do "
            f"not fit. Make .venv by `make clean install PYTHON=python{wanted[1]}`, or change `Runtime` there to "
            f"python{mine}."
        )


def _install(output: Path, platform: str, repository: Path) -> None:
    uv = shutil.which("uv") or str(Path(sys.executable).parent / "uv")
    with tempfile.TemporaryDirectory() as folder:
        pinned = Path(folder) / "pinned.txt"
        _run(
            uv, "pip", "compile", "--quiet", "--no-header", "--no-annotate", "--python", sys.executable,
            "--constraint", str(repository / "requirements.lock"), str(repository / "deploy" / "requirements.txt"),
            "--output-file", str(pinned),
        )  # fmt: skip
        there = ["--python-platform", PLATFORMS[platform]] if PLATFORMS[platform] else []
        _run(
            uv, "pip", "install", "--quiet", "--no-deps", "--only-binary", ":all:", "--link-mode", "copy", *there,
            "--python", sys.executable, "--target", str(output), "--requirement", str(pinned),
        )  # fmt: skip


def _run(*command: str) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own words
    except OSError as error:
        raise BuildFailed(f"{Path(command[0]).name} cannot be started: {error.strerror}. Run `make install`.") from None
    if done.returncode:
        raise BuildFailed(f"{Path(command[0]).name} {command[2]} failed:\n{done.stderr.strip()[-2_000:]}")


def _ignored(repository: Path) -> Callable[[str, list[str]], set[str]]:
    def ignored(folder: str, names: list[str]) -> set[str]:
        here = Path(folder).relative_to(repository)
        return {name for name in names if name == "__pycache__" or str(here / name) in LEFT_OUT}

    return ignored


def _prune(output: Path) -> None:
    for pattern in UNUSED:
        for path in list(output.glob(pattern)):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    for path in (output / "botocore" / "data").iterdir():
        if path.is_dir() and path.name not in SERVICES:
            shutil.rmtree(path)


def _zip(output: Path) -> Path:
    target = output.with_suffix(".zip")
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for path in _files(output):
            entry = zipfile.ZipInfo(str(path.relative_to(output)), TIMESTAMP)
            entry.external_attr = 0o644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, path.read_bytes())
    return target


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file())


def main(arguments: Sequence[str]) -> int:
    """Make the package and tell its size."""
    parser = argparse.ArgumentParser(prog="python -m pipeline.build", description="Makes the deployment package.")
    parser.add_argument("--output", type=Path, default=OUTPUT, help="the folder; the zip lies beside it")
    parser.add_argument("--platform", choices=list(PLATFORMS), default="here", help="where it is to run")
    chosen = parser.parse_args(arguments)
    try:
        archive = package(chosen.output, chosen.platform)
    except BuildFailed as error:
        sys.stderr.write(f"Error: {error}\n")
        return 1
    size = sum(path.stat().st_size for path in _files(chosen.output))
    told = {"folder": str(chosen.output), "bytes": size, "zip": str(archive), "zip_bytes": archive.stat().st_size}
    sys.stdout.write(json.dumps(told) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
