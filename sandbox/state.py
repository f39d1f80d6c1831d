"""What one platform's stand-in remembers; all of it bounded."""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from dataclasses import dataclass, field
from typing import Any

from sandbox.limits import Windows

MAX_STORES = 10_000
MAX_JOBS = 2_000
MAX_NONCES = 200_000
MAX_LOGGED = 1_000
MAX_LOGGED_BODY = 32 * 1024

Store = dict[str, Any]
"""A store's tree of JSON: ``id``, its attributes, and what the data file's steps put there."""


@dataclass(eq=False, slots=True)
class Job:
    """Work that goes on after the answer. ``record`` is what the data file's steps keep of it."""

    id: str
    kind: str
    store: Store
    record: dict[str, Any]
    running: bool = True
    hurried: bool = False
    task: asyncio.Task[None] | None = None

    def data(self) -> dict[str, Any]:
        """Give the job as JSON."""
        return {"id": self.id, "kind": self.kind, "store": self.store["id"], "running": self.running, **self.record}


@dataclass(slots=True)
class Token:
    """A token that was given out, until when it is good, and for which scopes."""

    expires: float
    scopes: frozenset[str]


@dataclass(slots=True)
class State:
    """All that a stand-in remembers between requests."""

    stores: dict[str, Store] = field(default_factory=dict)
    jobs: OrderedDict[str, Job] = field(default_factory=OrderedDict)
    tokens: OrderedDict[str, Token] = field(default_factory=OrderedDict)
    nonces: OrderedDict[str, None] = field(default_factory=OrderedDict)
    windows: Windows = field(default_factory=Windows)
    requests: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=MAX_LOGGED))
    request_count: int = 0
    webhooks: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=MAX_LOGGED))

    def add_store(self, store: Store) -> None:
        """Keep a store; raises ValueError where there are too many or it has no id."""
        if not isinstance(store.get("id"), str) or not store["id"]:
            raise ValueError("a store needs an id, a text")
        if len(self.stores) >= MAX_STORES and store["id"] not in self.stores:
            raise ValueError(f"the sandbox keeps at most {MAX_STORES} stores")
        self.stores[store["id"]] = store

    def add_job(self, job: Job) -> None:
        """Keep a job; the oldest that has ended makes room, else the oldest of all."""
        self.jobs[job.id] = job
        if len(self.jobs) > MAX_JOBS:
            oldest = next((one for one in self.jobs.values() if not one.running), next(iter(self.jobs.values())))
            self.drop_job(oldest)

    def drop_job(self, job: Job) -> None:
        """Forget a job, and stop it."""
        self.jobs.pop(job.id, None)
        if job.task is not None:
            job.task.cancel()

    def running(self, store: Store) -> dict[str, bool]:
        """Tell by kind which jobs of a store have not ended."""
        return {job.kind: True for job in self.jobs.values() if job.running and job.store is store}

    def use_nonce(self, nonce: str) -> bool:
        """Remember a nonce; False where it was used before."""
        if nonce in self.nonces:
            return False
        self.nonces[nonce] = None
        if len(self.nonces) > MAX_NONCES:
            self.nonces.popitem(last=False)
        return True
