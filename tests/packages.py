"""The deployment package, built once per test run, and the parts of a function's process beside it."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pipeline.build import package
from tests.servers.lambda_runtime import runtime_client


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Keep other processes of the test run out."""
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _shared(factory: pytest.TempPathFactory, worker_id: str) -> Path:
    base = factory.getbasetemp()
    return base if worker_id == "master" else base.parent


@pytest.fixture(scope="session")
def package_zip(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """Give the package's zip; its folder lies beside it, unpacked."""
    folder = _shared(tmp_path_factory, worker_id) / "package"
    with _alone(folder.with_suffix(".lock")):
        if not (folder / "lambda.zip").is_file():
            package(folder / "lambda")
    return folder / "lambda.zip"


@pytest.fixture(scope="session")
def package_folder(package_zip: Path) -> Path:
    """Give the package's folder."""
    return package_zip.with_suffix("")


@pytest.fixture(scope="session")
def lambda_client(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with AWS's runtime client alone."""
    return runtime_client(tmp_path_factory.mktemp("runtime_client"))
