"""Options that several commands share, so that they mean and say the same everywhere."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

import click

from pipeline.cli.errors import WrongUse
from pipeline.findings import Finding, stops_publishing
from pipeline.mapping_files import UnknownPlatform, find_mapping, mapping_files, readable

Command = TypeVar("Command", bound=Callable[..., Any])
Option = Callable[[Command], Command]


def format_option() -> Option[Any]:
    """``--format text|json``: tables and sentences for people, or JSON for machines."""
    return click.option(
        "--format",
        "form",
        type=click.Choice(["text", "json"]),
        default="text",
        show_default=True,
        help="Text for people or JSON for machines.",
    )


def output_option(help_text: str) -> Option[Any]:
    """``--output FILE``: written whole or not at all, ``-`` is stdout."""
    return click.option("--output", metavar="FILE", help=f"{help_text} Written whole or not at all.")


def strict_option() -> Option[Any]:
    """``--strict``: warnings make the exit code 1, too."""
    return click.option("--strict", is_flag=True, help="Exit with 1 on warnings, too.")


def environment_option() -> Option[Any]:
    """``--environment NAME`` of the platform."""
    return click.option(
        "--environment",
        metavar="NAME",
        default="sandbox",
        show_default=True,
        help="Which of the platform's environments.",
    )


def store_option() -> Option[Any]:
    """``--store KEY=VALUE``, as often as needed: the restaurant's settings on this platform."""
    return click.option(
        "--store",
        metavar="KEY=VALUE",
        multiple=True,
        callback=_settings,
        help="A store setting of the mapping; can be given more than once.",
    )


def platform_argument() -> Option[Any]:
    """``PLATFORM``: a platform's name, or a mapping file's path; the command gets the path."""
    return click.argument(
        "mapping_file",
        metavar="PLATFORM",
        callback=_mapping_file,
        help="A platform's name, or the path of a mapping file.",
    )


def mappings_argument() -> Option[Any]:
    """``[MAPPING]...``: platforms' names or mapping files; the command gets paths, of all where none is given."""
    return click.argument(
        "mappings",
        metavar="[MAPPING]...",
        nargs=-1,
        callback=_mapping_files,
        help="Platforms' names or mapping files; all mappings where none is given.",
    )


def platforms_option() -> Option[Any]:
    """``--platform NAME``, as often as needed; the command gets the mappings' paths, of all where none is given."""
    return click.option(
        "--platform",
        "mappings",
        metavar="NAME",
        multiple=True,
        callback=_mapping_files,
        help="Only this platform, or mapping file; can be given more than once.",
    )


def exit_code(findings: Iterable[Finding], *, strict: bool) -> int:
    """Give 1 where a finding keeps a menu from being published, and with ``strict`` on warnings, too."""
    findings = list(findings)
    return int(stops_publishing(findings) or (strict and any(finding.severity == "warning" for finding in findings)))


def _mapping_file(context: click.Context, parameter: click.Parameter, value: str) -> Path:
    try:
        return find_mapping(value)
    except UnknownPlatform as error:
        raise WrongUse(str(error)) from None


def _mapping_files(context: click.Context, parameter: click.Parameter, values: tuple[str, ...]) -> tuple[Path, ...]:
    if not values:
        return tuple(readable(path) for path in mapping_files().values())
    return tuple(dict.fromkeys(_mapping_file(context, parameter, value) for value in values))


def _settings(context: click.Context, parameter: click.Parameter, values: tuple[str, ...]) -> dict[str, str]:
    settings: dict[str, str] = {}
    for text in values:
        key, equals, value = text.partition("=")
        key = key.strip()
        if not equals or not key:
            missing = "key" if equals else "="
            raise WrongUse(f"--store takes KEY=VALUE, such as store_id=s-1; `{text[:80]}` has no {missing}.")
        if key in settings:
            raise WrongUse(f"--store {key} is given twice.")
        settings[key] = value
    return settings
