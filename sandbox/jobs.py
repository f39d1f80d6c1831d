"""Work that goes on after an answer: each job does its data file's steps in a task of its own."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

from sandbox.state import Job
from sandbox.steps import Context, Finished, Steps

if TYPE_CHECKING:
    from sandbox.platform import Platform

LOG = logging.getLogger(__name__)


def start(platform: Platform, job: Job, given: dict[str, Any], fault: str) -> None:
    """Begin a job's steps, or those of its fault; one that ``never_ends`` only ever runs."""
    if fault == "never_ends":
        return
    form = platform.definition.jobs[job.kind]
    steps = form.steps
    if fault == "fails":
        steps = form.fails
    elif fault == "partly":
        steps = form.partly or form.fails
    job.task = asyncio.get_running_loop().create_task(_run(platform, job, steps, given))


async def _run(platform: Platform, job: Job, steps: Steps, given: dict[str, Any]) -> None:
    names = {**platform.names(), **given, "store": job.store, "job": job.data()}
    try:
        await steps.run(Context(platform, names, job))
    except Finished:
        pass
    except Exception as error:  # noqa: BLE001 - one job's bug must not end the others
        LOG.error("The job %s of %s could not be done: %r", job.kind, platform.name, error)
        job.record["sandbox_error"] = str(error)
    finally:
        job.running = False
