"""``platforms``: which platforms there are, and what each needs to be told."""

from __future__ import annotations

import sys
from typing import Any

import click

from pipeline import json_text
from pipeline.cli.console import emit, width_of
from pipeline.cli.described import DescribedCommand
from pipeline.cli.findings_text import tell_findings
from pipeline.cli.options import exit_code, format_option
from pipeline.cli.tables import table_text
from pipeline.findings import Finding
from pipeline.mapping.form.document import Mapping, read_mapping
from pipeline.mapping_files import mapping_files, readable

HEADINGS = ("platform", "title", "environments", "credentials", "store settings")

EXAMPLE = [
    {
        "platform": "pizza_post",
        "title": "Pizza Post",
        "file": "mappings/pizza_post.yaml",
        "environments": ["sandbox", "production"],
        "credentials": [
            {"name": "api_key", "description": "From the partner portal", "secret": True, "required": True}
        ],
        "store_settings": [
            {"name": "store_id", "type": "text", "description": "The store's id", "secret": False, "required": True}
        ],
    }
]


@click.command(
    cls=DescribedCommand,
    examples=["platforms", "platforms --format json"],
    json_examples={"--format json": EXAMPLE},
)
@format_option()
def command(form: str) -> int:
    """List the platforms, with the credentials and store settings that each one needs.

    What is not needed stands in brackets.
    """
    platforms: list[Mapping] = []
    findings: list[Finding] = []
    for path in mapping_files().values():
        document, told = read_mapping(readable(path))
        findings += (finding for finding in told if finding.severity == "error")
        if document is not None:
            platforms.append(document)
    if form == "json":
        emit(json_text.pretty([described(platform) for platform in platforms]))
    else:
        emit(table_text(HEADINGS, [_row(platform) for platform in platforms], width=width_of(sys.stdout)))
    tell_findings(findings)
    return exit_code(findings, strict=False)


def described(platform: Mapping) -> dict[str, Any]:
    """Give what a mapping says of its platform, as JSON."""
    return {
        "platform": platform.platform,
        "title": platform.title,
        "file": str(platform.file),
        "environments": list(platform.environments),
        "credentials": [
            {"name": name, "description": form.description, "secret": form.secret, "required": form.required}
            for name, form in platform.credentials.items()
        ],
        "store_settings": [
            {
                "name": name,
                "type": form.type_name,
                "description": form.description,
                "secret": form.secret,
                "required": form.is_required,
            }
            for name, form in platform.store_settings.items()
        ],
    }


def _row(platform: Mapping) -> tuple[str, ...]:
    credentials = [name if form.required else f"({name})" for name, form in platform.credentials.items()]
    settings = [name if form.is_required else f"({name})" for name, form in platform.store_settings.items()]
    return (
        platform.platform,
        platform.title or "",
        ", ".join(platform.environments),
        ", ".join(credentials),
        ", ".join(settings),
    )
