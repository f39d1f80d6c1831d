"""The stores that the contract is tested with. One more store is one more entry of ``PLACES``."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pipeline.store.open import open_store
from pipeline.store.protocol import SyncStore
from tests.servers.local_aws import dynamodb_address, new_store_address

NewPlace = Callable[[], str]
"""Gives the address of an empty store that nobody else uses."""


def sqlite_places(folder: Path) -> NewPlace:
    numbers = itertools.count()
    return lambda: f"sqlite:{folder / f'store-{next(numbers)}.db'}"


def dynamodb_places(_folder: Path) -> NewPlace:
    endpoint = dynamodb_address()
    return lambda: new_store_address(endpoint)


PLACES: dict[str, Callable[[Path], NewPlace]] = {"dynamodb": dynamodb_places, "sqlite": sqlite_places}


@pytest.fixture(params=sorted(PLACES))
def new_place(request: pytest.FixtureRequest, tmp_path: Path) -> NewPlace:
    return PLACES[request.param](tmp_path)


@pytest.fixture
def place(new_place: NewPlace) -> str:
    return new_place()


@pytest.fixture
def store(place: str) -> Iterator[SyncStore]:
    opened = open_store(place)
    yield opened
    opened.close()
