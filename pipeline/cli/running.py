"""Commands that use the store or talk to platforms: they open what they need, and say in a sentence what is missing."""

from __future__ import annotations

import asyncio
import getpass
import logging
import os
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import Any, TypeVar

import click

from pipeline.cli.console import tell, visible
from pipeline.cli.errors import Failure, WrongUse
from pipeline.cli.findings_text import tell_findings
from pipeline.logs import known_secrets, start_logs
from pipeline.settings import Settings, load_settings
from pipeline.store.protocol import BadCursor, StoreError
from pipeline.store.records import ENDED, Operation
from pipeline.sync.asking.service import Refused
from pipeline.sync.runtime import Runtime, opened
from pipeline.sync.starting import unknown_platforms
from pipeline.telemetry import telemetry

T = TypeVar("T")
LOOK_AGAIN, LONGEST_LOOK = 0.25, 2.0
"""So many seconds pass until what waits is looked at again, longer each time."""


def environment_choice() -> Callable[[Any], Any]:
    """``--environment NAME``: as PLATFORM_CONFIGS says, where it is not given."""
    return click.option(
        "--environment",
        metavar="NAME",
        default="",
        help="Which of the platform's environments; as PLATFORM_CONFIGS says where it is not given, else sandbox.",
    )


def wait_option() -> Callable[[Any], Any]:
    """``--wait SECONDS``: how long to wait for platforms that work on what they got."""
    return click.option(
        "--wait",
        metavar="SECONDS",
        type=click.FloatRange(0, 86_400),
        default=60,
        show_default=True,
        help="How long to wait for platforms that work on a menu; after that `serve` or `sweep` takes it up.",
    )


async def to_the_end(
    runtime: Runtime, operation: Operation, wait: float, gate: AbstractAsyncContextManager[Any] | None = None
) -> Operation:
    """Work on an operation, and wait for its end as long as is allowed; gives it as it then stands.

    ``gate`` bounds how many work at once; who only waits for a platform is not counted.
    """
    loop = asyncio.get_running_loop()
    end, pause = None, LOOK_AGAIN
    while True:
        async with gate or nullcontext():
            done = await runtime.engine.run(operation.operation_id)
        end = end or loop.time() + wait
        if done is None or done.state in ENDED or loop.time() >= end:
            return done or operation
        await asyncio.sleep(min(pause, max(end - loop.time(), 0.0)))
        pause = min(1.5 * pause, LONGEST_LOOK)


def settings_or_fail() -> Settings:
    """Give the settings. Raises WrongUse where one of them cannot be meant."""
    settings, findings = load_settings()
    if settings is None:
        tell_findings(findings)
        raise WrongUse("The settings are wrong; see above.")
    tell_findings(findings)
    return settings


def run(work: Callable[[Runtime], Awaitable[T]], *, environment: str = "") -> T:
    """Open everything, do the work, close everything. Raises Failure where the database does not do its work."""
    settings = settings_or_fail()
    quiet = settings.log_level == "INFO"
    start_logs("WARNING" if quiet else settings.log_level, known_secrets(settings), plain=True)
    if quiet:  # a command prints outcomes itself
        logging.getLogger("menu_sync.outcomes").setLevel(logging.ERROR)
    telemetry.start(settings.variables)

    async def whole() -> T:
        async with opened(settings, environment=environment) as runtime:
            tell_findings(unknown_platforms(settings, runtime.engine.tools.shelf))
            return await work(runtime)

    try:
        return asyncio.run(whole())
    except StoreError as error:
        raise Failure(f"The store does not do its work: {error}") from None
    except BadCursor:
        raise WrongUse("--cursor is not one that this list gave.") from None
    finally:
        telemetry.stop()


def user() -> str:
    """Give who works at this command line, for the audit log."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid {os.getuid()}"


def refuse(refused: Refused) -> Failure | WrongUse:
    """Give the exception that tells why something is not done."""
    text = f"{refused.message} {refused.hint}".strip()
    return WrongUse(text) if is_wrong_use(refused) else Failure(text)


def is_wrong_use(refused: Refused) -> bool:
    """Tell whether what was asked for cannot be meant, such as a platform that does not exist."""
    return refused.code.endswith("-unknown") or refused.code in ("setting-wrong", "setting-missing")


def tell_refused(refused: Refused) -> None:
    """Tell why something is not done, beside what is."""
    tell(f"Error: {visible(refused.message)} {visible(refused.hint)}".rstrip())
