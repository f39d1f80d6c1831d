"""``sandbox``: local stand-ins of the platforms, to try publishing without any account."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click

from pipeline import json_text
from pipeline.cli.console import emit, tell
from pipeline.cli.described import DescribedCommand
from pipeline.cli.errors import Failure, WrongUse
from sandbox.definition import FOLDER
from sandbox.reading import DefinitionError
from sandbox.service import RESTAURANTS, Options, Sandbox, run

EXAMPLE = {
    "pizza_post": {
        "environment": "sandbox",
        "base_url": "http://127.0.0.1:9000/pizza_post",
        "api_key": "sandbox-key",
        "stores": {"rest_001": {"store_id": "store-1"}},
    }
}


@click.command(
    cls=DescribedCommand,
    examples=["sandbox", "sandbox --port 9100 --seed rest_001 --webhook-url http://127.0.0.1:8001 --time-scale 100"],
    json_examples={"": EXAMPLE},
)
@click.option("--port", type=click.IntRange(0, 65535), default=9000, show_default=True, help="0: any free one.")
@click.option(
    "--seed",
    "restaurants",
    metavar="RESTAURANT",
    multiple=True,
    default=RESTAURANTS,
    show_default=True,
    help="A restaurant that has a store on every platform; can be given more than once.",
)
@click.option(
    "--webhook-url",
    metavar="URL",
    help="Where this program is served: webhooks go to /webhooks/PLATFORM/WEBHOOK there.",
)
@click.option(
    "--time-scale",
    type=click.FloatRange(0.01, 1_000_000),
    default=1.0,
    show_default=True,
    help="So many times faster do the platforms work on what they got.",
)
@click.option("--limits/--no-limits", default=True, show_default=True, help="Count requests as the platforms do.")
@click.option(
    "--data",
    "folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=FOLDER,
    help="The folder of the platforms' data files, instead of mappings/sandbox.",
)
def command(
    port: int,
    restaurants: tuple[str, ...],
    webhook_url: str | None,
    time_scale: float,
    limits: bool,
    folder: Path,
) -> int:
    """Serve local stand-ins of the platforms, which check credentials and payloads as the platforms do.

    They listen on 127.0.0.1 alone. What is printed is the PLATFORM_CONFIGS that fits them, on one line;
    Ctrl-C ends them.
    """
    if webhook_url is not None and not webhook_url.startswith(("http://", "https://")):
        raise WrongUse("--webhook-url takes an address such as http://127.0.0.1:8001.")
    options = Options(port, restaurants, webhook_url, time_scale, limits, folder)
    try:
        asyncio.run(run(options, _tell_ready))
    except DefinitionError as error:
        raise Failure(f"A data file of the sandbox is wrong: {error}") from None
    except OSError as error:
        raise Failure(
            f"The sandbox cannot listen on port {port}: {error.strerror}. Choose another with --port."
        ) from None
    return 0


def _tell_ready(sandbox: Sandbox) -> None:
    for platform in sandbox.platforms.values():
        tell(f"{platform.definition.title}: {platform.address}")
    tell(f"For tests: {sandbox.address}/_sandbox (faults, stores, menus, jobs, requests). Ctrl-C ends.")
    tell("PLATFORM_CONFIGS, for the environment or a file:")
    emit(json_text.encode(sandbox.configurations()).decode())
